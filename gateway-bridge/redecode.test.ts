import { describe, expect, it } from 'vitest';
import type { DeviceDirectory, LoggedUplink } from '#core';
import { StrangerCatalogue } from '#device-profiles';
import { createRedecoder } from './redecode.ts';

const time = Date.parse('2026-05-04T09:00:00Z');
const nowhere: DeviceDirectory = { profileOf: () => undefined, placeOf: () => ({}) };
const inventory = (profile: string): DeviceDirectory => ({ ...nowhere, profileOf: () => profile });

/** An uplink of a bay's sensor, as the radio log has it. */
const logged = (given: Partial<LoggedUplink> = {}): LoggedUplink => ({
  kind: 'uplink',
  deduplicationId: 'x',
  devEui: 'fcd6bd00001a2b3c',
  devAddr: '01000001',
  fCnt: 7,
  fPort: 1,
  time,
  receivedAtMs: time + 500,
  anchorMs: time,
  flags: [],
  confirmed: false,
  dataRate: 5,
  frequencyHz: 868_100_000,
  spreadingFactor: 7,
  gateways: [],
  data: Uint8Array.of(1),
  ...given,
});

describe('an uplink of the radio log', () => {
  it('has the model the inventory names, else the one it had then, else what its names mean now', async () => {
    const named = { deviceProfileName: 'Bosch TPS110 (no codec)', tags: {} };
    const cases = [
      [inventory('bosch/tps110'), { profileId: 'milesight/am307' }],
      [nowhere, { profileId: 'bosch/tps110' }],
      [nowhere, { named }],
      [nowhere, { named: { deviceProfileName: '', tags: { vendor: 'Bosch', model: 'TPS110' } } }],
    ] as const;
    for (const [directory, given] of cases) {
      const uplink = await createRedecoder(directory).decode(logged(given));
      expect(uplink).toMatchObject({ profile: { id: 'bosch/tps110' }, fCnt: 7, warnings: [] });
      expect(uplink.readings).toMatchObject([{ time, quantity: 'bay_occupied', value: true }]);
      expect(uplink).not.toHaveProperty('named');
    }
  });

  it('stays unknown under the names it had, where none is known', async () => {
    const named = { deviceProfileName: 'Nobody N1', tags: { model: 'N1' } };
    const uplink = await createRedecoder(nowhere).decode(logged({ named, object: { a: 1 } }));
    expect(uplink).toMatchObject({
      error: { code: 'profile_unknown' },
      named,
      object: { a: 1 },
      readings: [],
    });
  });

  it('keeps the flags of its time, and decodes with the time of its receipt', async () => {
    const uplink = await createRedecoder(inventory('bosch/tps110')).decode(logged({ flags: ['clock'] }));
    expect(uplink.flags).toEqual(['clock']);
    expect(uplink.readings[0]?.flags).toEqual(['clock']);
  });

  it('is of models that are known by their ids, ours, Cayenne’s and strangers’', () => {
    const catalogue = new StrangerCatalogue({ devices: [] });
    const sandbox = { decode: () => Promise.reject(new Error('not asked')) };
    const { knows } = createRedecoder(nowhere, { profiles: { catalogue }, sandbox });
    expect(['bosch/tps110', 'cayenne/lpp', 'acme/none'].map(knows)).toEqual([true, true, false]);
  });
});
