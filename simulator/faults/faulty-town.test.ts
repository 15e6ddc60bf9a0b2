import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, profileById } from '#device-profiles';
import { hourMs } from '../calendar.ts';
import { dayMs, hamlet, mondayMs } from '../testing.ts';
import { createTown } from '../town.ts';
import { upEventProtobuf } from '../up-event-protobuf.ts';
import { faults } from './faults.ts';
import { createFaultyTown, type FaultyUplink } from './faulty-town.ts';
import { scenarioOf } from './scenario.ts';

/** A day by UTC: that is what episodes go by. */
const fromMs = mondayMs + hourMs;
const toMs = fromMs + dayMs;
const original = [...createTown({ places: hamlet, seed: 1 }).uplinks(fromMs, toMs)];
const townOf = (text: string, seed = 1) =>
  createFaultyTown({ places: hamlet, seed, scenario: scenarioOf(text) });
const dayOf = (text: string, seed?: number): FaultyUplink[] => [...townOf(text, seed).uplinks(fromMs, toMs)];
const everything = faults.map(({ name }) => name).join(',');

/** Messages as texts, to be compared. */
const textsOf = (uplinks: Iterable<FaultyUplink>): string[] =>
  Array.from(uplinks, ({ publishedMs, message: { topic, payload } }) =>
    [publishedMs, topic, payload.toString('base64')].join(' '),
  );

const hashOf = (texts: readonly string[]): string =>
  createHash('sha256').update(texts.join('\n')).digest('hex');

describe('a town with faults', () => {
  it.each(faults.map(({ name }) => [name]))(
    '%s changes something, and nothing but its seed decides what',
    (name) => {
      const texts = textsOf(dayOf(name));
      const before = original.map(({ timeMs, message: { topic, payload } }) =>
        [timeMs, topic, payload.toString('base64')].join(' '),
      );
      if (name === 'broker-restart') expect(texts).toEqual(before);
      else if (!['gateway-backlog', 'gateway-outage'].includes(name)) expect(texts).not.toEqual(before);
      expect(textsOf(dayOf(name))).toEqual(texts);
    },
  );

  it('is the same town for the same seed, byte for byte, on every machine and in every release that does not say so', () => {
    const hashes = Object.fromEntries(
      faults.map(({ name }) => [name, hashOf(textsOf(dayOf(name))).slice(0, 12)]),
    );
    expect(hashes).toMatchInlineSnapshot(`
      {
        "battery-decline": "d6dde75d287a",
        "broker-restart": "c195753c60b9",
        "chirpstack-losses": "7f9e69281927",
        "clock-1980": "460ab607577c",
        "codec-breaking": "bbe352ec7f2e",
        "counter-reset": "461b0ec9fe5c",
        "device-replaced": "aa0cf1eff594",
        "distance-loss": "143e9e4ea0d6",
        "drift": "aa49e0153836",
        "duplicates": "2001c70b6fdf",
        "gateway-backlog": "15d384ab4f34",
        "gateway-outage": "9e80431ce67b",
        "jammed-hour": "61d77a66eb60",
        "late-copies": "d584199c4262",
        "malformed": "b3380994fe35",
        "reordering": "c89567f3bfd7",
        "silent-device": "01cb15454f58",
        "stuck-sensor": "720042e7e05c",
        "truncated": "8de5132f2d12",
      }
    `);
  });

  it('shows the same through any windows, with all faults at once', () => {
    const whole = textsOf(dayOf(everything));
    expect(whole.length).toBeGreaterThan(200);
    const cuts = fc.array(fc.integer({ min: fromMs + 1, max: toMs - 1 }), { maxLength: 12 });
    const town = townOf(everything);
    fc.assert(
      fc.property(cuts, fc.boolean(), (between, startsAnew) => {
        const borders = [fromMs, ...between.toSorted((a, b) => a - b), toMs];
        const seen = borders.slice(1).flatMap((endMs, index) => {
          const startMs = borders[index] ?? fromMs;
          return textsOf((startsAnew ? townOf(everything) : town).uplinks(startMs, endMs));
        });
        expect(seen).toEqual(whole);
      }),
      { numRuns: 12 },
    );
  });

  it('is published in order, never before it was said', () => {
    const uplinks = dayOf(everything.replace('clock-1980,', ''));
    for (const [index, { publishedMs, timeMs }] of uplinks.entries()) {
      expect(publishedMs).toBeGreaterThanOrEqual(uplinks[index - 1]?.publishedMs ?? fromMs);
      expect(publishedMs).toBeGreaterThanOrEqual(timeMs);
    }
  });

  it('is other with another seed, and in protobuf too', () => {
    expect(hashOf(textsOf(dayOf(everything, 2)))).not.toBe(hashOf(textsOf(dayOf(everything))));
    const options = {
      places: hamlet,
      seed: 1,
      scenario: scenarioOf('duplicates:50'),
      write: upEventProtobuf,
    };
    const written = [...createFaultyTown(options).uplinks(fromMs, toMs)];
    expect(written.map(({ fCnt, devEui }) => [devEui, fCnt])).toEqual(
      dayOf('duplicates:50').map(({ fCnt, devEui }) => [devEui, fCnt]),
    );
  });
});

/** Uplinks of a device, as its profile reads them. */
const saidBy = (uplinks: readonly FaultyUplink[], devEui: string) =>
  uplinks
    .filter((one) => one.devEui === devEui)
    .map((one) => {
      const profile = profileById(one.profile);
      if (profile === undefined) throw new Error(one.profile);
      return { ...one, data: decode(profile, one).data };
    });

const roomEui = '0270000000000021';
const shareLost = (text: string): number => 1 - dayOf(text).length / original.length;

describe('what faults do', () => {
  it('a stuck sensor says for twelve hours what it said first', () => {
    const runs = saidBy(dayOf('stuck-sensor:100'), roomEui).map(({ bytes }) =>
      Buffer.from(bytes).toString('hex'),
    );
    const counts = [...Map.groupBy(runs, (bytes) => bytes).values()].map(({ length }) => length);
    expect(counts.toSorted((a, b) => b - a)[0]).toBeOneOf([72, 73]);
  });

  it('a drifting sensor leaves the truth, a little more every day', () => {
    const off = [0, 7].map((days) => {
      const window = [fromMs + days * dayMs, toMs + days * dayMs] as const;
      const truth = new Map(
        [...createTown({ places: hamlet, seed: 1 }).uplinks(...window)]
          .filter(({ devEui }) => devEui === roomEui)
          .map((one) => [one.fCnt, one]),
      );
      const [first] = saidBy([...townOf('drift:100').uplinks(...window)], roomEui);
      const right = first && truth.get(first.fCnt);
      if (!first || !right) throw new Error('silent');
      const profile = profileById(first.profile);
      return Number(first.data.temperature) - Number(profile && decode(profile, right).data.temperature);
    });
    expect(off[0]).not.toBe(off[1]);
  });

  it('a battery ends, and is changed', () => {
    const levels: number[] = [];
    const town = townOf('battery-decline:100');
    for (const { data } of saidBy([...town.uplinks(fromMs, fromMs + 11 * dayMs)], roomEui))
      levels.push(Number(data.battery));
    const falls = levels.filter((level, index) => index > 0 && level > (levels[index - 1] ?? 0));
    expect(falls).toHaveLength(1);
    expect(Math.min(...levels)).toBeLessThan(2);
    expect(levels.length).toBeLessThan(10.1 * 144);
  });

  it('a silent device is not heard for six hours; its counter goes on', () => {
    const counters = saidBy(dayOf('silent-device:100'), roomEui).map(({ fCnt }) => fCnt);
    const gaps = counters.flatMap((fCnt, index) => (index > 0 ? [fCnt - (counters[index - 1] ?? 0)] : []));
    expect(gaps.filter((step) => step > 1)).toEqual([
      expect.toSatisfy((step: number) => step === 36 || step === 37),
    ]);
  });

  it('a device that starts anew counts from 0 without a gap', () => {
    const counters = saidBy(dayOf('counter-reset:100'), roomEui).map(({ fCnt }) => fCnt);
    const steps = counters.map((fCnt, index) => fCnt - (counters[index - 1] ?? fCnt - 1));
    expect(steps.filter((step) => step !== 1)).toHaveLength(1);
    expect(counters).toContain(0);
  });

  it('a device that was replaced is followed by one that counts from 0', () => {
    const uplinks = dayOf('device-replaced:100');
    const strangers = new Set(uplinks.map(({ devEui }) => devEui));
    expect(strangers.size).toBeGreaterThan(hamlet.devices.length);
    expect(uplinks).toHaveLength(original.length);
    for (const devEui of strangers)
      if (!hamlet.devices.some((place) => place.devEui === devEui))
        expect(saidBy(uplinks, devEui)[0]?.fCnt).toBe(0);
  });

  it.each([
    ['chirpstack-losses:20', 0.2],
    ['jammed-hour:100', 1 / 24],
    ['distance-loss:60', 1],
    ['late-copies:10', -0.1],
    ['duplicates:10', -0.1],
  ])('%s loses that share', (text, share) => {
    expect(shareLost(text)).toBeCloseTo(share, 1);
  });

  it('breaks the connection as often a day as it is told', () => {
    const { breaks } = townOf('broker-restart:24');
    expect(breaks(fromMs, toMs)).toHaveLength(24);
    const halves = [breaks(fromMs, fromMs + dayMs / 2), breaks(fromMs + dayMs / 2, toMs)].flat();
    expect(halves).toEqual(breaks(fromMs, toMs));
    expect(townOf('drift').breaks(fromMs, toMs)).toEqual([]);
  });
});
