import { type Draw, smooth } from '../draw.ts';
import type { TownPlace } from '../places.ts';

const dayMs = 86_400_000;

/** A battery that loses one per cent in three weeks, and is changed long before it is empty. */
export function batteryPercent({ sinceMs }: TownPlace, timeMs: number): number {
  return 100 - (Math.floor((timeMs - sinceMs) / (21 * dayMs)) % 60);
}

/** The same battery in volts: a lithium cell of 3.6 V, whose voltage falls late and little. */
export function batteryVolts(place: TownPlace, timeMs: number): number {
  return 3.3 + 0.3 * (batteryPercent(place, timeMs) / 100);
}

/** How much one place differs from the next, a little by itself and a little from hour to hour: −1 … 1. */
export function local(draw: Draw, timeMs: number, of: number): number {
  return 0.6 * (2 * draw(of) - 1) + 0.4 * smooth(draw, timeMs / 5_400_000 + 100_000 * of);
}

/** What a Decentlab device begins each of its messages with. */
export function decentlabHead(draw: Draw): { protocol_version: number; device_id: number } {
  return { protocol_version: 2, device_id: 1 + Math.floor(draw(-1) * 65_000) };
}
