import { messageOf, type Point } from '#core';
import { type Refusal, type Reply, replyOf } from './answers.ts';
import type { InfluxHttp } from './http.ts';

/** A point as it is sent, and its index in the write it belongs to. */
export interface Line {
  readonly index: number;
  readonly text: string;
  readonly point: Point;
}

/** What became of some lines: each is rejected, to be kept, or stored. */
export interface Settled {
  readonly rejected: readonly { readonly index: number; readonly reason: string }[];
  readonly keep: readonly number[];
  /** Why, where `keep` is not empty. */
  readonly keepReason?: string;
  readonly retryAfterMs?: number;
  /** InfluxDB did not take or could not answer a request at all: it is away, or not ready for us. */
  readonly away: boolean;
  /** It misses the database or a retention policy. */
  readonly schemaMissing: boolean;
}

/** Where lines go. */
export interface Target {
  /** Sends lines; never rejects. */
  readonly post: (lines: readonly string[]) => Promise<Reply>;
  /** The most characters of a request, learnt from what was too large for InfluxDB or a proxy in between. */
  requestCharsMax: number;
}

const requestCharsMax = 4 * 1_048_576;
/** No server refuses so little for its size; were it learnt, a single long line could slow down all others for good. */
const requestCharsMin = 65_536;
/** So many requests find out which lines of one write are bad; what is open then is kept, and goes on from there. */
const requestsMax = 64;

/** Writes to one retention policy by `/write`, which InfluxDB 1.x and 2.x have in common. */
export function targetOf(http: InfluxHttp, database: string, retention: string): Target {
  const path = `/write?${new URLSearchParams({ db: database, rp: retention, precision: 'ms' })}`;
  const post: Target['post'] = async (lines) => {
    try {
      const body = { type: 'text/plain; charset=utf-8', text: lines.join('\n') };
      return replyOf(await http.request('POST', path, body), Date.now());
    } catch (cause) {
      return { kind: 'later', reason: messageOf(cause) || 'no connection', schema: false };
    }
  };
  return { post, requestCharsMax };
}

/**
 * Sends lines until each is settled. Where InfluxDB refuses some, those its words point at are sent apart from the
 * others, and halves where they point nowhere. A line is rejected only if it is quoted as unreadable, or was refused
 * among none but refused ones; it is taken for stored only if all it was last sent with was. Writing a line again is
 * harmless, so an unknown outcome is repeated.
 */
export async function settle(lines: readonly Line[], target: Target): Promise<Settled> {
  const rejected: { index: number; reason: string }[] = [];
  // Last in, first out: what stands on top is what is to be known next.
  const open: (readonly Line[])[] = [lines];
  for (let requests = 0; open.length > 0; ) {
    const some = open.pop() ?? [];
    if (some.length === 0) continue;
    const chars = sumChars(some);
    if (some.length > 1 && chars > target.requestCharsMax) {
      open.push(...halves(some));
      continue;
    }
    if (requests++ === requestsMax) {
      const keepReason = `${requestsMax} requests were not enough to tell good points from bad`;
      return { rejected, keep: indices([...open, some]), keepReason, away: false, schemaMissing: false };
    }
    const reply = await target.post(some.map(({ text }) => text));
    if (reply.kind === 'later') {
      const { reason: keepReason, retryAfterMs, schema: schemaMissing } = reply;
      const pause = retryAfterMs !== undefined ? { retryAfterMs } : {};
      return { rejected, keep: indices([...open, some]), keepReason, ...pause, away: true, schemaMissing };
    }
    if (reply.kind === 'refused') open.push(...sortOut(some, reply, rejected));
    if (reply.kind === 'too-large') {
      target.requestCharsMax = Math.max(requestCharsMin, Math.min(target.requestCharsMax, chars / 2));
      if (some.length > 1) open.push(...halves(some));
      else rejected.push({ index: some[0]?.index ?? -1, reason: 'larger than InfluxDB takes' });
    }
  }
  return { rejected, keep: [], away: false, schemaMissing: false };
}

/** Puts what is certain among the rejected; gives what to send next, the suspects last. */
function sortOut(
  lines: readonly Line[],
  { reason, dropped, suspicion }: Refusal,
  rejected: { index: number; reason: string }[],
): (readonly Line[])[] {
  if (suspicion.by === 'text') {
    const [quoted, others] = divide(lines, ({ text }) => suspicion.message.includes(quote(text)));
    for (const { index, text } of quoted)
      rejected.push({ index, reason: unreadable(suspicion.message, text) });
    if (quoted.length > 0) return [others];
  }
  if (lines.length === 1 || dropped === lines.length) {
    for (const { index } of lines) rejected.push({ index, reason });
    return [];
  }
  const [suspects, others] = divide(lines, suspected(lines, suspicion));
  if (suspects.length > 0 && others.length > 0) return [others, suspects];
  return halves(lines.toSorted((a, b) => compare(seriesOf(a), seriesOf(b))));
}

function suspected(lines: readonly Line[], suspicion: Refusal['suspicion']): (line: Line) => boolean {
  switch (suspicion.by) {
    case 'field': {
      const { measurement, field, type } = suspicion;
      return ({ point }) => {
        const value = point.measurement === measurement ? point.fields[field] : undefined;
        return value !== undefined && fieldType(value) !== type;
      };
    }
    case 'time': {
      const sign = suspicion.end === 'oldest' ? 1 : -1;
      const times = lines.map(({ point }) => sign * point.time).sort((a, b) => a - b);
      const limit = times[suspicion.count - 1] ?? Number.NEGATIVE_INFINITY;
      return ({ point }) => sign * point.time <= limit;
    }
    case 'line':
      return (line) => line === lines[suspicion.line - 1];
    default:
      return () => false;
  }
}

/** Numbers are always written as floats. */
function fieldType(value: Point['fields'][string]): string {
  return typeof value === 'number' ? 'float' : typeof value;
}

const quote = (text: string): string => `unable to parse '${text}'`;

/** Why a quoted line cannot be read, without repeating it. */
function unreadable(message: string, text: string): string {
  const start = message.indexOf(quote(text)) + quote(text).length;
  const why = /^: (.*?)(?: dropped=\d+)?$/m.exec(message.slice(start))?.[1];
  return `unable to parse: ${why ?? 'no reason given'}`;
}

/** The tags and measurement of a line. A limit of series refuses all points of one, so they are best kept together. */
function seriesOf({ text }: Line): string {
  return /^(?:\\.|[^\\ ])*/.exec(text)?.[0] ?? '';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function divide(lines: readonly Line[], isFirst: (line: Line) => boolean): [Line[], Line[]] {
  const { first = [], second = [] } = Object.groupBy(lines, (line) => (isFirst(line) ? 'first' : 'second'));
  return [first, second];
}

/** The second half, then the first: that one is sent first. */
function halves(lines: readonly Line[]): [readonly Line[], readonly Line[]] {
  const middle = Math.ceil(lines.length / 2);
  return [lines.slice(middle), lines.slice(0, middle)];
}

function indices(groups: readonly (readonly Line[])[]): number[] {
  return groups.flatMap((lines) => lines.map(({ index }) => index)).sort((a, b) => a - b);
}

function sumChars(lines: readonly Line[]): number {
  let chars = 0;
  for (const { text } of lines) chars += text.length + 1;
  return chars;
}
