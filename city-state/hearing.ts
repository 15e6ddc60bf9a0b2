import { Counter, Gauge, quantities, type Registry } from '#core';
import type { Device } from './device.ts';
import type { Received } from './frames.ts';
import { defaultRhythm, liveIntervals, staleIntervals } from './freshness.ts';

/** What counters of frames told since the start. */
export class FrameTally {
  missed = 0;
  late = 0;
  restarted = 0;

  count({ following, missed }: Received): void {
    this.missed += missed;
    if (following === 'late') this.late++;
    else if (following === 'restarted') this.restarted++;
  }
}

/** How devices are heard: of the inventory by the rhythm of what they measure, and those it does not have. */
export type Hearing = Readonly<Record<'in time' | 'late' | 'silent' | 'never' | 'unassigned', number>>;

/** How a device of the inventory is heard, as freshness counts: by the shortest rhythm of what it tells. */
export function hearingOf(device: Device | undefined, nowMs: number): Exclude<keyof Hearing, 'unassigned'> {
  const heardMs = device?.frames.newestMs;
  if (device === undefined || heardMs === undefined) return 'never';
  const rhythms = device.series.map(({ quantity }) => device.rhythmOf(quantity));
  const intervalMs =
    1000 * Math.min(...(rhythms.length > 0 ? rhythms : [defaultRhythm]).map((one) => one.expectedIntervalS));
  if (nowMs > heardMs + staleIntervals * intervalMs) return 'silent';
  return nowMs > heardMs + liveIntervals * intervalMs ? 'late' : 'in time';
}

/** What a stuck sensor looks like: so many frames over so long, all of them the same, of more than one number. */
const stuck = { framesMin: 8, spanMsMin: 3_600_000, numbersMin: 2 };

/** Whether a device that measures seems to be stuck: its numbers would not all stay the same. */
export function isStuck({ series, frames }: Device): boolean {
  const numbers = series.filter(({ quantity: key }) => quantities[key].type === 'number').length;
  return numbers >= stuck.numbersMin && frames.isRepeating(stuck.framesMin, stuck.spanMsMin);
}

interface Heard {
  readonly frameTally: Readonly<FrameTally>;
  hearing(nowMs: number): Hearing;
  readonly stuckDevices: number;
}

/** Figures an operator's alarms watch; labels are few and fixed, never a device. */
export function observeHearing(registry: Registry, state: Heard, now: () => number): void {
  const counter = (name: string, help: string, key: 'missed' | 'late' | 'restarted'): void => {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(state.frameTally[key]);
      },
    });
  };
  counter(
    'stadtpegel_frames_missed_total',
    'Frames that devices had counted but that had not come when a later one did; those that came since are late',
    'missed',
  );
  counter('stadtpegel_frames_late_total', 'Frames that came after a later one of their device', 'late');
  counter(
    'stadtpegel_frame_counters_restarted_total',
    'Frame counters that began again without a join: a device restarted, or is not the one it says',
    'restarted',
  );
  new Gauge({
    name: 'stadtpegel_devices',
    help:
      'Devices of the inventory by how they are heard, as their rhythm lets expect (late from 1.5, silent from 3 intervals); ' +
      'and those that are heard, but are in no inventory',
    labelNames: ['heard'],
    registers: [registry],
    collect() {
      for (const [heard, devices] of Object.entries(state.hearing(now()))) this.set({ heard }, devices);
    },
  });
  new Gauge({
    name: 'stadtpegel_devices_stuck',
    help: 'Devices of the inventory that measure and have said the very same for an hour or more, in eight frames at least',
    registers: [registry],
    collect() {
      this.set(state.stuckDevices);
    },
  });
}
