import { describe, expect, it } from 'vitest';
import type { Point, Uplink } from '#core';
import { pointsOf } from '../points.ts';
import { historyOf, loggedOf } from './logged.ts';

const time = Date.parse('2026-05-04T09:00:00Z');
const uplink: Uplink = {
  kind: 'uplink',
  deduplicationId: 'x',
  devEui: '70b3d50000000001',
  devAddr: '01000001',
  fCnt: 7,
  fPort: 2,
  time,
  receivedAtMs: time + 500,
  flags: ['clock', 'history_rejected'],
  confirmed: true,
  dataRate: 5,
  frequencyHz: 868_100_000,
  spreadingFactor: 7,
  gateways: [],
  data: Uint8Array.of(1, 255),
  readings: [],
  warnings: [],
  archivePayload: true,
};
const rowOf = (given: Partial<Uplink>): Point => {
  const row = pointsOf({ ...uplink, ...given }, { profileOf: () => undefined, placeOf: () => ({}) }, true).at(
    -1,
  );
  if (!row) throw new Error('no row');
  return row;
};

describe('a row of the radio log', () => {
  it('gives the uplink back, without what its payload meant', () => {
    const { readings: _, warnings: __, archivePayload: ___, data, ...radio } = uplink;
    const logged = loggedOf(rowOf({}));
    expect(logged).toMatchObject({ ...radio, flags: ['clock'], anchorMs: time });
    expect([...logged.data]).toEqual([...data]);
    expect(loggedOf(rowOf({ anchorMs: time + 5000 })).anchorMs).toBe(time + 5000);
  });

  it('knows the model it had, or the names it had where there was none', () => {
    const facts = { id: 'acme/w1', theme: 'environment', rhythm: {} } as const;
    expect(loggedOf(rowOf({ profile: facts, object: { ours: 1 } }))).toMatchObject({ profileId: 'acme/w1' });
    expect(loggedOf(rowOf({ profile: facts, object: { ours: 1 } }))).not.toHaveProperty('object');
    const named = { deviceProfileName: 'ACME W1', tags: { vendor: 'ACME' } };
    const error = { code: 'profile_unknown', message: 'm' } as const;
    expect(loggedOf(rowOf({ named, error, object: { theirs: 1 } }))).toMatchObject({
      named,
      object: { theirs: 1 },
    });
  });

  it('takes an object the store had to cut off for none', () => {
    const row = rowOf({ error: { code: 'decode_failed', message: 'm' } });
    expect(loggedOf({ ...row, fields: { ...row.fields, object: '{"a":[1…' } })).not.toHaveProperty('object');
  });

  it('knows the times of its records', () => {
    const reading = { device: uplink.devEui, quantity: 'water_level', value: 1 } as const;
    const readings = [time, time - 60_000, time - 60_000, time - 120_000].map((at) => ({
      ...reading,
      time: at,
    }));
    expect(historyOf(rowOf({ readings }))).toEqual([time - 60_000, time - 120_000]);
    expect(historyOf(rowOf({ readings: readings.slice(0, 1) }))).toEqual([]);
  });
});
