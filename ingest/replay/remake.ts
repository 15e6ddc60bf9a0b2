import {
  type DeviceDirectory,
  type Point,
  type ProfileFacts,
  type Reading,
  type Redecoder,
  type Theme,
  themes,
} from '#core';
import { pointsOf } from '../points.ts';
import { flagsOf, historyOf, loggedOf } from './logged.ts';
import type { Tally } from './tally.ts';

/** What a row of the radio log tells by its payload; the other fields are facts of the radio. */
const meaningFields = [
  'payload',
  'profile',
  'object',
  'flags',
  'warnings',
  'error',
  'error_message',
  'history_ms',
  'device_profile',
  'device_tags',
];

export interface RemakeParts {
  readonly redecoder: Redecoder;
  readonly directory: DeviceDirectory;
  /** Whether a theme's readings of that time are still kept: what was deleted does not come again. */
  readonly isKept: (theme: Theme, timeMs: number) => boolean;
  /** Only what this model decoded then, or decodes now. */
  readonly profile?: string | undefined;
}

/** A row of the radio log, and what it comes to by the device models and the inventory of now. */
export interface Remade {
  readonly row: Point;
  readonly profile: string;
  /** Its readings and, of an uplink, the row itself anew. */
  readonly points: readonly Point[];
  /** Every time of which it told readings, then or now. */
  readonly timesMs: readonly number[];
  /** Those of them whose readings are too old to be written again: what is there of them stays. */
  readonly tooOldMs: readonly number[];
}

/** What is said of rows that no model is known for. */
const unknownModel = '?';

/**
 * Makes again what the rows of one device tell, in the order in which they were received. Left out, and counted, are
 * uplinks whose payload was not kept, and those that cannot be decoded now: what was known of them stays.
 */
export async function remake(
  uplinks: readonly Point[],
  statuses: readonly Point[],
  parts: RemakeParts,
  tally: Tally,
): Promise<Remade[]> {
  const asked = uplinks.map((row) => remadeUplink(row, parts, tally));
  const remade = (await Promise.all(asked)).filter((one) => one !== undefined);
  for (const row of statuses) {
    const one = remadeStatus(row, uplinks, parts);
    if (one) remade.push(one);
  }
  return remade.sort((a, b) => receivedAtMs(a) - receivedAtMs(b));
}

function receivedAtMs({ row: { fields } }: Remade): number {
  return Number(fields.received_at_ms ?? 0);
}

async function remadeUplink(row: Point, parts: RemakeParts, tally: Tally): Promise<Remade | undefined> {
  const { redecoder, directory, profile: wanted } = parts;
  const then = typeof row.fields.profile === 'string' ? row.fields.profile : undefined;
  const logged = loggedOf(row);
  const facts = redecoder.factsOf(logged);
  if (wanted !== undefined && wanted !== then && wanted !== facts?.id) return undefined;
  const profile = facts?.id ?? then ?? unknownModel;
  if (row.fields.payload === undefined) {
    tally.add(profile, 'withheld');
    return undefined;
  }
  // MAC-only and empty frames say nothing by their payload.
  if (logged.data.length === 0 || logged.fPort === 0) return undefined;
  const uplink = await redecoder.decode(logged);
  if (uplink.error) {
    tally.failed(profile, uplink.error.message);
    return undefined;
  }
  tally.add(profile, 'uplinks');
  const all = pointsOf(uplink, directory, flagsOf(row.fields).includes('duplicate'));
  const readings = all.filter(({ retention }) => retention === 'readings');
  const meaning = all.find(({ retention }) => retention === 'uplinks')?.fields ?? {};
  const timesMs = [row.time, ...historyOf(row), ...readings.map(({ time }) => time)];
  const { kept, tooOldMs } = divide(readings, parts);
  return { row, profile, points: [...kept, withMeaning(row, meaning)], timesMs, tooOldMs };
}

function divide(readings: readonly Point[], parts: RemakeParts): { kept: Point[]; tooOldMs: number[] } {
  const { kept = [], tooOld = [] } = Object.groupBy(readings, (point) =>
    isStillKept(point, parts) ? 'kept' : 'tooOld',
  );
  return { kept, tooOldMs: tooOld.map(({ time }) => time) };
}

/** Whether a reading may be written and deleted: its theme's time is not over. */
export function isStillKept({ measurement, time }: Point, { isKept }: Pick<RemakeParts, 'isKept'>): boolean {
  const theme = themes.find((one) => one === measurement);
  return theme !== undefined && isKept(theme, time);
}

function withMeaning(row: Point, meaning: Point['fields']): Point {
  const radio = Object.entries(row.fields).filter(([name]) => !meaningFields.includes(name));
  const anew = Object.entries(meaning).filter(([name]) => meaningFields.includes(name));
  return { ...row, fields: Object.fromEntries([...radio, ...anew]) };
}

/**
 * The battery level of a status goes where the device's uplinks go. Its row does not say which model that is: the
 * inventory does, or the last uplink before it.
 */
function remadeStatus(row: Point, uplinks: readonly Point[], parts: RemakeParts): Remade | undefined {
  const { time, tags, fields } = row;
  const { battery_level: level } = fields;
  const neighbour = uplinks.findLast((uplink) => uplink.time <= time) ?? uplinks[0];
  const facts = factsAt(time, tags.device ?? '', neighbour, parts);
  if (typeof level !== 'number' || !facts) return undefined;
  if (parts.profile !== undefined && facts.id !== parts.profile) return undefined;
  const reading: Reading = {
    device: tags.device ?? '',
    time,
    quantity: 'battery_level',
    value: level,
    ...(flagsOf(fields).includes('clock') && { flags: ['clock'] }),
  };
  const event = {
    kind: 'event',
    type: 'status',
    devEui: reading.device,
    time,
    receivedAtMs: Number(fields.received_at_ms),
    flags: [],
    deduplicationId: '',
    profile: facts,
    details: {},
    readings: [reading],
  } as const;
  const points = pointsOf(event, parts.directory, false).filter(({ retention }) => retention === 'readings');
  const { kept, tooOldMs } = divide(points, parts);
  return { row, profile: facts.id, points: kept, timesMs: [time], tooOldMs };
}

function factsAt(
  time: number,
  devEui: string,
  neighbour: Point | undefined,
  { redecoder }: RemakeParts,
): ProfileFacts | undefined {
  return redecoder.factsOf({ ...(neighbour && loggedOf(neighbour)), devEui, time });
}
