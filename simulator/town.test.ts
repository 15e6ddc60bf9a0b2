import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, profileById } from '#device-profiles';
import { hourMs } from './calendar.ts';
import { dayMs, hamlet, mondayMs, type SaidUplink, uplinksOf } from './testing.ts';
import { createTown } from './town.ts';

const byDevice = (uplinks: readonly SaidUplink[]): SaidUplink[][] => [
  ...Map.groupBy(uplinks, ({ devEui }) => devEui).values(),
];

function decodedOf({ devEui, fPort, data }: SaidUplink) {
  const place = hamlet.devices.find((device) => device.devEui === devEui);
  const profile = profileById(place?.profile ?? '');
  if (profile === undefined) throw new Error(`${devEui} is not of the hamlet`);
  return decode(profile, { bytes: Buffer.from(data, 'base64'), fPort });
}

describe('a town', () => {
  const week = uplinksOf(hamlet, 1, mondayMs, mondayMs + 7 * dayMs);

  it('says the same bytes for the same seed, today and in ten years', () => {
    const day = uplinksOf(hamlet, 1, mondayMs, mondayMs + dayMs);
    const hash = createHash('sha256');
    for (const { text } of day) hash.update(text);
    expect(day.length).toBe(463);
    expect(hash.digest('hex')).toBe('f82ac80ec801b3c45c094226bb9852b99cbe05ecdd764f26e40410e4a85f2e38');
  });

  it('says something else for another seed', () => {
    expect(uplinksOf(hamlet, 2, mondayMs, mondayMs + dayMs)).not.toEqual(
      uplinksOf(hamlet, 1, mondayMs, mondayMs + dayMs),
    );
  });

  it('is the same through any windows', () => {
    const inHours = fc.double({ min: 0, max: 72, noNaN: true });
    // Both nights on which clocks are changed are among the beginnings.
    const beginsMs = [mondayMs, Date.UTC(2026, 2, 28, 12), Date.UTC(2026, 9, 24, 12)];
    fc.assert(
      fc.property(fc.constantFrom(...beginsMs), fc.array(inHours, { maxLength: 6 }), (beginMs, cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), 72].map((h) => beginMs + Math.round(h * hourMs));
        const town = createTown({ places: hamlet, seed: 7 });
        const pieces = edges
          .slice(1)
          .flatMap((toMs, index) => [...town.uplinks(edges[index] ?? beginMs, toMs)]);
        expect(pieces).toEqual([...town.uplinks(beginMs, beginMs + 72 * hourMs)]);
      }),
      { numRuns: 12 },
    );
  });

  it('speaks in order of time, inside the window', () => {
    const times = week.map(({ timeMs }) => timeMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(mondayMs);
    expect(times.at(-1)).toBeLessThan(mondayMs + 7 * dayMs);
  });

  it('counts the frames of each device without a gap, from 0 when it came into service', () => {
    const everything = uplinksOf(hamlet, 1, Date.UTC(2025, 11), Date.UTC(2026, 3, 5));
    expect(byDevice(everything).length).toBe(hamlet.devices.length);
    for (const uplinks of byDevice(everything))
      expect(uplinks.map(({ fCnt }) => fCnt)).toEqual(uplinks.map((_, index) => index));
  });

  it('never uses a deduplication id twice', () => {
    expect(new Set(week.map(({ deduplicationId }) => deduplicationId)).size).toBe(week.length);
    for (const { deduplicationId } of week.slice(0, 200))
      expect(deduplicationId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('sends what its profiles read without a warning and find plausible', () => {
    for (const uplink of week) {
      const { readings, warnings, errors } = decodedOf(uplink);
      expect({ warnings, errors }).toEqual({ warnings: [], errors: [] });
      expect(readings.length).toBeGreaterThan(0);
      expect(readings.filter(({ flags }) => flags !== undefined)).toEqual([]);
    }
  });

  it('has counters that never fall', () => {
    const charge = week
      .filter(({ devEui }) => devEui === '0270000000000012')
      .map((uplink) => Number(decodedOf(uplink).data.total_current));
    expect(charge).toEqual(charge.toSorted((a, b) => a - b));
    expect((charge.at(-1) ?? 0) - (charge[0] ?? 0)).toBeGreaterThan(100);
  });

  it('is silent before and after its devices are in service, and about models nobody knows', () => {
    const [first] = hamlet.devices;
    if (first === undefined) throw new Error('the hamlet is empty');
    const untilMs = mondayMs + dayMs;
    const places = {
      ...hamlet,
      devices: [
        { ...first, untilMs },
        { ...first, profile: 'nobody/nothing' },
      ],
    };
    expect(uplinksOf(places, 1, 0, first.sinceMs)).toEqual([]);
    expect(uplinksOf(places, 1, untilMs, untilMs + 30 * dayMs)).toEqual([]);
    expect(byDevice(uplinksOf(places, 1, mondayMs, untilMs)).length).toBe(1);
  });
});
