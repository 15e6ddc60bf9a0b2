/** A bay of the city that changes, and how long it takes until somebody knows. All times as `performance.now()`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import { z } from 'zod';
import { upEvent } from '#simulator';
import type { InfluxServer } from '../services/influxdb.ts';
import type { Platform } from '../services/platform.ts';

/** A bay of `cities/captured`, whose site is told to live streams. */
const bay = { devEui: '70b3d50000002001', site: 'marktplein' };
const askEveryMs = 5;
const answerMsMax = 60_000;

/** What a platform needs so that a probe may ask as often as it does. */
export const probedEnv = { STADTPEGEL_API_REQUESTS_PER_MINUTE: '1000000' };

function eventOf(fCnt: number, occupied: boolean) {
  const timeMs = Date.now();
  return upEvent({
    applicationId: '00000000-0000-4000-8000-000000000001',
    devEui: bay.devEui,
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

/** Occupied bays of the probe's site, as the live stream tells them. */
class Told {
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
    if (data === undefined || !data.includes(`"id":"${bay.site}"`)) return;
    const { occupied } = z.object({ occupied: z.number() }).parse(JSON.parse(data));
    if (this.#waiting?.occupied === occupied) this.#waiting.resolve(performance.now());
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

export class Probe {
  readonly #client: MqttClient;
  readonly #platform: Platform;
  readonly #told = new Told();
  readonly #following: Promise<void>;
  #sent = 0;

  private constructor(client: MqttClient, platform: Platform) {
    this.#client = client;
    this.#platform = platform;
    // Ends by being stopped.
    this.#following = this.#told.follow(platform.url).catch(() => undefined);
  }

  /** @param platform with {@link probedEnv} */
  static async start(mqttUrl: string, platform: Platform): Promise<Probe> {
    return new Probe(await connectAsync(mqttUrl, { protocolVersion: 5 }), platform);
  }

  /** How many changes it has published. */
  get sent(): number {
    return this.#sent;
  }

  get #occupied(): number {
    return this.#sent % 2;
  }

  /** The bay changes: when that was published, and when a live stream tells it. */
  change(): { readonly sentMs: number; readonly untilTold: () => Promise<number> } {
    this.#sent++;
    const { topic, payload } = eventOf(this.#sent, this.#occupied === 1);
    const told = this.#told.until(this.#occupied);
    const what = `stream, probe ${this.#sent}`;
    const sentMs = performance.now();
    this.#client.publish(topic, payload, { qos: 1 });
    return { sentMs, untilTold: () => withDeadline(what, told) };
  }

  /** When the API answers the last change. */
  async untilAnswered(): Promise<number> {
    const site = z.object({ occupied: z.number() });
    return this.#until('API', async () => {
      const { body } = await this.#platform.get(`/v1/parking/sites/${bay.site}`);
      return site.parse(body).occupied === this.#occupied;
    });
  }

  /** When InfluxDB gives the last change. */
  async untilQueryable(influx: InfluxServer): Promise<number> {
    const query = `SELECT count(bay_occupied) FROM readings.parking WHERE device = '${bay.devEui}'`;
    // Before the first write there is nothing to ask.
    return this.#until('store', async () => (await influx.count(query).catch(() => 0)) >= this.#sent);
  }

  async #until(whom: string, knows: () => Promise<boolean>): Promise<number> {
    const untilMs = performance.now() + answerMsMax;
    while (!(await knows())) {
      if (performance.now() > untilMs)
        throw new Error(`${whom}, probe ${this.#sent}: not in ${answerMsMax} ms`);
      await sleep(askEveryMs);
    }
    return performance.now();
  }

  async stop(): Promise<void> {
    this.#told.stop();
    await Promise.all([this.#following, this.#client.endAsync(true)]);
  }
}

async function withDeadline<T>(what: string, promise: Promise<T>): Promise<T> {
  const failed = sleep(answerMsMax, undefined, { ref: false }).then(() => {
    throw new Error(`${what}: not in ${answerMsMax} ms`);
  });
  return Promise.race([promise, failed]);
}
