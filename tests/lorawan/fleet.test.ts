import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emission } from '#simulator';
import { missing } from '../services/programs.ts';
import { type Bench, devEuiOf, startBench, startMs } from './bench.ts';
import { type PromptBroker, startBroker } from './broker.ts';
import { bandShares, closedTooShort } from './duty.ts';

const devices = 100;
const uplinksEach = 100;
const everyMs = 45_000;
/** Until then all have joined, also those whose first attempts were too fast for their distance. */
const warmUpMs = 480_000;

/** The number of the device and of the round in each payload, and some bytes more. */
const emissions: Emission[] = Array.from({ length: devices * uplinksEach }, (_, index) => {
  const device = index % devices;
  const round = Math.floor(index / devices);
  const bytes = Buffer.from([device, round, 0x5a, ...Array<number>(round % 20).fill(round)]);
  const timeMs = startMs + warmUpMs + round * everyMs + device * 431;
  return { timeMs, devEui: devEuiOf(device), fPort: 1 + device, bytes, confirmed: round % 20 === 7 };
});

/** What each device wanted to say, in the server's words. */
const wanted = new Map<string, string[]>();
for (const { devEui, fPort, bytes, confirmed } of emissions) {
  const said = `${fPort} ${Buffer.from(bytes).toString('hex')} ${confirmed}`;
  wanted.set(devEui, [...(wanted.get(devEui) ?? []), said]);
}

describe.skipIf(missing('mosquitto'))('100 devices and three gateways before a network server', () => {
  let broker: PromptBroker;
  let bench: Bench;
  beforeAll(async () => {
    broker = await startBroker();
    bench = await startBench({ mqttUrl: broker.url, seed: 7, devices, radiusKm: 1.6, emissions });
    await bench.run(warmUpMs + uplinksEach * everyMs + 120_000);
  }, 120_000);
  afterAll(async () => {
    await bench?.close();
    await broker?.remove();
  });

  const serverDevices = () => [...bench.server.devices.values()];

  it('all join, and every MIC, counter and DevNonce is right', () => {
    expect(bench.server.problems).toEqual([]);
    expect(serverDevices().filter(({ joins }) => joins === 0)).toEqual([]);
    expect([...bench.transport.deviceCounts().values()].map(({ joins }) => joins)).toEqual(
      Array(devices).fill(1),
    );
    expect(bench.transport.counts).toMatchObject({
      lost: 0,
      unreadable: 0,
      commands: bench.server.downlinks,
    });
  });

  it('each sends its 100 uplinks; what arrives says what was to be said, in order', () => {
    const counts = bench.transport.deviceCounts();
    let heard = 0;
    for (const { devEui, uplinks, gaps } of serverDevices()) {
      expect(counts.get(devEui)).toMatchObject({ uplinks: uplinksEach, displaced: 0, tooLong: 0 });
      const said = uplinks.map(({ fPort, hex, confirmed }) => `${fPort} ${hex} ${confirmed}`);
      const expected = wanted.get(devEui) ?? [];
      expect(said).toEqual(uplinks.map(({ fCnt }) => expected[fCnt]));
      expect(uplinks.length + gaps).toBeGreaterThanOrEqual(uplinksEach - 1);
      heard += uplinks.length;
    }
    // Only the outermost lose some: their best gateway is at the limit.
    expect(heard).toBeGreaterThan(0.99 * devices * uplinksEach);
  });

  it('confirmed uplinks are said again with the same counter until they are acknowledged', () => {
    const repeats = serverDevices().reduce((sum, device) => sum + device.repeats, 0);
    const unacknowledged = [...bench.transport.deviceCounts().values()].map((one) => one.unacknowledged);
    expect(repeats).toBeGreaterThan(0);
    expect(Math.max(...unacknowledged)).toBe(0);
  });

  it('LinkADRReq and DevStatusReq are answered: all accepted, a battery, a margin', () => {
    const answered = serverDevices().filter(({ answers }) => answers.length > 0);
    expect(answered.length).toBeGreaterThan(0.9 * devices);
    for (const { answers } of answered) {
      const [adr = '', status = ''] = answers;
      expect(adr).toBe('0307');
      const [cid, battery = 0, margin = 0] = Buffer.from(status, 'hex');
      expect([cid, battery >= 120 && battery <= 254, margin >> 6]).toEqual([6, true, 0]);
    }
  });

  it('hands out what was sent to an application', () => {
    expect(bench.downlinks.length).toBeGreaterThan(0.9 * devices);
    expect(bench.downlinks.filter((text) => !text.endsWith(' 10 cafe'))).toEqual([]);
  });

  it('acknowledges every downlink command, and tells statistics every 30 s', () => {
    const { acks, stats, downlinks } = bench.server;
    expect(acks.size).toBe(downlinks);
    const statuses = new Set(acks.values());
    expect([...statuses].filter((text) => !/^(COLLISION_PACKET )?(OK|COLLISION_PACKET)$/.test(text))).toEqual(
      [],
    );
    const expected = (warmUpMs + uplinksEach * everyMs + 120_000) / 30_000;
    for (const count of stats.values()) expect(Math.abs(count - expected)).toBeLessThanOrEqual(1);
    expect(stats.size).toBe(3);
  });

  it('is heard by several gateways', () => {
    expect(bench.server.copies).toBeGreaterThan(devices * uplinksEach);
  });

  it('no device uses more of a sub-band than it may', () => {
    expect(closedTooShort(bench.server.sendings)).toEqual([]);
    expect(Math.max(...bandShares(bench.server.sendings).values())).toBeLessThanOrEqual(0.01);
  });
});
