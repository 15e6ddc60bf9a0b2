/** How long after its PUBLISH an uplink can be read from the store, and is told to a live stream. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { z } from 'zod';
import { upEvent } from '#simulator';
import { InfluxServer } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { Program, temporaryFolder } from '../services/programs.ts';
import { inflightMax } from './contenders.ts';

/** A bay of `cities/captured`, whose site is told to live streams. */
const probe = { devEui: '70b3d50000002001', site: 'marktplein' };
const askEveryMs = 5;
const pauseMs = 150;
const answerMsMax = 10_000;

export interface Latencies {
  readonly queryableMs: readonly number[];
  readonly toldMs: readonly number[];
}

/** Occupied bays of the probe's site, as the live stream tells them. */
class Told {
  occupied: number | undefined;
  #waiting: { readonly occupied: number; readonly resolve: (atMs: number) => void } | undefined;
  readonly #stop = new AbortController();

  async follow(url: string): Promise<void> {
    const { body } = await fetch(`${url}/v1/stream?kind=parking`, { signal: this.#stop.signal });
    let text = '';
    for await (const chunk of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.#read(block);
    }
  }

  #read(block: string): void {
    const data = /^data: ?(\{.*\})$/m.exec(block)?.[1];
    if (data === undefined || !data.includes(`"id":"${probe.site}"`)) return;
    this.occupied = z.object({ occupied: z.number() }).parse(JSON.parse(data)).occupied;
    if (this.#waiting?.occupied === this.occupied) this.#waiting.resolve(performance.now());
  }

  /** When it was told that so many are occupied. */
  until(occupied: number): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting = { occupied, resolve };
    });
  }

  stop(): void {
    this.#stop.abort();
  }
}

function probeEvent(fCnt: number, occupied: boolean) {
  const timeMs = Date.now();
  return upEvent({
    applicationId: '00000000-0000-4000-8000-000000000001',
    devEui: probe.devEui,
    deviceName: 'probe',
    tags: {},
    deviceProfileName: 'Bosch TPS110',
    devAddr: '01000001',
    fCnt,
    fPort: 1,
    bytes: Uint8Array.of(occupied ? 1 : 0),
    timeMs,
    deduplicationId: `00000000-0000-4000-8000-${fCnt.toString(16).padStart(12, '0')}`,
    gateways: [{ gatewayId: '0016c001f1500001', rssiDbm: -80, snrDb: 7.5, nsTimeMs: timeMs }],
  });
}

async function withDeadline<T>(what: string, promise: Promise<T>): Promise<T> {
  const failed = sleep(answerMsMax, undefined, { ref: false }).then(() => {
    throw new Error(`${what}: not within ${answerMsMax} ms`);
  });
  return Promise.race([promise, failed]);
}

async function untilQueryable(influx: InfluxServer, count: number): Promise<number> {
  const query = `SELECT count(bay_occupied) FROM readings.parking WHERE device = '${probe.devEui}'`;
  // Before the first write there is nothing to ask.
  while ((await influx.count(query).catch(() => 0)) < count) await sleep(askEveryMs);
  return performance.now();
}

/** Probes one after the other while a load goes on at `perS`, for so many seconds. */
export async function measureLatency(
  perS: number,
  seconds: number,
  env: NodeJS.ProcessEnv,
): Promise<Latencies> {
  const { folder, remove } = await temporaryFolder('latency');
  const [mosquitto, influx] = await Promise.all([Mosquitto.create({ inflightMax }), InfluxServer.create()]);
  const platform = await Platform.start({
    mqttUrl: mosquitto.url,
    influxUrl: influx.url,
    dataDir: folder,
    env,
  });
  const told = new Told();
  // Ends by being stopped.
  const following = told.follow(platform.url).catch(() => undefined);
  const client = await connectAsync(mosquitto.url, { protocolVersion: 5 });
  const options = [
    '--rate',
    String(perS),
    '--duration',
    `${seconds + 5}s`,
    '--force',
    '--mqtt',
    mosquitto.url,
  ];
  const load = new Program(process.execPath, ['bin/stadtpegel.mjs', 'simulate', ...options]);
  await load.printed(/ sent /);
  // Compiling and first connections are behind us.
  await sleep(3000);
  const [queryableMs, toldMs]: [number[], number[]] = [[], []];
  const endMs = performance.now() + seconds * 1000;
  for (let fCnt = 1; performance.now() < endMs; fCnt++) {
    const occupied = fCnt % 2 === 1;
    const { topic, payload } = probeEvent(fCnt, occupied);
    const heard = told.until(occupied ? 1 : 0);
    const sentMs = performance.now();
    client.publish(topic, payload, { qos: 1 });
    const [queryable, tellable] = await withDeadline(
      `probe ${fCnt}`,
      Promise.all([untilQueryable(influx, fCnt), heard]),
    );
    queryableMs.push(queryable - sentMs);
    toldMs.push(tellable - sentMs);
    // A random rest, so that probes do not fall in step with a timer of the platform.
    await sleep(Math.random() * pauseMs);
  }
  told.stop();
  await Promise.all([following, client.endAsync(true), load.end('SIGINT'), platform.stop()]);
  await Promise.all([mosquitto.remove(), influx.remove(), remove()]);
  return { queryableMs, toldMs };
}

/** Markdown rows of what was measured. */
export function latencyTable({ queryableMs, toldMs }: Latencies): string {
  const at = (values: readonly number[], share: number): string =>
    (values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? Number.NaN).toFixed(0);
  const row = (name: string, values: readonly number[]): string =>
    `| ${name} | ${values.length} | ${at(values, 0.5)} | ${at(values, 0.99)} | ${at(values, 1)} |`;
  return [
    '| PUBLISH → | probes | p50, ms | p99, ms | most, ms |',
    '|---|---:|---:|---:|---:|',
    row('queryable in InfluxDB', queryableMs),
    row('told to a live stream', toldMs),
  ].join('\n');
}
