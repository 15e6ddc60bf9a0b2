/** What a fault is made of. A fault says of each message by itself what becomes of it, so that faults can be put together. */
import { type Draw, drawOf } from '../draw.ts';
import type { TownPlaces } from '../places.ts';
import type { TownUplink } from '../town.ts';
import type { MqttMessage, UpEventOptions } from '../up-event.ts';

const dayMs = 86_400_000;

/** A message of the network server on its way to the broker. */
export interface Emission {
  /** When it is published, ms UTC; never before its frame was sent. */
  readonly atMs: number;
  /** What the town said: chance is drawn by its device and counter, whatever was changed since. */
  readonly said: TownUplink;
  /** What the message is written from. */
  readonly event: UpEventOptions;
  /** What becomes of the written message; nothing where it is not given. */
  readonly spoil?: (message: MqttMessage) => MqttMessage;
}

/** What becomes of one message: nothing, itself or another, or several. The same for the same message. */
export type Change = (one: Emission) => readonly Emission[];

/** What faults know of the town. */
export interface Ground {
  readonly seed: number;
  readonly places: TownPlaces;
  /** At least one. */
  readonly gatewayIds: readonly string[];
  /** The first uplink of a device from then on; asked for only where there is one. */
  firstFrom(devEui: string, fromMs: number): TownUplink;
}

/** Random numbers of a fault, by device: what is drawn is named by fault, device and numbers. */
export function drawsOf({ seed }: Ground, fault: string): (devEui: string) => Draw {
  const byDevice = new Map<string, Draw>();
  return (devEui) => {
    const known = byDevice.get(devEui);
    if (known !== undefined) return known;
    const draw = drawOf(seed, `fault ${fault} ${devEui}`);
    byDevice.set(devEui, draw);
    return draw;
  };
}

/** What happens to that share of all messages, in percent; the others stay as they are. */
export function shareOf(
  ground: Ground,
  fault: string,
  percent: number,
  change: (one: Emission, draw: Draw) => readonly Emission[],
): Change {
  const draws = drawsOf(ground, fault);
  return (one) => {
    const draw = draws(one.said.devEui);
    return draw(one.said.fCnt) < percent / 100 ? change(one, draw) : [one];
  };
}

/** So many of the devices, always the same: those with the smallest numbers drawn; all where there are fewer. */
export function chosenDevices(
  ground: Ground,
  fault: string,
  count: number,
  isMeant: (profile: string) => boolean,
): ReadonlySet<string> {
  const draws = drawsOf(ground, fault);
  const ranked = ground.places.devices
    .filter(({ profile }) => isMeant(profile))
    .map(({ devEui }) => ({ devEui, rank: draws(devEui)(-1) }))
    .sort((a, b) => a.rank - b.rank);
  return new Set(ranked.slice(0, count).map(({ devEui }) => devEui));
}

/** A stretch of time, ms UTC: from inclusive, to exclusive. */
export interface Episode {
  /** Days since 1970. */
  readonly day: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The episode of that length a moment lies in. Each day (UTC) has one, which begins when its draw says and ends on the same day. */
export function episodeAt(draw: Draw, timeMs: number, lengthMs: number): Episode | undefined {
  const day = Math.floor(timeMs / dayMs);
  const fromMs = day * dayMs + Math.floor(draw(day, -2) * (dayMs - lengthMs));
  const toMs = fromMs + lengthMs;
  return timeMs >= fromMs && timeMs < toMs ? { day, fromMs, toMs } : undefined;
}

/** The last moment of its kind before that: one a day (UTC), when its draw says. */
export function momentBefore(draw: Draw, timeMs: number): { readonly day: number; readonly atMs: number } {
  const momentOf = (day: number) => ({ day, atMs: day * dayMs + Math.floor(draw(day, -2) * dayMs) });
  const today = momentOf(Math.floor(timeMs / dayMs));
  return today.atMs <= timeMs ? today : momentOf(today.day - 1);
}

/** How far that moment lies in a cycle of so many days: 0 … 1. Each draw has its own phase. */
export function cycleAt(draw: Draw, timeMs: number, days: number): number {
  return (timeMs / (days * dayMs) + draw(-3)) % 1;
}

/** Hex digits of a number drawn. */
export function hexOf(value: number, digits: number): string {
  return Math.floor(value * 16 ** digits)
    .toString(16)
    .padStart(digits, '0');
}
