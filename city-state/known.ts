import type { DeviceDirectory, QuantityKey, Value } from '#core';
import type { Device } from './device.ts';
import { type Age, ageOf } from './freshness.ts';
import type { Assignment } from './inventory.ts';

/** What is known of one quantity, on one channel, at an asset. */
export interface Known {
  readonly quantity: QuantityKey;
  readonly channel: string | undefined;
  readonly value: Value;
  /** Since when every reading that is remembered says the same, ms UTC; only worked out when asked for. */
  readonly sinceMs: () => number;
  readonly age: Age;
}

/** What is known of an asset, at the moment the answer is for. */
export type Look = (asset: string) => readonly Known[];

/** Whether a value may still be concluded from. */
export function isUsable({ age }: Pick<Known, 'age'>): boolean {
  return age.freshness !== 'offline';
}

interface Sources {
  readonly assignmentsOf: ReadonlyMap<string, readonly Assignment[]>;
  readonly devices: ReadonlyMap<string, Device>;
  readonly directory: DeviceDirectory;
}

function seenBy(device: Device, stay: Assignment, directory: DeviceDirectory, nowMs: number): Known[] {
  const known: Known[] = [];
  for (const { quantity, channel, window } of device.series) {
    if (stay.channel !== undefined && stay.channel !== channel) continue;
    // The reading's own time says where it belongs: the sensor may have stood elsewhere before or since.
    const wasHere = (timeMs: number): boolean =>
      timeMs >= stay.fromMs &&
      timeMs < stay.toMs &&
      directory.placeOf(stay.device, channel, timeMs).asset === stay.asset;
    const entry = window.newest(wasHere);
    if (entry === undefined) continue;
    const { value } = entry;
    const age = ageOf({
      observedMs: entry.time,
      rhythm: device.rhythmOf(quantity),
      confirmation: device.frames.confirmationOf(entry.time),
      endsMs: stay.toMs,
      nowMs,
    });
    known.push({ quantity, channel, value, sinceMs: () => window.sinceMs(value, wasHere), age });
  }
  return known;
}

/**
 * Looks at assets through the devices assigned to them. Where several tell of the same quantity and channel (a sensor
 * and the one it replaced), the newest reading is taken.
 */
export function lookingAt({ assignmentsOf, devices, directory }: Sources, nowMs: number): Look {
  return (asset) => {
    const newest = new Map<string, Known>();
    for (const stay of assignmentsOf.get(asset) ?? []) {
      const device = devices.get(stay.device);
      if (device === undefined) continue;
      for (const known of seenBy(device, stay, directory, nowMs)) {
        const key = `${known.quantity} ${known.channel ?? ''}`;
        const other = newest.get(key);
        if (other === undefined || known.age.observedMs > other.age.observedMs) newest.set(key, known);
      }
    }
    return [...newest.values()];
  };
}
