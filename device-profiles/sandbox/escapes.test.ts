import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { codecOf, frameFor, honest, quietSandbox } from './fixtures.ts';

const neverCutOff = { faultsMax: 1e9, cutOffMs: 0, silenceMsMax: 1500, suspectSilenceMsMax: 800 };
const sandbox = quietSandbox({ ...neverCutOff, rssBytesMax: 400 * 1024 * 1024 });
await sandbox.start();
afterAll(() => sandbox.stop());

/** Decodes one bad frame among others, and sees that it harms nothing and nobody else. */
async function expectHarmless(body: string) {
  const bad = codecOf('bad', `if (input.bytes[0] === 66) { ${body} } return { data: { fine: true } };`);
  await sandbox.setCodecs([bad, honest]);
  const [before, attack, beside, after] = await Promise.all([
    sandbox.decode(frameFor('bad', 1)),
    sandbox.decode(frameFor('bad', 66)),
    sandbox.decode(frameFor('honest', 5)),
    sandbox.decode(frameFor('bad', 2)),
  ]);
  expect([before.data, after.data]).toEqual([{ fine: true }, { fine: true }]);
  expect(beside).toEqual({ data: { first: 5 }, warnings: [], errors: [] });
  expect((await sandbox.decode(frameFor('bad', 3))).data).toEqual({ fine: true });
  expect((await sandbox.decode(frameFor('honest', 6))).data).toEqual({ first: 6 });
  return attack;
}

describe('one decode error, and nobody else notices', () => {
  it.each([
    ['an endless loop', 'while (true);', /^did not end within 250 ms$/],
    [
      'endless microtasks',
      'const again = () => Promise.resolve().then(again); again();',
      /^(?:did not end|took more than)/,
    ],
    ['an endless async function', '(async () => { while (true) await null; })();', /^did not end/],
    ['a catastrophic regular expression', '/(a+)+$/.test("a".repeat(50) + "b");', /^did not end/],
    ['deep recursion', 'const f = () => f() + 1; f();', /^RangeError: Maximum call stack size exceeded/],
    ['recursion caught for ever', 'const f = () => { try { f(); } finally { f(); } }; f();', /^did not end/],
    ['an endless getter', 'return { get data() { while (true); } };', /^did not end/],
    ['an endless toJSON', 'return { data: { toJSON() { while (true); } } };', /^did not end/],
    ['an endless Proxy', 'return { data: new Proxy({}, { ownKeys() { while (true); } }) };', /^did not end/],
    [
      'data that grows exponentially',
      'let a = [1]; for (let i = 0; i < 40; i++) a = [a, a]; return { data: { a } };',
      /./,
    ],
    ['a memory bomb of objects', 'const a = []; while (true) a.push(new Array(1000).fill({}));', /./],
    ['a memory bomb of strings', 'let a = ["x"]; while (true) a.push(a[a.length - 1] + a.join());', /./],
    [
      'a memory bomb of buffers',
      'const a = []; while (true) a.push(new Uint8Array(1e6).fill(1));',
      /RangeError|took more|did not end/,
    ],
    [
      'one array too large for V8 to stop in time',
      'return { data: { n: new Array(2 ** 27).fill(0).length } };',
      /^ended the decoder, which (took more|gave no answer)|took more/,
    ],
    ['a native call that heeds no limit', 'return { data: { n: String(3n ** (2n ** 22n)).length } };', /./],
    [
      'leaving by the constructor of constructors',
      'return { data: { pid: this.constructor.constructor("return process")().pid } };',
      /^ReferenceError: process is not defined/,
    ],
    [
      "leaving by an error's frames",
      'Error.prepareStackTrace = (_, frames) => frames; return { data: { x: new Error().stack[0].getThis().process.pid } };',
      /^TypeError/,
    ],
    [
      'a rejection that never lets itself be read',
      'Promise.reject({ get message() { while (true); }, get stack() { while (true); } }); return { data: {} };',
      /^ended the decoder, which gave no answer/,
    ],
    [
      'importing',
      'import("node:fs").then((fs) => { globalThis.fs = fs; }); throw new Error("fs " + typeof fs);',
      /^broke its realm: Error: Not supported/,
    ],
  ])('%s', { timeout: 30_000 }, async (_what, body, expected) => {
    const { data, errors } = await expectHarmless(body);
    expect(data).toEqual({});
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(expected);
  });

  it.each([
    ['a toJSON for everything', 'Object.prototype.toJSON = () => ({ evil: 1 }); return { data: {} };'],
    ['errors for everything', 'Object.prototype.errors = ["inherited"]; return { data: {} };'],
    ['another map', 'Array.prototype.map = () => [0]; throw new Error("oops");'],
    ['another map, and a good result', 'Array.prototype.map = () => [0]; return { data: {} };'],
    ['a global of its own that was made unusable', 'table = null; throw new Error("oops");'],
  ])('what one frame left behind says nothing of the next: %s', async (_what, body) => {
    const source = `var table = [1, 2]; function decodeUplink(input) { if (input.bytes[0] === 66) { ${body} }
      return { data: { sums: table.map((one) => one + input.bytes[0]) } }; }`;
    await sandbox.setCodecs([{ id: 'left', source }]);
    const decodedAll = () =>
      Promise.all([1, 66, 2, 3, 66, 4].map((byte) => sandbox.decode(frameFor('left', byte))));
    for (const decoded of [await decodedAll(), await decodedAll()])
      expect([0, 2, 3, 5].map((at) => decoded[at]?.data)).toEqual(
        [1, 2, 3, 4].map((byte) => ({ sums: [1 + byte, 2 + byte] })),
      );
  });

  it('overwritten intrinsics and polluted prototypes stay with their codec', async () => {
    const pollution = `
      Object.prototype.polluted = 'yes'; Object.prototype.toJSON = () => 'mine'; Array.prototype[Symbol.iterator] = null;
      for (const owner of [JSON, Math, Reflect, Object, Array, Array.prototype, String.prototype, Function.prototype, Promise.prototype])
        for (const name of Object.getOwnPropertyNames(owner)) try { owner[name] = () => { throw new Error('taken'); }; } catch {}
      return { data: { fine: true } };`;
    const bad = codecOf('bad', pollution);
    await sandbox.setCodecs([bad, honest]);
    for (let round = 0; round < 2; round++) {
      const { errors } = await sandbox.decode(frameFor('bad', 1));
      expect(errors).toHaveLength(1);
      expect(await sandbox.decode(frameFor('honest', 5))).toEqual({
        data: { first: 5 },
        warnings: [],
        errors: [],
      });
    }
    expect('polluted' in {}).toBe(false);
  });
});

describe('any result', () => {
  /** JavaScript expressions for values as odd as codecs can make them. */
  const { value } = fc.letrec<{ value: string; leaf: string; list: string; object: string }>((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, tie('leaf'), tie('list'), tie('object')),
    leaf: fc.oneof(
      fc.jsonValue({ maxDepth: 1 }).map((json) => `(${JSON.stringify(json)})`),
      fc.constantFrom(
        'NaN',
        '-Infinity',
        'undefined',
        '10n ** 30n',
        '-0',
        'Symbol("s")',
        '(() => 1)',
        'new Date(NaN)',
        'new Map([[1, 2]])',
        'cyclic',
        'Object.create(null)',
        'new Proxy({}, {})',
        'new Proxy([], {})',
        'new Proxy({}, { get() { throw 1; } })',
        '({ toJSON() { throw new Error("no"); } })',
        '({ toJSON() { return { toJSON: 1n }; } })',
        '({ get g() { throw null; } })',
        '({ "__proto__": { a: 1 }, ["__proto__"]: 2 })',
        'new String("boxed")',
        'Object(5n)',
        'new (class extends Array {})(3)',
        'new Uint16Array(2)',
        '"\\ud800"',
        'revoked',
        'globalThis',
        'JSON',
        'Buffer.from("ab")',
      ),
    ),
    list: fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    object: fc.dictionary(fc.string({ maxLength: 3 }), tie('value'), { maxKeys: 4 }).map(
      (pairs) =>
        `({${Object.entries(pairs)
          .map(([key, item]) => `[${JSON.stringify(key)}]: ${item}`)
          .join(',')}})`,
    ),
  }));

  it('is clean JSON or one error', async () => {
    const surroundings =
      'const cyclic = {}; cyclic.again = [cyclic]; const { proxy: revoked, revoke } = Proxy.revocable({}, {}); revoke();';
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 5, maxLength: 5 }),
        fc.boolean(),
        async (expressions, whole) => {
          const results = expressions.map((text) =>
            whole ? `return ${text};` : `return { data: { a: ${text} }, warnings: ${text} };`,
          );
          const body = `${surroundings} switch (input.bytes[0]) { ${results.map((text, at) => `case ${at}: ${text}`).join('\n')} }`;
          await sandbox.setCodecs([codecOf('odd', body)]);
          const decoded = await Promise.all(results.map((_, at) => sandbox.decode(frameFor('odd', at))));
          for (const result of decoded) {
            expect(JSON.parse(JSON.stringify(result))).toEqual(result);
            expect(result.errors.length === 0 || Object.keys(result.data).length === 0).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
