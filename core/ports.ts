/**
 * The places where the house can be taken apart. Nothing of an implementation crosses them: positions are opaque,
 * points are plain data. `tests/contracts/` holds the suite that every implementation of a port must pass.
 */
import type { QuantityKey, Value } from './quantities.ts';
import type {
  DeviceEvent,
  LoggedDevice,
  LoggedUplink,
  ProfileFacts,
  RawMessage,
  Translation,
  Uplink,
} from './uplink.ts';

declare const position: unique symbol;
/** Where a message stands in a spool. Only the spool that gave it can read it. */
export type Position = number & { readonly [position]: true };

/** A spooled message on its way to be handled. */
export interface Delivery {
  readonly position: Position;
  readonly message: RawMessage;
  /** 1 at first; one more for each time the process ended while this message was in hand (see {@link Spool.release}). */
  readonly attempt: number;
}

export interface SpoolStatus {
  readonly bytes: number;
  readonly bytesMax: number;
  /** Messages not confirmed yet. */
  readonly pending: number;
}

/** Keeps messages safe between their receipt and the moment all that follows from them is safe elsewhere. */
export interface Spool {
  /**
   * Resolves when the messages are durable; may be repeated after an unknown outcome (the same message twice is
   * harmless further on). Rejects with `spool_full` and keeps what it has, never dropping old for new.
   */
  append(messages: readonly RawMessage[]): Promise<void>;
  /**
   * The next messages in order, at least one, as soon as there are any; after a restart again from the first one that
   * was not confirmed. Rejects with the signal's reason. One consumer at a time.
   */
  consume(
    limit: { readonly messagesMax: number; readonly bytesMax: number },
    signal: AbortSignal,
  ): Promise<Delivery[]>;
  /**
   * Of the messages appended since this was asked last, those not consumed yet, oldest first: so that what is true now
   * need not wait until a backlog has been worked off. A hint and no more: in a large backlog some are left out, after a
   * restart there are none, and all of them are still to be consumed.
   */
  newest(): RawMessage[];
  /** The messages last consumed were survived: if the process ends from now on, it was not because of them. */
  release(): void;
  /** These and only these are done with for ever. Repeating it is harmless. */
  confirm(positions: readonly Position[]): void;
  status(): SpoolStatus;
}

/** Which retention a point falls under: values for long, the radio log with its raw payloads for short. */
export type Retention = 'readings' | 'uplinks';

/** A row of the time-series store. Its identity is measurement + tags + time: writing it again changes nothing. */
export interface Point {
  readonly retention: Retention;
  readonly measurement: string;
  /** Milliseconds UTC. */
  readonly time: number;
  readonly tags: Readonly<Record<string, string>>;
  /** At least one; numbers are stored as floats. */
  readonly fields: Readonly<Record<string, Value>>;
}

/** What became of each point of a write. Every index is in exactly one list, `accepted` being the rest. */
export interface WriteResult {
  /** The store will never take these. */
  readonly rejected: readonly { readonly index: number; readonly reason: string }[];
  /** Indices that were not stored for a reason that may pass (store away, too busy): write them again. */
  readonly keep: readonly number[];
  /** Why they are kept, and how long to wait if the store said so. */
  readonly keepReason?: string;
  readonly retryAfterMs?: number;
}

/** What to read of the past: one quantity per series, in buckets of a period. */
export interface SeriesQuery {
  readonly assets: readonly string[];
  readonly quantities: readonly QuantityKey[];
  /** Milliseconds UTC, inclusive and exclusive. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly bucketMs: number;
  /** IANA name; buckets of 24 h are then the days of this zone, which have 23 to 25 hours. Otherwise those of UTC. */
  readonly timeZone?: string;
}

/** One quantity of one asset's channel: `[bucket start in ms UTC, value]`, buckets without data left out. */
export interface Series {
  readonly asset: string;
  readonly channel?: string;
  readonly quantity: QuantityKey;
  readonly values: readonly (readonly [timeMs: number, value: number])[];
}

/** Where readings live for years. */
export interface TimeSeriesStore {
  /** Never rejects for what a store can do to a write: that is what the three outcomes are for. */
  write(points: readonly Point[]): Promise<WriteResult>;
  /**
   * One value per bucket, as the quantity asks to be put together: mean, level, direction, sum, last, growth of a
   * counter; booleans as the share of the time in which they were true. Buckets begin at whole multiples of their length.
   */
  series(query: SeriesQuery): Promise<Series[]>;
}

/** Where a reading belongs at its own time. */
export interface Place {
  readonly asset?: string;
  readonly site?: string;
}

/** What the city knows of its devices, at any time of the past too. */
export interface DeviceDirectory {
  /** Profile id `vendor/model` the inventory names for the device, if it does. */
  profileOf(devEui: string, time: number): string | undefined;
  placeOf(devEui: string, channel: string | undefined, time: number): Place;
}

/** What the live picture knew of a message when its turn came. */
export interface Applied {
  /** The radio frame had come before, under another `deduplicationId`: its points do not count. */
  readonly duplicate: boolean;
  /** The very same message had come before. */
  readonly repeated: boolean;
}

/** Takes what was translated into the live picture of the city. */
export interface StateSink {
  /**
   * Repeating it is harmless. What it gives depends on the order of the messages' turns alone.
   * @param early ahead of its turn: it will be applied once more then, and what it gives now is no answer
   */
  apply(translated: Uplink | DeviceEvent, early?: boolean): Applied;
  /**
   * All that `restore` needs to go on as if nothing had happened, in parts: all of it, or what changed since it was last
   * asked for. Each part is made when it is asked for and holds until the next one is; what is applied between two of them may be in it or not: it
   * holds whatever was applied before the first, and whoever restores it applies the rest again.
   */
  rows(which: 'all' | 'changed'): Iterable<Uint8Array>;
  /**
   * Takes parts in the order they were made, `all` of them first, each when it has been asked for and before the next.
   * Throws where one cannot be read, and then takes none.
   */
  restore(rows: Iterable<Uint8Array>): void;
}

/** A value of the feed. A key's revisions only rise; only the newest of a key is kept. */
export interface FeedValue {
  readonly key: string;
  readonly revision: number;
  readonly value: string;
}

/** Who puts the values of a feed. */
export interface FeedOrigin {
  /** Names the inventory the values were made with: readers with another one understand them differently. */
  readonly inventoryHash: string;
  /** When it began, ms UTC: another one for each start. */
  readonly epoch: number;
}

/** Told what the feed holds and what changes in it. */
export interface FeedListener {
  /** The newest value of a key; never one older than was told before. Values in between may be left out, never the last. */
  value(value: FeedValue): void;
  /** What was announced last, before `ready` where there is anything, and whenever it changes. */
  origin(origin: FeedOrigin): void;
  /** Once, when every value the feed held at the time of subscribing has been told. */
  ready(): void;
}

/** Carries the live state from the one process that ingests to all that answer, where roles run apart. */
export interface LiveStateFeed {
  /** Makes this the value of its key; false where a newer revision is there already. */
  put(value: FeedValue): Promise<boolean>;
  /** Says that all this origin knew at its start has been put; false where the feed says so already. */
  announce(origin: FeedOrigin): Promise<boolean>;
  /** Tells all values, then `ready`, then changes; gives the function that ends it. */
  subscribe(listener: FeedListener): Promise<() => Promise<void>>;
}

/**
 * What became of a dead letter. `waiting`: nobody has sent it again, or it came back; `redriving`: its message is on its
 * way once more; `stored`: it arrived, and its bytes have left the drawer.
 */
export type LetterState = 'waiting' | 'redriving' | 'stored';

/** A dead letter without its bytes. */
export interface LetterFacts {
  /** Never given out twice; a later letter has a larger one. */
  readonly id: number;
  readonly state: LetterState;
  /** Why it lies here: of the last attempt. */
  readonly code: string;
  readonly reason: string;
  readonly receivedAtMs: number;
  readonly broker: string;
  readonly topic: string;
  readonly payloadBytes: number;
  /** Its bytes were left out because they hold what is personal: it cannot be sent again. */
  readonly withheld: boolean;
  /** How often it was sent again, and when last. */
  readonly attempts: number;
  readonly redrivenAtMs?: number;
}

/** A dead letter with the bytes of its message; none where they were withheld, or where it was stored since. */
export interface LetterInFull extends LetterFacts {
  readonly payload: Uint8Array;
}

/** Which letters; what is not given does not narrow them down. */
export interface LetterFilter {
  readonly code?: string | undefined;
  readonly state?: LetterState | undefined;
  /** Part of the topic. */
  readonly topic?: string | undefined;
  /** A whole level of the topic, in upper or lower case: the EUI of a device. */
  readonly device?: string | undefined;
  /** When the message was received, ms UTC: inclusive and exclusive. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

/** What became of the wish to send one letter again. */
export interface Redrive {
  /** `redriven`: now; `on_its_way`: it was before; `stored`: it arrived before. The latter two change nothing. */
  readonly outcome: 'redriven' | 'on_its_way' | 'stored';
  readonly letter: LetterFacts;
}

/** What those who run the platform can ask and do, in the process that ingests. */
export interface OperatorPort {
  /** The newest first. `next` goes on from there, each letter once however many come in; absent at the end. */
  letters(
    filter: LetterFilter,
    page: { readonly limit: number; readonly before?: number | undefined },
  ): Promise<{ readonly letters: readonly LetterFacts[]; readonly next?: number }>;
  /** Undefined where there is none, or none any more. */
  letter(id: number): LetterInFull | undefined;
  /** All of them, the oldest first. */
  lettersInFull(filter: LetterFilter): AsyncIterable<LetterInFull>;
  /**
   * Puts a letter's message back into the spool as it was received, undefined where there is no such letter. Resolves
   * when that is durable; the outcome shows in the letter, which stays the same one if the message fails again.
   * Repeating it is harmless. Rejects with `letter_withheld`, `letter_incomplete` or `spool_full`.
   */
  redrive(id: number): Promise<Redrive | undefined>;
  /**
   * The same for waiting letters, the oldest first, at most `limit` a call; `next` goes on. `withheld` counts those that
   * have no bytes to send. Rejects with `spool_full`.
   */
  redriveAll(
    filter: LetterFilter,
    page: { readonly limit: number; readonly after?: number | undefined },
  ): Promise<{ readonly redriven: number; readonly withheld: number; readonly next?: number }>;
  spool(): SpoolStatus & { readonly folder: string };
}

/**
 * Turns a raw message into what it means: at once, or, where a stranger's codec has to be asked, in a moment. Never
 * throws or rejects for what a message holds.
 */
export type Translate = (raw: RawMessage) => Translation | Promise<Translation>;

/**
 * Decodes once more what the radio log kept, with the device models and the inventory of now, by the same code as live.
 * The model is the one the inventory names, else the one that decoded it then, else what ChirpStack's names mean now.
 */
export interface Redecoder {
  /** Whether there is a device model with that id. */
  knows(profileId: string): boolean;
  factsOf(device: LoggedDevice): ProfileFacts | undefined;
  /** Never throws or rejects for what a payload holds: that is the uplink's `error`. */
  decode(logged: LoggedUplink): Uplink | Promise<Uplink>;
}

/** Which point: all of it but its fields. */
export type PointId = Omit<Point, 'fields'>;

/**
 * What a replay asks of a store. All reject where the store cannot be reached or does not take it; repeating any of it
 * is harmless. Spans are in ms UTC, from inclusive and to exclusive.
 */
export interface ReplayStore {
  /** Devices with uplinks in the radio log, in the order of their names, and how many. */
  devices(fromMs: number, toMs: number): Promise<{ readonly device: string; readonly uplinks: number }[]>;
  /** A device's rows `uplink`, the oldest first. */
  uplinks(device: string, fromMs: number, toMs: number, limit: number): Promise<Point[]>;
  /** A device's rows `event` of type `status`, the oldest first. */
  statuses(device: string, fromMs: number, toMs: number): Promise<Point[]>;
  /** A device's rows `uplink` that say which times their records had (`history_ms`), with no more fields than that. */
  historyTold(device: string, fromMs: number, toMs: number): Promise<Point[]>;
  /** A device's readings, of every theme; a point without flags has no `flags`. */
  readings(device: string, fromMs: number, toMs: number): Promise<Point[]>;
  /**
   * Deletes those points, whole, then writes these; durable when it resolves. Whoever asks repeats it after a crash:
   * it may have ended anywhere in between. Gives what the store will never take.
   */
  replace(gone: readonly PointId[], points: readonly Point[]): Promise<WriteResult['rejected']>;
}

/** What is to be decoded anew: uplinks whose time lies in the span, of one device or model, or all. */
export interface ReplayRequest {
  /** Milliseconds UTC, inclusive and exclusive. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly device?: string | undefined;
  /** Uplinks this model decoded then, or would decode now. */
  readonly profile?: string | undefined;
  /** Reads and decodes, and changes nothing. */
  readonly dryRun: boolean;
}

/** A reading before and after; undefined where there was, or is, none. */
export interface ReplayExample {
  readonly device: string;
  readonly timeMs: number;
  readonly channel?: string | undefined;
  readonly quantity: string;
  readonly before?: Value | undefined;
  readonly after?: Value | undefined;
}

/** What a replay has found, or changed, of one device model. */
export interface ReplayCounts {
  readonly profile: string;
  /** Uplinks decoded anew. */
  readonly uplinks: number;
  /** Left as they are: their payload was never kept, because it holds what is personal. */
  readonly withheld: number;
  /** Left as they are, because they could not be decoded now. */
  readonly failed: number;
  /** Why the first of them could not. */
  readonly failure?: string | undefined;
  /** Readings. `changed`: another value, flag or place. */
  readonly same: number;
  readonly changed: number;
  readonly new: number;
  readonly gone: number;
  /** Points the store refused for good. */
  readonly rejected: number;
  readonly examples: readonly ReplayExample[];
}

export interface ReplayStatus {
  /** Never given out twice in a data folder. */
  readonly id: number;
  readonly request: ReplayRequest;
  readonly state: 'running' | 'cancelling' | 'done' | 'cancelled';
  readonly startedAtMs: number;
  readonly finishedAtMs?: number | undefined;
  readonly uplinksTotal: number;
  readonly uplinksDone: number;
  /** Since it was started, or went on after a restart; undefined where it does not run. */
  readonly uplinksPerS?: number | undefined;
  /** What it waits for at the moment. */
  readonly waitsFor?: string | undefined;
  /** What whoever asked for it should know, e.g. that a part of the span is not in the radio log any more. */
  readonly notes: readonly string[];
  readonly profiles: readonly ReplayCounts[];
}

/** Decodes the past anew, where ingest runs; one at a time. */
export interface ReplayPort {
  /** Resolves when it is durably begun. Rejects with `replay_running`, `replay_refused` or `not_found`. */
  begin(request: ReplayRequest): Promise<ReplayStatus>;
  /** The last one, running or not; undefined where there was none. */
  status(): ReplayStatus | undefined;
  /** It ends with the slice in work; what is done stays done. Changes nothing where none runs. */
  cancel(): ReplayStatus | undefined;
}
