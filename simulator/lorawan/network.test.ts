import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { GatewayEvent } from './gateway-events.ts';
import { writeJson } from './gateway-json.ts';
import { derivedKeys } from './keys.ts';
import { RadioNetwork } from './network.ts';

const startMs = Date.UTC(2026, 5, 1, 12);
const at = (km: number) => ({ latitude: 48 + km / 111.2, longitude: 11 });
const gateways = [0, 3].map((km, index) => ({
  ...{ id: `0270000000000a0${index}`, location: at(km), hasClock: index === 0 },
}));

/** What gateways say in a quarter of an hour with devices so far north that nobody answers, looked at in steps. */
function eventsOf(kms: readonly number[], stepMs: number, fromMs = startMs, seed = 1): GatewayEvent[] {
  const events: GatewayEvent[] = [];
  const network = new RadioNetwork({
    ...{ seed, startMs: fromMs, gateways, onEvent: (event) => void events.push(event) },
    devices: kms.map((km, index) => ({ keys: derivedKeys(1, `02700000000000b${index}`), location: at(km) })),
  });
  for (let nowMs = fromMs; nowMs <= fromMs + 900_000; nowMs += stepMs) network.advanceTo(nowMs);
  return events;
}

type Uplink = Extract<GatewayEvent, { readonly kind: 'up' }>;
const uplinks = (events: readonly GatewayEvent[]): Uplink[] =>
  events.filter((event): event is Uplink => event.kind === 'up');
const hashOf = (events: readonly GatewayEvent[]): string => {
  const hash = createHash('sha256');
  for (const event of events) hash.update(writeJson(event));
  return hash.digest('hex');
};
const devNonceOf = ({ uplink }: Uplink): number => Buffer.from(uplink.phy).readUInt16LE(17);

describe('a radio network', () => {
  it('says the same in however many steps one looks, and something else for another seed', () => {
    const inOneGo = hashOf(eventsOf([0.5, 1, 2], 900_000));
    expect(hashOf(eventsOf([0.5, 1, 2], 777))).toBe(inOneGo);
    expect(inOneGo).toBe('db8c2c6814313c65bc325dfaee661d09f6166c0ffe94f2a09c94da616ccad206');
    expect(hashOf(eventsOf([0.5, 1, 2], 900_000, startMs, 2))).not.toBe(inOneGo);
  });

  it('tells statistics every 30 s, of each gateway at a time of its own', () => {
    const stats = eventsOf([], 60_000).filter(({ kind }) => kind === 'stats');
    for (const { id } of gateways) {
      const times = stats.flatMap((event) =>
        event.kind === 'stats' && event.gatewayId === id ? [event.timeMs] : [],
      );
      expect(times).toHaveLength(30);
      expect(new Set(times.slice(1).map((timeMs, index) => timeMs - (times[index] ?? 0)))).toEqual(
        new Set([30_000]),
      );
    }
  });

  it('hears a device the weaker the further, and what is below the sensitivity of its rate not at all', () => {
    const near = uplinks(eventsOf([0.2], 900_000));
    const rssi = (gatewayId: string) =>
      near.filter((one) => one.gatewayId === gatewayId).map(({ uplink }) => uplink.rssiDbm);
    expect(Math.min(...rssi('0270000000000a00'))).toBeGreaterThan(Math.max(...rssi('0270000000000a01')));
    const far = uplinks(eventsOf([-2], 900_000));
    expect(far.length).toBeGreaterThan(0);
    for (const { uplink } of far)
      expect(uplink.snrDb).toBeGreaterThanOrEqual(
        -7.5 - 2.5 * (uplink.modulation.spreadingFactor - 7) - 0.13,
      );
    expect(uplinks(eventsOf([-40], 900_000))).toEqual([]);
  });

  it('started again later joins with nonces it has not used', () => {
    const first = uplinks(eventsOf([0.2], 900_000)).map(devNonceOf);
    const later = uplinks(eventsOf([0.2], 900_000, startMs + 24 * 3_600_000)).map(devNonceOf);
    expect(Math.min(...later)).toBeGreaterThan(Math.max(...first));
  });

  it('hears nothing of devices and gateways it does not have', () => {
    const network = new RadioNetwork({ seed: 1, startMs, gateways, devices: [], onEvent: () => undefined });
    network.send({ timeMs: startMs, devEui: 'ffffffffffffffff', fPort: 1, bytes: Buffer.of(1) });
    network.command('ffffffffffffffff', { downlinkId: 1, items: [] });
    expect(network.joined).toBe(0);
  });
});
