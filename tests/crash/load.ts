import { type CityOptions, cityUplinks } from '../services/city-uplinks.ts';
import { type Outgoing, Publisher } from '../services/publisher.ts';

/** Of so many uplinks the frame of one is processed twice, as when one of two gateways is late. */
const copiedEvery = 20;
/** Fewer than the city's state remembers of a device: none sends more in so short a time. */
const framesPerDeviceMax = 50;
const devicesMin = 1000;
const laterUplinks = 10;
const copyLaterMs = 40;
/** Long past on any day this runs, so that its hours are over and can be summed up: the night of a change of the clocks. */
const startMs = Date.parse('2025-10-25T23:30:00Z');

/** What tells one uplink from all others, and where its rows have to be. */
export interface Uplink {
  /** `deduplicationId`: the same where it was published twice, another one for a copy of its frame. */
  readonly id: string;
  readonly device: string;
  /** ms UTC. */
  readonly timeMs: number;
  readonly fCnt: number;
}

/** The fields of ChirpStack's event that are needed here. */
interface UpEvent {
  readonly deduplicationId: string;
  readonly time: string;
  readonly fCnt: number;
  readonly deviceInfo: { readonly devEui: string };
  readonly rxInfo: readonly { readonly nsTime: string }[];
}

/**
 * Uplinks of a town, some published twice as they are, some processed twice by the network server; and one more that
 * comes last, when all others have been acknowledged.
 */
export class Load {
  readonly #count: number;
  readonly #options: CityOptions;
  /** Those the broker has acknowledged, or will when {@link publish} resolves. */
  readonly published = new Map<string, Uplink>();

  constructor(count: number, seed: number) {
    this.#count = count;
    const devices = Math.max(devicesMin, Math.ceil(count / framesPerDeviceMax));
    this.#options = { seed, startMs, devices };
  }

  /** Resolves when the broker has acknowledged all of it. */
  async publish(url: string, perSecond: number): Promise<void> {
    await this.#publish(url, this.#withCopies(), perSecond);
  }

  /** Publishes the one that comes last, and gives its id. */
  async publishLast(url: string): Promise<string> {
    const last = [...cityUplinks(this.#count + 1, this.#options)].slice(-1);
    await this.#publish(url, last, 1);
    return [...this.published.keys()].at(-1) ?? '';
  }

  async #publish(url: string, uplinks: Iterable<Outgoing>, perSecond: number): Promise<void> {
    const publisher = await Publisher.connect(url);
    await publisher.publish(this.#noted(uplinks), perSecond);
    await publisher.close();
  }

  *#noted(uplinks: Iterable<Outgoing>): Generator<Outgoing> {
    for (const uplink of uplinks) {
      const { deduplicationId: id, time, fCnt, deviceInfo } = eventOf(uplink);
      this.published.set(id, { id, device: deviceInfo.devEui, timeMs: Date.parse(time), fCnt });
      yield uplink;
    }
  }

  *#withCopies(): Generator<Outgoing> {
    const later: Outgoing[] = [];
    let index = 0;
    for (const uplink of cityUplinks(this.#count, this.#options)) {
      yield uplink;
      if (index++ % copiedEvery !== 0) continue;
      later.push(uplink);
      const earlier = later.length > laterUplinks ? later.shift() : undefined;
      if (earlier) yield* [earlier, copyOf(earlier)];
    }
    for (const uplink of later) yield* [uplink, copyOf(uplink)];
  }
}

function eventOf({ payload }: Outgoing): UpEvent {
  return JSON.parse(String(payload));
}

/** The same frame, processed again a little later. */
function copyOf(uplink: Outgoing): Outgoing {
  const event = eventOf(uplink);
  const later = (time: string): string => new Date(Date.parse(time) + copyLaterMs).toISOString();
  const copy = {
    ...event,
    deduplicationId: event.deduplicationId.replace(/^./, 'copy-'),
    time: later(event.time),
    rxInfo: event.rxInfo.map((heard) => ({ ...heard, nsTime: later(heard.nsTime) })),
  };
  return { topic: uplink.topic, payload: JSON.stringify(copy) };
}
