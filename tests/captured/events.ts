/** What simulated events are held against: those captured from a ChirpStack, and in which respect they must be the same. */
import { readFileSync } from 'node:fs';

/** A captured message; `payload` is its exact text. */
export interface Captured {
  readonly step: string;
  readonly topic: string;
  readonly payload: string;
}

const all = readFileSync(new URL('application-json.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Captured);

/** Every captured event of these kinds, in JSON. */
export function capturedEvents(...kinds: readonly string[]): Captured[] {
  return all.filter(({ topic }) => kinds.some((kind) => topic.endsWith(`/event/${kind}`)));
}

/** Not simulated: codec results and GPS time. */
const notSimulated = new Set(['object', 'timeSinceGpsEpoch', 'fineTimeSinceGpsEpoch']);
/** Simulated with values of our own: names of the installation, numbers of gateways; only their types are compared. */
const ownValues = 'tenantId tenantName applicationName deviceProfileId uplinkId context adr'.split(' ');
/** The network server's own order of these changes from event to event. */
const unordered = new Set(['tags', 'metadata', 'context']);
const timeText = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.(\d{3}){1,3})?\+00:00$/;

/** The event as a list of `place: value`, in the order of its text; times to the millisecond. */
export function flattened(value: unknown, place = '', key = ''): string[] {
  if (notSimulated.has(key)) return [];
  if (ownValues.includes(key) && typeof value !== 'object') return [`${place}: ${typeof value}`];
  if (typeof value === 'string' && timeText.test(value)) return [`${place}: ${Date.parse(value)} ms`];
  if (typeof value !== 'object' || value === null) return [`${place}: ${JSON.stringify(value)}`];
  const entries = Object.entries(value);
  if (unordered.has(key)) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return [place, ...entries.flatMap(([name, each]) => flattened(each, `${place}/${name}`, name))];
}
