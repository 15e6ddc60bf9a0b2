import { describe, expect, it } from 'vitest';
import { Rng } from '../rng.ts';
import { Gateway } from './gateway.ts';
import type { DownlinkItem, GatewayEvent } from './gateway-events.ts';
import type { Transmission } from './receive-windows.ts';

const startMs = Date.UTC(2026, 2, 1);
const newGateway = (): Gateway =>
  new Gateway(
    { id: '0270000000000a01', location: { latitude: 0, longitude: 0 }, hasClock: true },
    new Rng(1),
    startMs,
  );
const frame = (endMs: number): Transmission => ({
  ...{ phy: Buffer.alloc(20), frequencyHz: 867_300_000, spreadingFactor: 7, bandwidthHz: 125_000 },
  ...{ eirpDbm: 16, startMs: endMs - 60, endMs },
});
const reception = { rssiDbm: -90, snrDb: 7.5, ok: true };

/** The context of an uplink that ended then. */
function contextAt(gateway: Gateway, endMs: number): Buffer {
  const event = gateway.hear(frame(endMs), reception);
  if (event?.kind !== 'up') throw new Error('not heard');
  return Buffer.from(event.uplink.context);
}

function item(context: Buffer, delayMs: number, more: Partial<DownlinkItem> = {}): DownlinkItem {
  return {
    ...{ phy: Buffer.alloc(20), frequencyHz: 868_100_000, eirpDbm: 16, context },
    ...{ modulation: { spreadingFactor: 7, bandwidthHz: 125_000 }, timing: { kind: 'delay', delayMs } },
    ...more,
  };
}

const statusesOf = (ack: GatewayEvent): readonly string[] => (ack.kind === 'ack' ? ack.statuses : []);

describe('a gateway', () => {
  it('tells channel, receiver, context and its own time', () => {
    const event = newGateway().hear(frame(startMs + 500.123), reception);
    expect(event).toMatchObject({
      kind: 'up',
      uplink: { channel: 4, rfChain: 0, rssiDbm: -90, snrDb: 7.5, gwTimeMs: startMs + 500.123 },
    });
  });

  it('sends so long after the uplink as it is told, also when its counter turns meanwhile', () => {
    const gateway = newGateway();
    // The counter turns every 71.6 minutes: somewhere in two hours it does between uplink and downlink.
    for (let endMs = startMs; endMs < startMs + 7_200_000; endMs += 1500) {
      const context = contextAt(gateway, endMs);
      const { planned } = gateway.command({ downlinkId: 1, items: [item(context, 1000)] }, endMs + 250);
      expect(planned?.startMs).toBeCloseTo(endMs + 1000, 2);
    }
  });

  it('takes the first item that can be sent, and says why not the others', () => {
    const gateway = newGateway();
    const context = contextAt(gateway, startMs);
    const command = (items: DownlinkItem[], nowMs: number) =>
      statusesOf(gateway.command({ downlinkId: 9, items }, nowMs).ack);
    expect(command([item(context, 1000), item(context, 2000)], startMs + 200)).toEqual(['OK']);
    expect(command([item(context, 1000), item(context, 2000)], startMs + 300)).toEqual([
      'COLLISION_PACKET',
      'OK',
    ]);
    expect(command([item(context, 1000), item(context, 5000)], startMs + 1200)).toEqual(['TOO_LATE', 'OK']);
    expect(command([item(context, 1000)], startMs + 1200)).toEqual(['TOO_LATE']);
    expect(command([item(context, 9000, { frequencyHz: 915_000_000 })], startMs)).toEqual(['TX_FREQ']);
    expect(command([item(context, 9000, { eirpDbm: 36 })], startMs)).toEqual(['TX_POWER']);
    expect(command([item(context, 0, { timing: { kind: 'gpsEpoch' } })], startMs)).toEqual(['GPS_UNLOCKED']);
    expect(command([item(context, 0, { timing: { kind: 'immediately' } })], startMs + 20_000)).toEqual([
      'OK',
    ]);
  });

  it('hears nothing while it sends', () => {
    const gateway = newGateway();
    const context = contextAt(gateway, startMs);
    gateway.command({ downlinkId: 1, items: [item(context, 1000)] }, startMs + 200);
    expect(gateway.hear(frame(startMs + 1020), reception)).toBeUndefined();
    expect(gateway.hear(frame(startMs + 3000), reception)).toBeDefined();
  });

  it('counts what it heard, what was broken, what it was told and what it sent', () => {
    const gateway = newGateway();
    const context = contextAt(gateway, startMs);
    expect(gateway.hear(frame(startMs + 100), { ...reception, ok: false })).toBeUndefined();
    gateway.command({ downlinkId: 1, items: [item(context, 1000)] }, startMs + 200);
    gateway.command({ downlinkId: 2, items: [item(context, 1000)] }, startMs + 1200);
    expect(gateway.takeCounts()).toEqual({ rxPackets: 2, rxPacketsOk: 1, txPackets: 2, txPacketsEmitted: 1 });
    expect(gateway.takeCounts()).toEqual({ rxPackets: 0, rxPacketsOk: 0, txPackets: 0, txPacketsEmitted: 0 });
  });
});
