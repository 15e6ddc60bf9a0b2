import { middleOf, type TownPlaces } from '../places.ts';
import { gatewaysOf } from '../radio.ts';
import { createTown, type Town, type TownUplink } from '../town.ts';
import type { MqttMessage, UpEventWriter } from '../up-event.ts';
import { upEvent } from '../up-event-json.ts';
import type { Change, Emission, Ground } from './fault.ts';
import type { Scenario } from './scenario.ts';
import { brokerBreaks } from './server-faults.ts';

const hourMs = 3_600_000;
/** Every episode ends within a day of its beginning. */
const episodeMsMax = 24 * hourMs;

/** An uplink whose own `timeMs` may be earlier than it is published, or nonsense. */
export interface FaultyUplink extends TownUplink {
  /** Milliseconds UTC. */
  readonly publishedMs: number;
}

/** A town with faults. */
export interface FaultyTown {
  /** Those published from `fromMs` (inclusive) to `toMs` (exclusive), in order. Any window shows the same, in however many steps. */
  uplinks(fromMs: number, toMs: number): Iterable<FaultyUplink>;
  /** When the connection to the broker breaks, by time, from inclusive to exclusive. */
  breaks(fromMs: number, toMs: number): readonly number[];
}

export interface FaultyTownOptions {
  readonly places: TownPlaces;
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed: number;
  readonly scenario: Scenario;
  /** What the messages are written in: JSON where nothing is told, else what `upEventWriter` gives. */
  readonly write?: UpEventWriter;
}

const unwritten: MqttMessage = { topic: '', payload: Buffer.alloc(0) };

/** The first uplink of a device from a moment on; of each device the last answer is remembered, for it is asked again and again. */
function firstUplinks(town: Pick<Town, 'uplinks'>): Ground['firstFrom'] {
  const remembered = new Map<string, { readonly fromMs: number; readonly uplink: TownUplink }>();
  return (devEui, fromMs) => {
    const known = remembered.get(devEui);
    if (known?.fromMs === fromMs) return known.uplink;
    for (const uplink of town.uplinks(fromMs, fromMs + 2 * episodeMsMax)) {
      if (uplink.devEui !== devEui) continue;
      remembered.set(devEui, { fromMs, uplink });
      return uplink;
    }
    throw new RangeError(`${devEui} says nothing from ${new Date(fromMs).toISOString()} on`);
  };
}

function emitted(said: TownUplink): Emission {
  const { profile: _profile, message: _message, ...event } = said;
  return { atMs: said.timeMs, said, event };
}

function written(write: UpEventWriter, { atMs, said, event, spoil }: Emission): FaultyUplink {
  const message = write(event);
  const { confirmed = false } = event;
  return {
    ...event,
    confirmed,
    profile: said.profile,
    publishedMs: atMs,
    message: spoil ? spoil(message) : message,
  };
}

/** All that messages go through, as one. */
function composed(changes: readonly Change[]): Change {
  return (one) => changes.reduce<readonly Emission[]>((all, change) => all.flatMap(change), [one]);
}

/** The town of these places, with what a scenario does to its messages: the same seed gives the same bytes at all times. */
export function createFaultyTown({ places, seed, scenario, write = upEvent }: FaultyTownOptions): FaultyTown {
  // Faults change what a message is written from, so the town itself writes none.
  const town = createTown({ places, seed, write: () => unwritten });
  const gatewayIds = gatewaysOf(middleOf(places.devices)).map(({ id }) => id);
  const ground: Ground = { seed, places, gatewayIds, firstFrom: firstUplinks(town) };
  const change = composed(
    scenario.flatMap(({ fault, argument }) => (fault.change ? [fault.change(ground, argument)] : [])),
  );
  const lateMsMax = scenario.reduce(
    (sum, { fault, argument }) => sum + (fault.lateMsMax?.(argument) ?? 0),
    0,
  );
  const timesADay = scenario.find(({ fault }) => fault.breaksConnection)?.argument;
  /** What was read and is published later; holds where one goes on at `untilMs`. */
  let waiting: { readonly untilMs: number; readonly emissions: readonly Emission[] } | undefined;

  function* uplinks(fromMs: number, toMs: number): Generator<FaultyUplink> {
    const goesOn = waiting?.untilMs === fromMs;
    let pending = goesOn && waiting ? [...waiting.emissions] : [];
    waiting = undefined;
    for (let startMs = goesOn ? fromMs : fromMs - lateMsMax; startMs < toMs; ) {
      const endMs = Math.min(toMs, startMs + hourMs);
      for (const said of town.uplinks(startMs, endMs)) pending.push(...change(emitted(said)));
      // Those of one moment stay in the order in which they were said: sorting is stable.
      const due = pending
        .filter(({ atMs }) => atMs >= fromMs && atMs < endMs)
        .sort((a, b) => a.atMs - b.atMs);
      pending = pending.filter(({ atMs }) => atMs >= endMs);
      for (const one of due) yield written(write, one);
      startMs = endMs;
    }
    waiting = { untilMs: toMs, emissions: pending };
  }

  return { uplinks, breaks: timesADay === undefined ? () => [] : brokerBreaks(seed, timesADay) };
}
