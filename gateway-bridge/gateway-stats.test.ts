import { describe, expect, it } from 'vitest';
import type { GatewayStats } from '#core';
import { statsSchema } from './event-schema.ts';
import { gatewayStatsOf } from './gateway-stats.ts';

const receivedAtMs = Date.parse('2026-11-22T00:07:05.254Z');

function stats(fields: Readonly<Record<string, unknown>>): GatewayStats {
  const message = {
    type: 'stats' as const,
    ...statsSchema.parse({ gatewayId: '0016c001f1500001', ...fields }),
  };
  return gatewayStatsOf(message, { receivedAtMs, broker: 'b', topic: 't', payload: new Uint8Array() });
}

describe('a gateway’s statistics', () => {
  it('that leave out zeros count nothing', () => {
    expect(stats({ time: '2026-11-22T00:07:05Z' })).toEqual({
      kind: 'gateway-stats',
      gatewayId: '0016c001f1500001',
      time: Date.parse('2026-11-22T00:07:05Z'),
      receivedAtMs,
      flags: [],
      rxPacketsReceived: 0,
      rxPacketsReceivedOk: 0,
      txPacketsReceived: 0,
      txPacketsEmitted: 0,
      metadata: {},
    });
  });

  it.each(['1970-01-01T00:01:00Z', '2026-11-22T01:07:05Z', undefined])(
    'with a clock at %s are of the time they came',
    (time) => {
      expect(stats({ time })).toMatchObject({ time: receivedAtMs, flags: ['clock'] });
    },
  );

  it('say where the gateway is, on the equator too', () => {
    expect(stats({ location: { longitude: 4.9, altitude: 12.5 } }).location).toEqual({
      latitudeDeg: 0,
      longitudeDeg: 4.9,
      altitudeM: 12.5,
    });
  });

  it.each([{}, { altitude: 3 }, { latitude: 90.1, longitude: 4.9 }, { latitude: 52, longitude: -181 }])(
    'at %j are nowhere',
    (location) => {
      expect(stats({ location })).not.toHaveProperty('location');
    },
  );

  it('keep no endless metadata', () => {
    const long = 'x'.repeat(1000);
    const metadata = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${i}${long}`, long]));
    const kept = Object.entries(stats({ metadata }).metadata);
    expect(kept).toHaveLength(32);
    expect(kept.every(([key, value]) => key.length === 64 && value.length === 256)).toBe(true);
  });
});
