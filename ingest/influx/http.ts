import { Pool } from 'undici';

/** Who we are to InfluxDB: a user of 1.x, or a token of 2.x, which then stands alone. */
export interface InfluxCredentials {
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
}

/** What InfluxDB, or something in between, has answered. */
export interface InfluxAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** So many requests may be under way at once; more wait for a connection. */
const connectionsMax = 4;

/**
 * Kept connections to one InfluxDB, by `undici` instead of the `influx` client, which costs three times the CPU where
 * points are written (docs/decisions/003-line-protocol-over-undici.md).
 */
export class InfluxHttp {
  readonly #pool: Pool;
  readonly #authorization: string | undefined;

  constructor({ url, ...credentials }: InfluxCredentials & { readonly url: string }) {
    this.#pool = new Pool(new URL(url).origin, {
      connections: connectionsMax,
      headersTimeout: 30_000,
      bodyTimeout: 30_000,
      connectTimeout: 5_000,
    });
    this.#authorization = authorizationOf(credentials);
  }

  /** Sends one request and reads its whole answer. Rejects where there is none (refused, broken, none in 30 s). */
  async request(
    method: 'GET' | 'POST',
    path: string,
    body?: { readonly type: string; readonly text: string },
  ): Promise<InfluxAnswer> {
    const answer = await this.#pool.request({
      method,
      path,
      headers: {
        ...(this.#authorization !== undefined && { authorization: this.#authorization }),
        ...(body && { 'content-type': body.type }),
      },
      body: body?.text ?? null,
    });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  }

  /** Lets go of every connection; a request under way rejects. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

// The scheme `Token` is InfluxDB 2's own, for its /api/v2 and its 1.x endpoints alike.
function authorizationOf({ username, password, token }: InfluxCredentials): string | undefined {
  if (token !== undefined) return `Token ${token}`;
  if (username === undefined) return undefined;
  return `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;
}
