/**
 * What InfluxDB's answers to a write mean. Their words were read off a real 1.6.7 and, for what that one cannot say, in
 * the sources of InfluxDB: `services/httpd/handler.go`, `coordinator/points_writer.go`, `tsdb/shard.go` (1.x),
 * `http/legacy/write_handler.go` (2.x).
 *
 * An answer that names a refusal speaks of one shard only: the server returns at the first one that fails, so what
 * happened to the other points is not known until an answer says that all was stored.
 */
import type { InfluxAnswer } from './http.ts';

/** Which of the lines sent a refusal is about, as far as its words tell. */
export type Suspicion =
  /** Lines it quotes, for certain. */
  | { readonly by: 'text'; readonly message: string }
  /** The so many oldest or newest. */
  | { readonly by: 'time'; readonly count: number; readonly end: 'oldest' | 'newest' }
  /** Those with the field in another type than the one it has. */
  | { readonly by: 'field'; readonly measurement: string; readonly field: string; readonly type: string }
  /** The line of this number, from 1. */
  | { readonly by: 'line'; readonly line: number }
  | { readonly by: 'nothing' };

/** It will not take at least one of the lines; the others may be stored or not. */
export interface Refusal {
  readonly kind: 'refused';
  readonly reason: string;
  /** How many it says it has dropped. */
  readonly dropped?: number;
  readonly suspicion: Suspicion;
}

/** Nothing is known to be stored; it may work later. */
export interface Later {
  readonly kind: 'later';
  readonly reason: string;
  readonly retryAfterMs?: number;
  /** The database, a retention policy or a mapping is missing. */
  readonly schema: boolean;
}

/** What InfluxDB said to one write request. */
export type Reply = { readonly kind: 'stored' } | Refusal | { readonly kind: 'too-large' } | Later;

const reasonCharsMax = 300;
const retryAfterMsMax = 300_000;

/** @param nowMs ms UTC, for a `Retry-After` that is a date */
export function replyOf({ status, headers, text }: InfluxAnswer, nowMs: number): Reply {
  if (status >= 200 && status < 300) return { kind: 'stored' };
  if (status === 413) return { kind: 'too-large' };
  const { message, line } = errorIn(text);
  const reason = `${status} ${message.slice(0, reasonCharsMax)}`;
  if (isRefusal(status, message, line)) return refusalOf(reason, message, line);
  const retryAfterMs = retryAfter(headers['retry-after'], nowMs);
  return {
    kind: 'later',
    reason: `${reason}${remedyFor(status, message)}`,
    schema: status === 404 || / not found|no dbrp mapping/.test(message),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** 1.x says `{"error":"…"}`, 2.x `{"code":"…","message":"…"}`, with `line` where it knows the first bad one. */
function errorIn(text: string): { readonly message: string; readonly line?: number } {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) {
      if ('error' in parsed) return { message: String(parsed.error) };
      if ('message' in parsed) {
        const line = 'line' in parsed ? Number(parsed.line) : 0;
        return { message: String(parsed.message), ...(line > 0 && { line }) };
      }
    }
  } catch {
    // Not JSON: a proxy in between answered.
  }
  return { message: text };
}

// A 400 that does not speak of points comes from something in between, and says nothing about them. 2.0 gives refused
// points the status 500, later ones 422. A shard that is being deleted will be gone in a moment.
function isRefusal(status: number, message: string, line: number | undefined): boolean {
  if (/pending deletion/.test(message)) return false;
  if (/\bpartial write: .*\bdropped=\d/s.test(message)) return true;
  return status === 400 && (line !== undefined || /unable to parse '|^field type conflict\b/.test(message));
}

function refusalOf(reason: string, message: string, line: number | undefined): Refusal {
  const dropped = /.*\bdropped=(\d+)/s.exec(message)?.[1];
  const count = Number(dropped ?? 0);
  return {
    kind: 'refused',
    reason,
    ...(count > 0 && { dropped: count }),
    suspicion: suspicionOf(message, count, line),
  };
}

function suspicionOf(message: string, count: number, line: number | undefined): Suspicion {
  if (message.includes("unable to parse '")) return { by: 'text', message };
  if (line !== undefined) return { by: 'line', line };
  const conflict =
    /input field "(.+?)" on measurement "(.+?)" is type \w+, already exists as type (\w+)/.exec(message);
  if (conflict) {
    const [, field = '', measurement = '', type = ''] = conflict;
    return { by: 'field', measurement, field, type };
  }
  // Since 1.12 and 2.7.12 a limit for points of the future is reported in the same words, with "Upper Bound".
  if (/points (?:beyond|outside) retention policy/.test(message)) {
    const onlyFuture = /Upper Bound/.test(message) && !/Lower Bound/.test(message);
    return { by: 'time', count, end: onlyFuture ? 'newest' : 'oldest' };
  }
  return { by: 'nothing' };
}

/** What the operator can do, where waiting alone will not help. */
function remedyFor(status: number, message: string): string {
  if (status === 401 || status === 403)
    return '; check STADTPEGEL_INFLUX_USERNAME and _PASSWORD_FILE, for InfluxDB 2 STADTPEGEL_INFLUX_TOKEN_FILE, and that they may write here';
  if (/no dbrp mapping|unable to find DBRP/.test(message))
    return '; create the buckets that ingest/README.md names, or let the token create them';
  return '';
}

/** Seconds or a date (RFC 9110 §10.2.3), within reason; undefined where it says nothing of use. */
function retryAfter(value: string | string[] | undefined, nowMs: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return waitMs > 0 ? Math.min(waitMs, retryAfterMsMax) : undefined;
}
