import { describe, expect, it } from 'vitest';
import type { Point, Value } from '#core';
import { compare } from './compare.ts';
import type { Remade } from './remake.ts';
import { Tally } from './tally.ts';

const device = 'd';
const reading = (time: number, fields: Record<string, Value>, tags = {}): Point => ({
  retention: 'readings',
  measurement: 'building',
  time,
  tags: { device, ...tags },
  fields,
});
const row = (fields: Record<string, Value> = {}): Point => ({
  retention: 'uplinks',
  measurement: 'uplink',
  time: 1,
  tags: { device },
  fields: { payload: '01', ...fields },
});
const remade = (old: Point, made: Point, ...points: Point[]): Remade => ({
  row: old,
  profile: 'acme/w1',
  points: [...points, made],
  timesMs: [1],
  tooOldMs: [],
});
const idOnly = ({ fields: _, ...identity }: Point): Omit<Point, 'fields'> => identity;

function compared(given: Remade[], stored: Point[], isTold = false) {
  const tally = new Tally();
  const change = compare(given, stored, () => isTold, tally);
  return { ...change, counts: tally.counts[0] };
}

describe('what a replay changes', () => {
  it('is nothing where all is as it was', () => {
    const same = reading(1, { co2: 400, flags: 'clock' });
    const { gone, points, counts } = compared([remade(row(), row(), same)], [same]);
    expect([gone, points]).toEqual([[], []]);
    expect(counts).toMatchObject({ same: 1, changed: 0, new: 0, gone: 0 });
  });

  it('is written over what was there, where nothing else has to go', () => {
    const made = reading(1, { co2: 410, air_temperature: 20 });
    const { gone, points, counts } = compared(
      [remade(row(), row(), made)],
      [reading(1, { co2: 400, flags: 'clock' })],
    );
    expect([gone, points]).toEqual([[], [made]]);
    expect(counts).toMatchObject({ changed: 1, new: 1 });
  });

  it('goes as a whole point and comes again without the field that is told no more', () => {
    const old = reading(1, { co2: 400, air_temperature: 20 });
    const made = reading(1, { co2: 400 });
    const { gone, points, counts } = compared([remade(row(), row(), made)], [old]);
    expect([gone, points]).toEqual([[idOnly(old)], [made]]);
    expect(counts).toMatchObject({ same: 1, gone: 1 });
  });

  it('moves to the place that is right now', () => {
    const old = reading(1, { co2: 400 }, { asset: 'a' });
    const made = reading(1, { co2: 400 }, { asset: 'b' });
    const { gone, points, counts } = compared([remade(row(), row(), made)], [old]);
    expect([gone, points]).toEqual([[idOnly(old)], [made]]);
    expect(counts).toMatchObject({ changed: 1, new: 0, gone: 0 });
  });

  it('leaves alone what another may have told of the same time', () => {
    const old = reading(1, { co2: 400, water_level: 3 });
    const made = reading(1, { co2: 410 });
    const { gone, points, counts } = compared([remade(row(), row(), made)], [old], true);
    expect([gone, points]).toEqual([[], [made]]);
    expect(counts).toMatchObject({ changed: 1, gone: 0 });
  });

  it('is also the row of the radio log, whose error is gone', () => {
    const old = row({ error: 'profile_unknown' });
    const made = row({ profile: 'acme/w1' });
    expect(compared([remade(old, made)], [])).toMatchObject({ gone: [idOnly(old)], points: [made] });
  });
});
