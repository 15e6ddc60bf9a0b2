import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '#simulator';
import { cityUplinks } from '../services/city-uplinks.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform, type PlatformOptions } from '../services/platform.ts';
import { eventually, missing, temporaryFolder } from '../services/programs.ts';
import { type Outgoing, Publisher } from '../services/publisher.ts';

/** What a store holds of {@link cityUplinks}. */
export interface Held {
  /** Per device, the one with the fewest first: how many uplinks, and the sum of their frame counters. */
  readonly devices: readonly { readonly count: number; readonly sum: number }[];
  /** Uplinks flagged as copies. */
  readonly copies: number;
  /** Readings of the rooms, those of copies, and readings of the bays. */
  readonly airTemperatures: number;
  readonly copiedTemperatures: number;
  readonly bayOccupancies: number;
}

/** What a copy differs in. */
interface UpEvent {
  readonly deduplicationId: string;
  readonly time: string;
  readonly rxInfo: readonly { readonly nsTime: string }[];
}

/** A store the platform writes to, looked into from outside when the platform has stopped. */
export interface StoreSeen {
  readonly name: string;
  /** Debian programs it needs. */
  readonly programs: readonly string[];
  open(): Promise<Pick<PlatformOptions, 'influxUrl'>>;
  held(dataDir: string): Promise<Held>;
  close(): Promise<void>;
}

/** How the platform is ended, how often, and what is published meanwhile. */
export interface Ordeal {
  readonly signal: 'SIGKILL' | 'SIGTERM';
  readonly times: number;
  readonly uplinks: number;
  readonly perSecond: number;
}

const devices = 500;
/** Devices whose every frame is processed twice, as when one of two gateways is late. */
const copiedDevices = 25;
const copiedEvery = devices / copiedDevices;
const stopMsMax = 5000;
const seed = Number(process.env.STADTPEGEL_TEST_SEED ?? Date.now() % 1_000_000);
/** Published last, and no uplink: when it lies in the drawer, all that came before it has been taken in hand. */
const last = { topic: 'application/a/device/0000000000000000/event/up', payload: 'the last message' };

/** Ends the platform at random moments while uplinks come in, starts it again, and finds every uplink stored once. */
export function survives(store: StoreSeen, { signal, times, uplinks, perSecond }: Ordeal): void {
  const title = `${signal} at ${times} random moments, ${store.name} (seed ${seed})`;
  describe.skipIf(missing('mosquitto', ...store.programs))(title, () => {
    let mosquitto: Mosquitto;
    let data: Awaited<ReturnType<typeof temporaryFolder>>;
    let influx: Pick<PlatformOptions, 'influxUrl'>;
    let platform: Platform | undefined;
    beforeAll(async () => {
      [mosquitto, influx, data] = await Promise.all([
        Mosquitto.create(),
        store.open(),
        temporaryFolder('kill'),
      ]);
    });
    afterAll(async () => {
      await platform?.stop('SIGKILL');
      await store.close();
      await mosquitto.remove();
      await data.remove();
    });
    const start = async (): Promise<Platform> => {
      platform = await Platform.start({ mqttUrl: mosquitto.url, ...influx, dataDir: data.folder });
      return platform;
    };

    it(`loses none of ${uplinks} uplinks and counts none twice`, { timeout: 240_000 }, async () => {
      const rng = new Rng(seed);
      let running = await start();
      await eventually(async () => expect(await running.get('/health/ready')).toMatchObject({ status: 200 }));
      const publisher = await Publisher.connect(mosquitto.url);
      const published = publisher.publish(withCopies(cityUplinks(uplinks)), perSecond);
      for (let time = 0; time < times; time++) {
        await new Promise((resolve) => setTimeout(resolve, rng.int(20, 1200)));
        await end(running, signal);
        running = await start();
      }
      expect(await published).toBe(uplinks + (2 * uplinks) / copiedEvery);
      await publisher.publish([last]);
      await publisher.close();
      await eventually(async () => expect(await running.metric('dead_letters_total')).toBe(1), 60_000, 500);
      await eventually(
        async () => expect(await running.metric('spool_pending_messages')).toBe(0),
        30_000,
        500,
      );
      expect(await running.stop()).toBe(0);
      expect(await store.held(data.folder)).toEqual(allOf(uplinks));
    });
  });
}

/** Asked to, it ends with 0 in time, however much comes in. */
async function end(platform: Platform, signal: Ordeal['signal']): Promise<void> {
  const sinceMs = Date.now();
  const how = await platform.stop(signal);
  expect(how).toBe(signal === 'SIGKILL' ? signal : 0);
  expect(Date.now() - sinceMs).toBeLessThan(stopMsMax);
}

/** Some uplinks come again later, once as they were and once under another name and a little later. */
function* withCopies(uplinks: Iterable<Outgoing>): Generator<Outgoing> {
  const later: Outgoing[] = [];
  let index = 0;
  for (const uplink of uplinks) {
    yield uplink;
    if (index++ % copiedEvery !== 0) continue;
    later.push(uplink);
    const earlier = later.length > 10 ? later.shift() : undefined;
    if (earlier) yield* [earlier, copyOf(earlier)];
  }
  for (const uplink of later) yield* [uplink, copyOf(uplink)];
}

/** The same frame, processed again 40 ms later. */
function copyOf({ topic, payload }: Outgoing): Outgoing {
  const event: UpEvent = JSON.parse(String(payload));
  const later = (time: string): string => new Date(Date.parse(time) + 40).toISOString();
  const rxInfo = event.rxInfo.map((heard) => ({ ...heard, nsTime: later(heard.nsTime) }));
  const copy = {
    ...event,
    deduplicationId: event.deduplicationId.replace(/^./, 'copy-'),
    time: later(event.time),
    rxInfo,
  };
  return { topic, payload: JSON.stringify(copy) };
}

function allOf(uplinks: number): Held {
  const count = uplinks / devices;
  const sum = (count * (count - 1)) / 2;
  const copies = uplinks / copiedEvery;
  return {
    devices: Array.from({ length: devices }, (_, device) =>
      device < devices - copiedDevices ? { count, sum } : { count: 2 * count, sum: 2 * sum },
    ),
    copies,
    airTemperatures: uplinks / 2 + copies,
    copiedTemperatures: copies,
    bayOccupancies: uplinks / 2,
  };
}
