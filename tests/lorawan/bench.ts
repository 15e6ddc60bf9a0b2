/** Gateways of the simulator and a network server of the tests on one broker, in lockstep: time passes when nothing is under way. */
import { Socket } from 'node:net';
import { connectAsync } from 'mqtt';
import { createLogger } from '#core';
import {
  createGateways,
  derivedKeys,
  type Emission,
  type Gateways,
  type RadioClock,
  type TransportGateway,
} from '#simulator';
import { LorawanServer } from './server.ts';

/** Somewhere; all times of a run begin here. */
export const startMs = Date.UTC(2026, 4, 4, 6);
const middle = { latitude: 48.1, longitude: 11.5 };
const degreesPerKm = 1 / 111.2;

/** A place so many kilometres north and east of the middle. */
function placeAt(northKm: number, eastKm: number) {
  const longitude = middle.longitude + (eastKm * degreesPerKm) / Math.cos((middle.latitude * Math.PI) / 180);
  return { latitude: middle.latitude + northKm * degreesPerKm, longitude };
}

/** Three gateways: with a clock in protobuf, without one in protobuf, and in JSON. */
export const gateways: readonly TransportGateway[] = [
  { id: '0270000000000a01', location: placeAt(0.3, 0), hasClock: true, encoding: 'protobuf' },
  { id: '0270000000000a02', location: placeAt(-0.8, 0.9), hasClock: false, encoding: 'protobuf' },
  { id: '0270000000000a03', location: placeAt(-0.5, -1.1), hasClock: true, encoding: 'json' },
];

export function devEuiOf(index: number): string {
  return `02700000000b${index.toString(16).padStart(4, '0')}`;
}

export interface BenchOptions {
  readonly mqttUrl: string;
  readonly seed: number;
  readonly devices: number;
  /** How far from the middle the outermost stand. */
  readonly radiusKm: number;
  /** In order of time. */
  readonly emissions: readonly Emission[];
  /** {@link gateways} where nothing is told. */
  readonly gateways?: readonly TransportGateway[];
  /** Everything the gateways said, in the order it came. */
  readonly onMessage?: (topic: string, payload: Buffer) => void;
}

export interface Bench {
  readonly server: LorawanServer;
  readonly transport: Gateways;
  readonly downlinks: string[];
  /** Lets so much time pass. */
  run(forMs: number): Promise<void>;
  close(): Promise<void>;
}

/** A spiral: every distance and direction, without chance. */
function locationOf(index: number, of: number, radiusKm: number) {
  const km = radiusKm * Math.sqrt((index + 0.5) / of);
  return placeAt(km * Math.cos(2.4 * index), km * Math.sin(2.4 * index));
}

export async function startBench(options: BenchOptions): Promise<Bench> {
  const { mqttUrl, seed, devices: count, radiusKm, emissions } = options;
  const client = await connectAsync(mqttUrl);
  if (client.stream instanceof Socket) client.stream.setNoDelay();
  const clock = new LockstepClock();
  const keys = Array.from({ length: count }, (_, index) => derivedKeys(seed, devEuiOf(index)));
  let sent = 0;
  const server = new LorawanServer({
    keys: new Map(keys.map(({ devEui, appKey }) => [devEui, appKey])),
    nowMs: () => clock.now(),
    send: (topic, payload) => {
      sent += 1;
      client.publish(topic, payload);
    },
  });
  client.on('message', (topic, payload) => {
    options.onMessage?.(topic, payload);
    server.take(topic, payload);
  });
  await client.subscribeAsync('eu868/gateway/+/event/+');
  const downlinks: string[] = [];
  let next = 0;
  const transport = await createGateways({
    ...{ mqttUrl, seed, clock, gateways: options.gateways ?? gateways, log: createLogger('silent') },
    devices: keys.map((one, index) => ({ keys: one, location: locationOf(index, count, radiusKm) })),
    *emissions(_fromMs, toMs) {
      for (let one = emissions[next]; one && one.timeMs < toMs; one = emissions[++next]) yield one;
    },
    onDownlink: ({ devEui, fPort, bytes }) =>
      void downlinks.push(`${devEui} ${fPort} ${bytes.toString('hex')}`),
  });
  clock.settled = () => server.received === transport.counts.published && sent === transport.counts.commands;
  await transport.start();
  return {
    ...{ server, transport, downlinks },
    run: (forMs) => clock.runTo(clock.now() + forMs),
    close: async () => {
      await transport.stop();
      await client.endAsync();
    },
  };
}

/** Time that waits for messages: it goes on when everything said has been heard and answered. */
class LockstepClock implements RadioClock {
  settled = (): boolean => true;
  #nowMs = startMs;
  #endMs = startMs;
  #atEnd = Promise.withResolvers<void>();
  #goOn = Promise.withResolvers<void>();

  now(): number {
    return this.#nowMs;
  }

  async sleepUntil(timeMs: number, signal: AbortSignal): Promise<void> {
    while (!this.settled() && !signal.aborted) await new Promise((resolve) => setImmediate(resolve));
    while (timeMs > this.#endMs && !signal.aborted) {
      this.#atEnd.resolve();
      const stopped = new Promise<void>((resolve) =>
        signal.addEventListener('abort', () => resolve(), { once: true }),
      );
      await Promise.race([this.#goOn.promise, stopped]);
    }
    this.#nowMs = Math.max(this.#nowMs, timeMs);
  }

  async runTo(endMs: number): Promise<void> {
    this.#endMs = endMs;
    this.#atEnd = Promise.withResolvers();
    const goOn = this.#goOn;
    this.#goOn = Promise.withResolvers();
    goOn.resolve();
    await this.#atEnd.promise;
  }
}
