/** How an operator sees each fault: what is to be found, and is not to be found where nothing goes wrong. */
import { z } from 'zod';
import type { Row } from '../services/influxdb.ts';

/** What an operator can look at in a quarter. */
export interface Look {
  /** Rows `uplink` of the radio log, by device and time; also of devices that no inventory has. */
  readonly rows: readonly Row[];
  /** What the API has said of freshness in the course of the day. */
  readonly freshness: ReadonlySet<string>;
  readonly isKnown: (devEui: string) => boolean;
  /** DevEUIs the platform's log says are apart from others of their kind. */
  readonly apart: readonly string[];
}

/** A fault as it is tried, and where it is seen. */
export interface Trial {
  readonly scenario: string;
  /** In the quarter itself. */
  readonly sign?: (look: Look) => boolean;
  /** In the platform's metrics, by a label: they are of all quarters together. */
  readonly counters?: readonly (readonly [metric: string, label: string])[];
}

const byDevice = (rows: readonly Row[]): (readonly Row[])[] => [
  ...Map.groupBy(rows, ({ device }) => device).values(),
];

/** Steps of frame counters from row to row of a device. */
function stepsOf(rows: readonly Row[]): number[] {
  return byDevice(rows).flatMap((own) =>
    own.slice(1).map(({ f_cnt }, index) => Number(f_cnt) - Number(own[index]?.f_cnt)),
  );
}

const hasGaps = ({ rows }: Look): boolean => stepsOf(rows).some((step) => step > 1);
const hasRestarts = ({ rows }: Look): boolean => stepsOf(rows).some((step) => step < 0);
const hasStrangers = ({ rows, isKnown }: Look): boolean =>
  rows.some(({ device }) => !isKnown(String(device)));

const hasFlag =
  (flag: string) =>
  ({ rows }: Look): boolean =>
    rows.some(({ flags }) => `${flags}`.split(' ').includes(flag));

/** Whether so many frames of one device came within a minute. */
const hasBurst =
  (frames: number) =>
  ({ rows }: Look): boolean =>
    byDevice(rows).some((own) => {
      const receivedMs = own.map(({ time, anchor_ms }) => Number(anchor_ms ?? time)).sort((a, b) => a - b);
      return receivedMs.some((ms, index) => (receivedMs[index + frames - 1] ?? Infinity) - ms < 60_000);
    });

/** Whether a device that measures said the very same so often in a row; bays say the same all night. */
const saidTheSame =
  (times: number) =>
  ({ rows }: Look): boolean =>
    byDevice(rows.filter(({ payload }) => `${payload}`.length > 8)).some((own) => {
      let same = 0;
      return own.some(({ payload }, index) => {
        same = payload === own[index - 1]?.payload ? same + 1 : 1;
        return same >= times;
      });
    });

const batterySchema = z.object({ battery: z.number() });

/** Whether a battery was below that many percent. */
const hasWeakBattery =
  (percent: number) =>
  ({ rows }: Look): boolean =>
    rows.some(({ object }) => {
      const said = batterySchema.safeParse(JSON.parse(`${object}`));
      return said.success && said.data.battery < percent;
    });

/** Every fault that is one of messages. */
export const trials: Readonly<Record<string, Trial>> = {
  'stuck-sensor': {
    scenario: 'stuck-sensor:9',
    sign: saidTheSame(60),
  },
  drift: {
    scenario: 'drift:9',
    counters: [['devices_apart', '']],
    sign: ({ apart }) => apart.length > 0,
  },
  'battery-decline': {
    scenario: 'battery-decline:9',
    sign: (look) => hasWeakBattery(20)(look) && look.freshness.has('offline'),
  },
  'silent-device': {
    scenario: 'silent-device:9',
    counters: [['frames_missed_total', '']],
    sign: (look) => hasGaps(look) && look.freshness.has('offline'),
  },
  'codec-breaking': {
    scenario: 'codec-breaking:50',
    counters: [['decode_errors_total', 'decode_failed']],
    sign: ({ rows }) => rows.some(({ error }) => error === 'decode_failed'),
  },
  'counter-reset': {
    scenario: 'counter-reset:9',
    counters: [['frame_counters_restarted_total', '']],
    sign: hasRestarts,
  },
  'device-replaced': {
    scenario: 'device-replaced:9',
    counters: [['devices', 'unassigned']],
    sign: (look) => hasStrangers(look) && look.freshness.has('offline'),
  },
  'distance-loss': { scenario: 'distance-loss:6', sign: hasGaps },
  'jammed-hour': { scenario: 'jammed-hour:90', sign: hasGaps },
  'gateway-outage': { scenario: 'gateway-outage:4', sign: hasGaps },
  'gateway-backlog': { scenario: 'gateway-backlog:4', sign: hasBurst(10) },
  'chirpstack-losses': { scenario: 'chirpstack-losses:4', sign: hasGaps },
  'clock-1980': {
    scenario: 'clock-1980:5',
    counters: [['uplinks_flagged_total', 'clock']],
    sign: hasFlag('clock'),
  },
  'late-copies': {
    scenario: 'late-copies:10',
    counters: [['uplinks_flagged_total', 'duplicate']],
    sign: hasFlag('duplicate'),
  },
  reordering: { scenario: 'reordering:20', counters: [['frames_late_total', '']] },
  malformed: {
    scenario: 'malformed:5',
    counters: [
      ['dead_letters_total', 'protobuf_invalid'],
      ['dead_letters_total', 'topic_mismatch'],
      ['dead_letters_total', 'event_unknown'],
    ],
    sign: hasGaps,
  },
  truncated: {
    scenario: 'truncated:5',
    counters: [['dead_letters_total', 'json_invalid']],
    sign: hasGaps,
  },
  duplicates: { scenario: 'duplicates:10', counters: [['uplinks_repeated_total', '']] },
};
