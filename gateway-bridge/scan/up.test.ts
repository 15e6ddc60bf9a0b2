import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { upSchema } from '../event-schema.ts';
import { scanUp } from './up.ts';

const captured: readonly string[] = readFileSync(
  path.join(process.cwd(), 'tests/captured/application-json.jsonl'),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line): { topic: string; payload: string } => JSON.parse(line))
  .filter(({ topic }) => topic.endsWith('/event/up'))
  .map(({ payload }) => payload);

function parsed(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** What both make of an event: nothing, or the same, in the same order. Gives whether the scanner read it. */
function expectTheSame(payload: Uint8Array): boolean {
  const scanned = scanUp(payload);
  if (scanned === undefined) return false;
  const text = Buffer.from(payload).toString('utf8');
  const { success, data } = upSchema.safeParse(parsed(payload));
  expect(success, text).toBe(true);
  expect(scanned, text).toEqual({ type: 'up', ...data });
  expect(JSON.stringify(scanned.deviceInfo.tags)).toBe(JSON.stringify(data?.deviceInfo.tags));
  expect(JSON.stringify(scanned.object)).toBe(JSON.stringify(data?.object));
  return true;
}

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

type Path = readonly (string | number)[];

function pathsIn(value: unknown, before: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [before];
  return [before, ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...before, key]))];
}

/** The event with something else in one place; undefined leaves it out. */
function withOther(event: unknown, [key, ...rest]: Path, other: unknown): unknown {
  if (key === undefined) return other;
  const copy: Record<string, unknown> = Object.assign(Array.isArray(event) ? [] : {}, event);
  const changed = withOther(copy[key], rest, other);
  if (changed === undefined) delete copy[key];
  else copy[key] = changed;
  return copy;
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, '', 'AQ==', 'A', 'AQ=', 'AQ===', '====', -1, 0, -0, 1.5, 256),
  fc.constantFrom<unknown>(2 ** 53, true, [], {}, [null], { a: 'b' }, { a: 1 }, '2026-02-30T00:00:00Z'),
  fc.constantFrom<unknown>('24E124707C123456', 'Bürgeramt', 'a"\\b', JSON.parse('{"__proto__":"x"}')),
  fc.jsonValue(),
);

/** What JSON text may go wrong by, or say in another way. */
const pieces = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '\\',
    '\\"',
    '\\u0061',
    ' ',
    '\n',
    '\u00a0',
    '\ufeff',
    '\0',
    'ü',
    '€',
  ],
  ...['null', 'true', 'false', 'nul', '-0', '-', '0', '01', '1.', '.5', '1e2', '1E+2', '1e', '1e999', 'NaN'],
  ...['9007199254740993', '12345678901234567890', '0.1234567890123456789', '123456789.123456', '1e-7'],
  ...['"__proto__":"x",', '"__proto__":{},', '"fCnt":1,', '"tags":{"a":"b","a":"c","1":"d"},', '"dr":-0,'],
  ...[
    '"rxInfo":[],',
    '"object":{"a":[1,{"b":null}],"ü":"\\n"},',
    '"object":1,',
    '"txInfo":{},',
    '"data":"",',
  ],
  ...[
    '"time":"2024-02-29T00:00:00Z",',
    '"time":"2026-11-22T00:07:06.1234+01:00",',
    '"time":"x",',
    '[[',
    '{"a":',
  ],
].map((text) => Buffer.from(text));
const badUtf8 = [[0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xc0, 0x80]].map((bytes) =>
  Buffer.from(bytes),
);

/** What is done to a text: from a place so many bytes away, and a piece, or another part of the text, there instead. */
const edit = fc.record({
  place: fc.nat(),
  gone: fc.oneof({ weight: 4, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(300) }),
  piece: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...pieces, ...badUtf8) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 3 }) },
  ),
  copied: fc.option(fc.tuple(fc.nat(), fc.nat(80)), { freq: 4 }),
});
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

/** Places where a piece is most likely to be JSON still: behind these. */
const joints = new Set(Buffer.from('{,[:"'));

function edited(text: Uint8Array, { place, gone, piece, copied }: Edit, atJoint: boolean): Uint8Array {
  const places = [...text.keys()].filter((at) => !atJoint || joints.has(text[at - 1] ?? 0));
  const at = places[place % Math.max(places.length, 1)] ?? 0;
  const from = copied === null ? 0 : copied[0] % Math.max(text.length, 1);
  const put = copied === null ? piece : text.subarray(from, from + copied[1]);
  return new Uint8Array(Buffer.concat([text.subarray(0, at), put, text.subarray(at + gone)]));
}

describe('an uplink read by the scanner', () => {
  it('is what JSON.parse and the schema make of it, for every captured one', () => {
    expect(captured.length).toBeGreaterThan(10);
    for (const payload of captured)
      expect(expectTheSame(bytesOf(payload)), payload).toBe(!payload.includes('\\'));
  });

  it('is the same with spaces wherever they may be', () => {
    for (const payload of captured.filter((one) => !one.includes('\\')))
      for (const space of [' ', '\t', '\n', '\r\n']) {
        const spaced = JSON.stringify(JSON.parse(payload), undefined, space);
        expect(expectTheSame(bytesOf(`${space}${spaced}${space}`))).toBe(true);
      }
  });

  it('never differs, whatever value is changed or left out', () => {
    const places = captured
      .map((payload) => JSON.parse(payload))
      .map((event) => ({ event, paths: pathsIn(event) }));
    const changes = fc.array(fc.tuple(fc.nat(), odd), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom(...places), changes, (place, several) => {
        let { event } = place;
        for (const [which, other] of several)
          event = withOther(event, place.paths[which % place.paths.length] ?? [], other);
        expectTheSame(bytesOf(JSON.stringify(event) ?? ''));
      }),
      { numRuns: 20_000 },
    );
  });

  it('never differs, whatever bytes are changed, cut or put in', () => {
    let read = 0;
    const edits = fc.array(edit, { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(fc.constantFrom(...captured), edits, fc.boolean(), (payload, several, atJoint) => {
        let bytes = bytesOf(payload);
        for (const one of several) bytes = edited(bytes, one, atJoint);
        if (expectTheSame(bytes)) read++;
      }),
      { numRuns: 20_000 },
    );
    // Else it would say little.
    expect(read).toBeGreaterThan(500);
  });

  const plain = captured[0] ?? '';
  const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  it.each([
    ['nothing', ''],
    ['half a text', plain.slice(0, -1)],
    ['two texts', `${plain}${plain}`],
    ['a byte order mark', `\ufeff${plain}`],
    ['a tag named __proto__', plain.replace(/"tags":\{/, '"tags":{"__proto__":"x",')],
    ['an escape', plain.replace(/"devAddr":"./, '"devAddr":"\\u0030')],
    ['a null', plain.replace(/"fPort":\d+/, '"fPort":null')],
    ['what is nested deep', plain.replace(/^\{/, `{"object":${deep(100)},`)],
    ['a text longer than any uplink', plain.replace(/^\{/, `{"more":"${'x'.repeat(40_000)}",`)],
  ])('leaves %s to them', (_, text) => {
    expect(scanUp(bytesOf(text))).toBeUndefined();
  });

  it('makes no text longer or shorter than it is after one of another length', () => {
    const [long = '', short = ''] = [plain.replace(/^\{/, `{"more":"${'x'.repeat(3000)}",`), plain];
    expect(expectTheSame(bytesOf(long))).toBe(true);
    expect(expectTheSame(bytesOf(short))).toBe(true);
    expect(scanUp(bytesOf(short.slice(0, -1)))).toBeUndefined();
  });
});
