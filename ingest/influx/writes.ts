import { Pool } from 'undici';
import { messageOf } from '#core';
import type { InfluxOptions } from './schema.ts';

/** What InfluxDB said to one write request. */
export type Reply =
  | { readonly kind: 'stored' }
  /** It will not take at least one of the lines; the others may be stored. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'too-large' }
  /** Nothing is known to be stored; it may work later. */
  | {
      readonly kind: 'later';
      readonly reason: string;
      readonly retryAfterMs?: number;
      readonly schema: boolean;
    };

/**
 * Writes by InfluxDB's HTTP endpoint `/write`, over two kept connections. `undici` instead of the `influx` client
 * because that one costs three times the CPU here (docs/decisions/003-line-protocol-over-undici.md).
 */
export class InfluxWrites {
  readonly #options: InfluxOptions;
  readonly #pool: Pool;
  readonly #headers: Record<string, string>;

  constructor(options: InfluxOptions) {
    this.#options = options;
    this.#pool = new Pool(new URL(options.url).origin, {
      connections: 2,
      headersTimeout: 30_000,
      bodyTimeout: 30_000,
      connectTimeout: 5_000,
    });
    const { username, password } = options;
    const basic = Buffer.from(`${username}:${password ?? ''}`).toString('base64');
    this.#headers = {
      'content-type': 'text/plain; charset=utf-8',
      ...(username !== undefined && { authorization: `Basic ${basic}` }),
    };
  }

  /** Sends lines to a retention policy. Never rejects. */
  async post(retention: string, lines: readonly string[]): Promise<Reply> {
    const query = new URLSearchParams({ db: this.#options.database, rp: retention, precision: 'ms' });
    try {
      const { statusCode, headers, body } = await this.#pool.request({
        method: 'POST',
        path: `/write?${query}`,
        headers: this.#headers,
        body: lines.join('\n'),
      });
      return replyOf(statusCode, await body.text(), headers['retry-after']);
    } catch (cause) {
      return { kind: 'later', reason: messageOf(cause) || 'no connection', schema: false };
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

// A 400 that does not speak of points comes from something in between, and says nothing about them.
function replyOf(status: number, text: string, retryAfter: string | string[] | undefined): Reply {
  if (status < 300) return { kind: 'stored' };
  const reason = `${status} ${reasonIn(text)}`;
  if (status === 400 && /"(?:partial write|unable to parse)/.test(text)) return { kind: 'refused', reason };
  if (status === 413) return { kind: 'too-large' };
  const seconds = Number(retryAfter);
  return {
    kind: 'later',
    reason,
    schema: status === 404 || /not found/.test(text),
    ...(Number.isFinite(seconds) && seconds > 0 && { retryAfterMs: Math.min(seconds, 300) * 1000 }),
  };
}

function reasonIn(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'error' in parsed) return String(parsed.error);
  } catch {
    // Not JSON: a proxy in between answered.
  }
  return text.slice(0, 300);
}
