import { afterAll, describe, expect, it } from 'vitest';
import { profiles } from '../catalog.ts';
import { exportCodec } from '../export.ts';
import { bytesOf, vectorsOf } from '../vectors.ts';
import { codecOf, frameFor, honest, quietSandbox, receivedAtMs } from './fixtures.ts';

const sandbox = quietSandbox();
await sandbox.start();
afterAll(() => sandbox.stop());
let codecs = 0;

/** What a codec of this source makes of one frame. */
async function decodedBy(source: string, ...bytes: number[]) {
  const id = `codec ${++codecs}`;
  await sandbox.setCodecs([{ id, source }]);
  return await sandbox.decode(frameFor(id, ...bytes));
}

/** The data a decodeUplink of this body returns. */
async function dataOf(body: string, ...bytes: number[]) {
  const { data, errors } = await decodedBy(codecOf('', body).source, ...bytes);
  expect(errors).toEqual([]);
  return data;
}

describe('a codec in the sandbox', () => {
  it('is called as ChirpStack calls it', async () => {
    const body = `return { data: { keys: Object.keys(input), plain: Array.isArray(input.bytes), bytes: input.bytes,
      fPort: input.fPort, time: input.recvTime.toISOString(), variables: input.variables } };`;
    expect(await dataOf(body, 1, 255)).toEqual({
      keys: ['bytes', 'fPort', 'recvTime', 'variables'],
      plain: true,
      bytes: [1, 255],
      fPort: 2,
      time: '2024-05-17T12:30:00.000Z',
      variables: {},
    });
  });

  it('may be a Decode of older servers, but only where there is no decodeUplink', async () => {
    const decode = 'function Decode(fPort, bytes, variables) { return { fPort, bytes, variables }; }';
    expect((await decodedBy(decode, 7)).data).toEqual({ fPort: 2, bytes: [7], variables: {} });
    const both = `${decode} const decodeUplink = () => ({ data: { new: true } });`;
    expect((await decodedBy(both, 7)).data).toEqual({ new: true });
  });

  it('is a sloppy script that may do what vendors do', async () => {
    const source = `
      Object.assign = function () { return {}; };
      Array.prototype.push = null;
      JSON.stringify = function () { return 'mine'; };
      var Buffer = function Buffer() {};
      let atob = 1;
      undeclared = 5;
      const decodeUplink = function (input) { other = 010; return { data: { sum: undeclared + other, this: this === globalThis } }; };
      // no line end after this`;
    expect(await decodedBy(source)).toEqual({ data: { sum: 13, this: true }, warnings: [], errors: [] });
  });

  it('finds Buffer, atob, btoa and a silent console, and nothing else that is not of the language', async () => {
    const body = `
      console.log('x'.repeat(1e6)); console.table([]);
      const missing = ['process', 'require', 'module', 'exports', 'global', 'setTimeout', 'setInterval', 'setImmediate',
        'fetch', 'performance', 'crypto', 'WebAssembly', 'SharedArrayBuffer', 'Atomics', 'Intl', 'structuredClone'];
      return { data: { there: missing.filter((name) => name in globalThis),
        hex: new Buffer('0aff', 'hex').toString('hex'), text: atob(btoa('Pegel')),
        float: Buffer.from(input.bytes).readFloatBE(0) } };`;
    expect(await dataOf(body, 0x41, 0x20, 0, 0)).toEqual({
      there: [],
      hex: '0aff',
      text: 'Pegel',
      float: 10,
    });
  });

  it('lives at the time of receipt, in UTC, and its chance is the same each time', async () => {
    const body = `return { data: { now: Date.now(), fresh: +new Date(), text: Date(), zone: new Date(0).getTimezoneOffset(),
      is: new Date() instanceof Date, own: new Date().constructor === Date, given: +new Date(2020, 0, 1), chance: Math.random() } };`;
    const first = await dataOf(body);
    expect(first).toMatchObject({ now: receivedAtMs, fresh: receivedAtMs, zone: 0, is: true, own: true });
    expect(first).toMatchObject({ text: expect.stringContaining('May 17 2024 12:30:00 GMT+0000') });
    expect(first.given).toBe(Date.UTC(2020, 0, 1));
    expect(first.chance).toBeGreaterThanOrEqual(0);
    expect(first.chance).toBeLessThan(1);
    expect(await dataOf(body)).toEqual(first);
  });

  it.each([
    [
      'throw new TypeError("no such channel");',
      /^TypeError: no such channel at decodeUplink \(codec\.js:1:\d+\)$/,
    ],
    ['throw "a text";', /^a text$/],
    ['throw { toString() { throw 1; } };', /^something was thrown that cannot be read$/],
    ['throw null;', /^null$/],
    ['return 5;', /did not return an object$/],
    ['return {};', /did not return an object 'data'$/],
    ['return { data: [1] };', /did not return an object 'data'$/],
    ['return Promise.resolve({ data: {} });', /did not return an object 'data'$/],
    ['return { data: { a: 1 }, errors: ["bad length", "bad crc"] };', /^bad length$/],
    ['const o = {}; o.o = o; return { data: o };', /circular/],
    ['return { data: { get a() { throw new Error("trap"); } } };', /^Error: trap/],
    [
      'return { data: { text: "x".repeat(1e7) } };',
      /^the data is 10000011 characters of JSON; at most 65536/,
    ],
  ])('%s is an error', async (body, expected) => {
    const { data, errors } = await decodedBy(codecOf('', body).source);
    expect(data).toEqual({});
    expect(errors[0]).toMatch(expected);
  });

  it('gives clean JSON whatever it holds', async () => {
    const body = `return { warnings: ['low', 5, 'x'.repeat(1000)], data: { nan: NaN, far: -Infinity, none: undefined, f() {},
      [Symbol('s')]: 1, big: 12n, date: new Date(0), list: [undefined, NaN, 1], nothing: null, raw: JSON.rawJSON('1e999'),
      bytes: new Uint8Array([1, 2]), get got() { return 'once'; }, made: { toJSON: () => 'by toJSON' } } };`;
    expect(await decodedBy(codecOf('', body).source)).toEqual({
      data: {
        nan: null,
        far: null,
        big: 12,
        date: '1970-01-01T00:00:00.000Z',
        list: [null, null, 1],
        nothing: null,
        raw: null,
        bytes: { 0: 1, 1: 2 },
        got: 'once',
        made: 'by toJSON',
      },
      warnings: ['low', '5', 'x'.repeat(300)],
      errors: [],
    });
  });

  it.each([
    ['function decodeUplink( {', /^the codec cannot be read: SyntaxError: /],
    ['throw new Error("not here");', /^the codec fails when it is loaded: Error: not here/],
    ['var decode = 1;', /^the codec has no function decodeUplink$/],
    ['x'.repeat(600_000), /^the codec is 600000 characters long/],
  ])('%.30s cannot be used', async (source, expected) => {
    expect((await decodedBy(source)).errors[0]).toMatch(expected);
  });
});

describe.each(profiles)('the exported codec of $id', (profile) => {
  it('decodes every vector in the sandbox as in process', async () => {
    await sandbox.setCodecs([{ id: profile.id, source: exportCodec(profile) }]);
    for (const { fPort, bytesHex, direction } of vectorsOf(profile)) {
      if (direction !== 'uplink') continue;
      const bytes = bytesOf(bytesHex);
      const { data, warnings, errors } = profile.codec.decodeFrame(bytes, fPort);
      expect(await sandbox.decode({ codecId: profile.id, fPort, bytes, receivedAtMs })).toEqual({
        data: errors.length > 0 ? {} : data,
        warnings,
        errors,
      });
    }
  });
});

describe('the sandbox', () => {
  it('keeps the realm of a codec that is set again, and only of that', async () => {
    const counting = {
      id: 'counting',
      source: 'let calls = 0; function decodeUplink() { return { data: { calls: ++calls } }; }',
    };
    const calls = async () => (await sandbox.decode(frameFor('counting'))).data.calls;
    await sandbox.setCodecs([counting]);
    expect([await calls(), await calls()]).toEqual([1, 2]);
    await sandbox.setCodecs([honest, { ...counting }]);
    expect(await calls()).toBe(3);
    await sandbox.setCodecs([{ ...counting, source: `${counting.source} calls = 10;` }]);
    expect(await calls()).toBe(11);
    await sandbox.setCodecs([]);
    expect((await sandbox.decode(frameFor('counting'))).errors).toEqual(['there is no codec counting']);
  });

  it('gives each call a realm of its own where a codec asks for it', async () => {
    const source =
      'let calls = 0; function decodeUplink(input) { return { data: { calls: ++calls, first: input.bytes[0] } }; }';
    await sandbox.setCodecs([{ id: 'stateful', source, stateful: true }]);
    const decoded = await Promise.all([1, 2, 3].map((byte) => sandbox.decode(frameFor('stateful', byte))));
    expect(decoded.map(({ data }) => data)).toEqual([1, 2, 3].map((first) => ({ calls: 1, first })));
  });

  it.each([
    [
      'stateless',
      'return { data: { sum: input.bytes.reduce((a, b) => a + b, 0), chance: Math.random(), at: Date.now() } };',
    ],
    ['stateful', 'globalThis.calls = (globalThis.calls || 0) + 1; return { data: { calls } };'],
    [
      'stateful',
      'const before = globalThis.last; globalThis.last = input.bytes[0]; return { data: { before } };',
    ],
    // What fails is tried in a fresh realm, so that this too gives the same each time.
    [
      'stateless',
      'if (globalThis.first) throw new Error("twice"); globalThis.first = true; return { data: {} };',
    ],
  ] as const)('finds out that a codec is %s', async (expected, body) => {
    const frames = [1, 2, 3].map((byte) => ({ ...frameFor('', byte), fPort: 9 }));
    expect(await sandbox.probeState(codecOf('probed', body), frames)).toBe(expected);
    expect(await sandbox.probeState(codecOf('probed', body), frames.slice(0, 1))).toBe(expected);
  });

  it('decodes many frames of many codecs to the right results in the right order', async () => {
    const many = Array.from({ length: 40 }, (_, at) =>
      codecOf(`many ${at}`, `return { data: { codec: ${at}, first: input.bytes[0] } };`),
    );
    await sandbox.setCodecs(many);
    const expected = Array.from({ length: 4000 }, (_, at) => ({ codec: at % 40, first: at % 251 }));
    const decoded = await Promise.all(
      expected.map(({ codec, first }) => sandbox.decode(frameFor(`many ${codec}`, first))),
    );
    expect(decoded.map(({ data }) => data)).toEqual(expected);
  });

  it('refuses a payload no radio carries, and one that is no number', async () => {
    await sandbox.setCodecs([honest]);
    const long = { ...frameFor('honest'), bytes: new Uint8Array(1025) };
    expect((await sandbox.decode(long)).errors[0]).toMatch(/1025 bytes long; at most 1024/);
    const odd = { ...frameFor('honest', 4), fPort: Number.NaN, receivedAtMs: Number.NaN };
    expect((await sandbox.decode(odd)).data).toEqual({ first: 4 });
  });
});
