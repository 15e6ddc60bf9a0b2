import { type Redecoder, type ReplayRequest, type ReplayStore, StadtpegelError } from '#core';

/** What the radio log can be asked for. */
export interface Limits {
  /** How long it is kept, ms; undefined for ever. */
  readonly uplinksKeptMs: number | undefined;
  /** Whether it holds uplinks that gave readings. */
  readonly archive: boolean;
}

/** What a job has to do. */
export interface Plan {
  readonly devices: readonly { readonly device: string; readonly uplinks: number }[];
  readonly notes: readonly string[];
}

const archiveOff =
  'the archive of uplinks is off (STADTPEGEL_UPLINK_ARCHIVE=off): the radio log holds only uplinks that gave no readings';

interface PlanParts {
  readonly store: ReplayStore;
  readonly redecoder: Redecoder;
  readonly now: () => number;
}

/** @throws `not_found`, `replay_refused`, or what the store says */
export async function planOf(
  { fromMs, toMs, device, profile }: ReplayRequest,
  { store, redecoder, now }: PlanParts,
  { uplinksKeptMs, archive }: Limits,
): Promise<Plan> {
  const span = `${iso(fromMs)} to ${iso(toMs)}`;
  if (toMs <= fromMs) throw new StadtpegelError('replay_refused', `The span ${span} is empty.`);
  if (profile !== undefined && !redecoder.knows(profile)) {
    const detail = `There is no device model ${profile}; \`stadtpegel profiles list\` shows all of them.`;
    throw new StadtpegelError('not_found', detail);
  }
  const oldestMs = now() - (uplinksKeptMs ?? Number.POSITIVE_INFINITY);
  if (toMs <= oldestMs) {
    const detail = `The radio log begins at ${iso(oldestMs)}: there is nothing left of ${span}.`;
    throw new StadtpegelError('replay_refused', detail);
  }
  const heard = await store.devices(fromMs, toMs);
  const devices = heard.filter((one) => device === undefined || one.device === device);
  if (devices.length === 0) throw nothing(device, span, archive);
  const notes = archive ? [] : [archiveOff];
  if (fromMs < oldestMs) notes.push(`the radio log begins at ${iso(oldestMs)}: what is older stays as it is`);
  return { devices, notes };
}

function nothing(device: string | undefined, span: string, archive: boolean): StadtpegelError {
  const why = archive ? '' : `; ${archiveOff}`;
  const whose = device === undefined ? 'no uplinks' : `no uplinks of a device ${device}`;
  const detail = `The radio log holds ${whose} from ${span}${why}.`;
  return new StadtpegelError(device === undefined ? 'replay_refused' : 'not_found', detail);
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
