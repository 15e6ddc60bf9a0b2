import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createLogger,
  type Delivery,
  type DeviceEvent,
  type LetterFilter,
  type Point,
  type Position,
  type RawMessage,
  Registry,
  type Translate,
} from '#core';
import { DirtyBuckets } from './downsample/dirty.ts';
import { Ledger, type Letter } from './ledger.ts';
import { createIngestMetrics } from './metrics.ts';
import { Operator } from './operator.ts';
import { Pump } from './pump.ts';
import { RedrivingSpool } from './redriving-spool.ts';
import { SegmentLog } from './spool/spool.ts';
import { StateLog } from './state-log.ts';
import { StoreWriter } from './writer.ts';

const receivedAtMs = 1_795_305_600_123;
const silent = createLogger('silent');

const raw = (text: string, given: Partial<RawMessage> = {}): RawMessage => ({
  receivedAtMs,
  broker: 'host:1883',
  topic: 'application/a/device/24e124707c123456/event/up',
  payload: Buffer.from(text),
  ...given,
});

const letter = (position: number, message: RawMessage, code = 'json_invalid', reason = 'why'): Letter => ({
  position: position as Position,
  letter: { kind: 'dead-letter', raw: message, code, reason },
});

/** A battery level of as many per cent as the payload has bytes. */
function level({ receivedAtMs: time, payload }: RawMessage): DeviceEvent {
  const reading = { device: 'd', time, quantity: 'battery_level', value: payload.length } as const;
  return {
    kind: 'event',
    type: 'status',
    devEui: 'd',
    time,
    receivedAtMs: time,
    flags: [],
    deduplicationId: '',
    profile: { id: 'v/m', theme: 'building', rhythm: {} },
    details: {},
    readings: [reading],
  };
}

/** Understands what does not begin with a word of `unknown`. */
const understanding =
  (...unknown: readonly string[]): Translate =>
  (message) => {
    const text = Buffer.from(message.payload).toString();
    if (!unknown.some((word) => text.startsWith(word))) return level(message);
    return { kind: 'dead-letter', raw: message, code: 'event_invalid', reason: `cannot read ${text}` };
  };

let folder = '';
let spool: SegmentLog;
let ledger: Ledger;
let operator: Operator;
let written: Point[] = [];
let rejects: (point: Point) => boolean = () => false;

async function open(): Promise<void> {
  spool = new SegmentLog({ folder: path.join(folder, 'spool'), bytesMax: 8 * 1_048_576, log: silent });
  await spool.start();
  ledger = new Ledger(folder, 16 * 1_048_576);
  await ledger.start();
  operator = new Operator({ ledger, spool, folder: 'spool', now: Date.now });
}

/** Works off the spool with this translation until nothing is pending. */
async function run(translate: Translate): Promise<void> {
  const { pending } = spool.status();
  let translated = 0;
  const writer = new StoreWriter(
    {
      write: async (points) => {
        const rejected = points.flatMap((point, index) => (rejects(point) ? [{ index, reason: 'no' }] : []));
        written.push(...points.filter((point) => !rejects(point)));
        return { rejected, keep: [] };
      },
      series: async () => [],
    },
    () => {},
  );
  const dirty = new DirtyBuckets(folder);
  await dirty.start();
  const pump = new Pump({
    spool: new RedrivingSpool(spool, ledger, silent),
    ledger,
    writer,
    dirty,
    stateLog: new StateLog(path.join(folder, 'state')),
    archive: true,
    translate: (message) => {
      translated++;
      return translate(message);
    },
    directory: { profileOf: () => undefined, placeOf: () => ({}) },
    state: { apply: () => ({ duplicate: false, repeated: false }), rows: () => [], restore: () => {} },
    metrics: createIngestMetrics(new Registry()),
    log: silent,
    onFatal: (cause) => {
      throw cause;
    },
  });
  await pump.start();
  await expect.poll(() => translated, { timeout: 5000 }).toBeGreaterThanOrEqual(pending);
  await pump.stop();
  await dirty.stop();
  expect(spool.status().pending).toBe(0);
}

async function close(): Promise<void> {
  await ledger.stop();
  await spool.stop();
}

const states = () => ledger.list(100).map(({ state, attempts }) => [state, attempts]);
const idOf = (index = 0): number => ledger.list(100).toReversed()[index]?.id ?? 0;
const identityOf = ({ measurement, tags, time }: Point): string => JSON.stringify([measurement, tags, time]);

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-operator-'));
  written = [];
  rejects = () => false;
  await open();
});
afterEach(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

describe('redriving a letter', () => {
  it('stores what is understood now as it was received, and lets go of its bytes', async () => {
    ledger.put([letter(1, raw('text'))]);
    const answer = await operator.redrive(idOf());
    expect(answer).toMatchObject({ outcome: 'redriven', letter: { state: 'redriving', attempts: 1 } });
    await run(understanding());
    expect(written.filter(({ retention }) => retention === 'readings')).toMatchObject([
      { time: receivedAtMs, fields: { battery_level: 4 } },
    ]);
    expect(operator.letter(idOf())).toMatchObject({
      state: 'stored',
      attempts: 1,
      code: 'json_invalid',
      broker: 'host:1883',
      payloadBytes: 0,
    });
  });

  it('keeps one letter with the new reason where the message fails again', async () => {
    ledger.put([letter(1, raw('text'))]);
    for (const attempts of [1, 2]) {
      await operator.redrive(idOf());
      await run(understanding('text'));
      expect(ledger.list(9)).toMatchObject([
        {
          state: 'waiting',
          attempts,
          code: 'event_invalid',
          reason: 'cannot read text',
          broker: 'host:1883',
        },
      ]);
    }
    expect(Buffer.from(operator.letter(idOf())?.payload ?? []).toString()).toBe('text');
  });

  it('does nothing where it is on its way or was stored', async () => {
    ledger.put([letter(1, raw('text'))]);
    const [first, second] = await Promise.all([operator.redrive(idOf()), operator.redrive(idOf())]);
    expect([first?.outcome, second?.outcome]).toEqual(['redriven', 'on_its_way']);
    expect(await operator.redrive(idOf())).toMatchObject({ outcome: 'on_its_way' });
    expect(spool.status().pending).toBe(1);
    await run(understanding());
    expect(await operator.redrive(idOf())).toMatchObject({ outcome: 'stored', letter: { attempts: 1 } });
    expect(spool.status().pending).toBe(0);
    expect(await operator.redrive(99)).toBeUndefined();
  });

  it('writes all points of a message again of which one was rejected: the same points', async () => {
    rejects = ({ retention }) => retention === 'readings';
    await spool.append([raw('text')]);
    await run(understanding());
    expect(ledger.list(9)).toMatchObject([{ code: 'point_rejected', reason: 'building: no' }]);
    const before = written.map(identityOf);
    rejects = () => false;
    await operator.redrive(idOf());
    await run(understanding());
    expect(states()).toEqual([['stored', 1]]);
    expect(before.length).toBeGreaterThan(0);
    expect(new Set(written.map(identityOf)).size).toBe(before.length + 1);
  });

  it('is refused where the bytes were withheld, and not where there never were any', async () => {
    const empty = { payload: new Uint8Array() };
    ledger.put([letter(1, raw('', empty), 'point_rejected'), letter(2, raw('', empty), 'protobuf_invalid')]);
    await expect(operator.redrive(idOf(0))).rejects.toMatchObject({ code: 'letter_withheld' });
    expect(await operator.redrive(idOf(1))).toMatchObject({ outcome: 'redriven' });
    expect(await operator.redriveAll({}, { limit: 9 })).toEqual({ redriven: 0, withheld: 1 });
  });

  it('leaves it waiting where the spool is full', async () => {
    ledger.put([letter(1, raw('x'.repeat(1_000_000)))]);
    await ledger.flush();
    const filler = raw('x'.repeat(1_000_000));
    const fill = async (): Promise<void> => {
      for (;;) await spool.append([filler]);
    };
    await expect(fill()).rejects.toMatchObject({ code: 'spool_full' });
    await expect(operator.redrive(idOf())).rejects.toMatchObject({ code: 'spool_full' });
    await expect(operator.redriveAll({}, { limit: 9 })).rejects.toMatchObject({ code: 'spool_full' });
    expect(states()).toEqual([['waiting', 0]]);
  });
});

describe('redriving many', () => {
  const many = (count: number): void =>
    ledger.put(
      Array.from({ length: count }, (_, i) => letter(i + 1, raw(i % 2 === 0 ? `good ${i}` : `bad ${i}`))),
    );
  const redriveAll = async (filter: LetterFilter, limit: number): Promise<number[]> => {
    const counts: number[] = [];
    for (let after: number | undefined = 0; after !== undefined; ) {
      const { redriven, next } = await operator.redriveAll(filter, { limit, after });
      counts.push(redriven);
      after = next;
    }
    return counts;
  };

  it('sends each waiting letter once, page by page, also those that come back meanwhile', async () => {
    many(1234);
    expect(await redriveAll({}, 500)).toEqual([500, 500, 234]);
    expect(await redriveAll({}, 500)).toEqual([0]);
    await run(understanding('bad'));
    const all = await operator.letters({}, { limit: 2000 });
    expect(all.letters.filter(({ state, attempts }) => state === 'stored' && attempts === 1)).toHaveLength(
      617,
    );
    expect(all.letters.filter(({ state, attempts }) => state === 'waiting' && attempts === 1)).toHaveLength(
      617,
    );
    expect(all.letters).toHaveLength(1234);
    expect(await redriveAll({}, 1000)).toEqual([617]);
  });

  it('sends only those asked for', async () => {
    ledger.put([letter(1, raw('a')), letter(2, raw('b'), 'point_rejected')]);
    expect(await redriveAll({ code: 'point_rejected' }, 10)).toEqual([1]);
    expect(states()).toEqual([
      ['redriving', 1],
      ['waiting', 0],
    ]);
  });
});

describe('the process ends', () => {
  const consume = (): Promise<Delivery[]> =>
    new RedrivingSpool(spool, ledger, silent).consume(
      { messagesMax: 9, bytesMax: 99_999 },
      AbortSignal.timeout(2000),
    );
  const restart = async (): Promise<void> => {
    await close();
    await open();
  };

  it('between spool and drawer: the outcome finds its letter all the same', async () => {
    ledger.put([letter(1, raw('text'))]);
    await operator.redrive(idOf());
    const before = new Ledger(path.join(folder, 'before'), 1_048_576);
    await before.start();
    before.put([letter(1, raw('text'))]);
    await ledger.stop();
    ledger = before;
    operator = new Operator({ ledger, spool, folder: 'spool', now: Date.now });
    expect(await operator.redrive(idOf())).toMatchObject({ outcome: 'redriven' });
    await run(understanding('text'));
    expect(states()).toEqual([['waiting', 1]]);
  });

  it('after the letter came back and before that was confirmed: it is still one', async () => {
    ledger.put([letter(1, raw('text'))]);
    await operator.redrive(idOf());
    for (let time = 0; time < 3; time++) {
      const [delivery] = await consume();
      if (!delivery) throw new Error('nothing came');
      expect(delivery.message).toEqual({ ...raw('text'), payload: expect.anything() });
      spool.release();
      ledger.put([letter(delivery.position, delivery.message, 'event_invalid')]);
      await restart();
    }
    expect(states()).toEqual([['waiting', 1]]);
    await run(understanding());
    expect(states()).toEqual([['stored', 1]]);
  });

  it('while it is on its way: it may be sent again, and its points are the same', async () => {
    ledger.put([letter(1, raw('text'))]);
    await operator.redrive(idOf());
    await new Promise((resolve) => setTimeout(resolve, 2));
    await restart();
    expect(await operator.redrive(idOf())).toMatchObject({ outcome: 'redriven', letter: { attempts: 2 } });
    await run(understanding());
    expect(new Set(written.map(identityOf)).size).toBe(written.length / 2);
    expect(states()).toEqual([['stored', 2]]);
  });

  it('not: where the drawer cannot be written, the message is confirmed with a later one', async () => {
    ledger.put([letter(1, raw('text'))]);
    await operator.redrive(idOf());
    await spool.append([raw('other')]);
    const redriving = new RedrivingSpool(spool, ledger, silent);
    const [first, second] = await redriving.consume(
      { messagesMax: 9, bytesMax: 99_999 },
      AbortSignal.timeout(2000),
    );
    if (!first || !second) throw new Error('too few came');
    await ledger.stop();
    redriving.confirm([first.position]);
    expect(spool.status().pending).toBe(2);
    await ledger.start();
    redriving.confirm([second.position]);
    expect(spool.status().pending).toBe(0);
    expect(states()).toEqual([['stored', 1]]);
  });
});

describe('a letter that has left the drawer while it was on its way', () => {
  it('is a new one where its message fails again', async () => {
    ledger.put([letter(1, raw('text'))]);
    await operator.redrive(idOf());
    const large = raw('x'.repeat(1_000_000));
    ledger.put(Array.from({ length: 17 }, (_, i) => letter(i + 10, large)));
    await ledger.flush();
    expect(operator.letter(1)).toBeUndefined();
    await run(understanding('text'));
    expect(ledger.list(1)).toMatchObject([{ reason: 'cannot read text', state: 'waiting', attempts: 0 }]);
  });
});

describe('listing letters', () => {
  const listed = async (filter: LetterFilter): Promise<string[]> => {
    const { letters } = await operator.letters(filter, { limit: 10 });
    return letters.map(({ reason }) => reason);
  };

  it('narrows down by code, state, topic, device and time', async () => {
    ledger.put([
      letter(1, raw('a'), 'json_invalid', 'one'),
      letter(2, raw('b', { topic: 'application/a/device/NOPE/event/up' }), 'topic_unknown', 'two'),
      letter(3, raw('c', { receivedAtMs: receivedAtMs + 5 }), 'json_invalid', 'three'),
    ]);
    await operator.redrive(idOf(2));
    expect(await listed({})).toEqual(['three', 'two', 'one']);
    expect(await listed({ code: 'json_invalid' })).toEqual(['three', 'one']);
    expect(await listed({ state: 'redriving' })).toEqual(['three']);
    expect(await listed({ topic: 'NOPE' })).toEqual(['two']);
    expect(await listed({ device: '24E124707C123456', state: 'waiting' })).toEqual(['one']);
    expect(await listed({ device: '24e1' })).toEqual([]);
    expect(await listed({ fromMs: receivedAtMs + 5 })).toEqual(['three']);
    expect(await listed({ toMs: receivedAtMs + 5 })).toEqual(['two', 'one']);
  });

  it('gives each letter once, page by page, however many come in meanwhile', async () => {
    const pages = fc.record({
      before: fc.integer({ min: 0, max: 1100 }),
      limit: fc.integer({ min: 1, max: 700 }),
      arriving: fc.integer({ min: 0, max: 40 }),
      everyNth: fc.integer({ min: 1, max: 3 }),
    });
    let position = 1;
    await fc.assert(
      fc.asyncProperty(pages, async ({ before, limit, arriving, everyNth }) => {
        await close();
        await rm(folder, { recursive: true });
        await open();
        const codeOf = (index: number): string => (index % everyNth === 0 ? 'wanted' : 'other');
        const put = (count: number): void =>
          ledger.put(Array.from({ length: count }, (_, i) => letter(position++, raw('x'), codeOf(i))));
        put(before);
        const seen: number[] = [];
        for (let next: number | undefined = Number.MAX_SAFE_INTEGER; next !== undefined; ) {
          const page: Awaited<ReturnType<Operator['letters']>> = await operator.letters(
            { code: 'wanted' },
            { limit, before: next },
          );
          expect(page.letters.length).toBeLessThanOrEqual(limit);
          seen.push(...page.letters.map(({ id }) => id));
          next = page.next;
          put(arriving);
        }
        expect(seen).toEqual(seen.toSorted((a, b) => b - a));
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.length).toBe(Math.ceil(before / everyNth));
      }),
      { numRuns: 10 },
    );
  }, 30_000);

  it('exports all with their bytes, the oldest first', async () => {
    ledger.put(Array.from({ length: 1100 }, (_, i) => letter(i + 1, raw(`${i}`))));
    const texts: string[] = [];
    for await (const { payload } of operator.lettersInFull({})) texts.push(Buffer.from(payload).toString());
    expect(texts).toEqual(Array.from({ length: 1100 }, (_, i) => `${i}`));
  });
});
