import { InfluxDB } from 'influx';
import { type Logger, messageOf, type Retention } from '#core';

/** How to reach an InfluxDB 1.x, and how long it is to keep what. */
export interface InfluxOptions {
  readonly url: string;
  readonly database: string;
  readonly username?: string;
  readonly password?: string;
  /** Duration of each retention policy as InfluxQL writes it (`90d`); `0s` is for ever. */
  readonly retention: Readonly<Record<Retention, string>>;
  readonly log: Logger;
}

/** The client would bar its only host for a while after an error, and then say no more than that it has none. */
const noBackoff = {
  getDelay: () => 0,
  next() {
    return this;
  },
  reset() {
    return this;
  },
};

/** The client used for schema and queries; writes go their own, cheaper way. */
export function createClient({ url, database, username, password }: InfluxOptions): InfluxDB {
  const { protocol, hostname, port } = new URL(url);
  return new InfluxDB({
    hosts: [
      {
        host: hostname,
        port: Number(port || (protocol === 'https:' ? 443 : 8086)),
        protocol: protocol === 'https:' ? 'https' : 'http',
      },
    ],
    database,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    pool: { maxRetries: 0, requestTimeout: 30_000, backoff: noBackoff },
  });
}

/**
 * Creates the database and its retention policies where they are missing; what exists is left as the operator set it.
 * A user without that right is fine as long as everything is there; otherwise the first write tells what is missing.
 */
export async function ensureSchema(client: InfluxDB, options: InfluxOptions): Promise<void> {
  const { database, retention, log } = options;
  try {
    await client.createDatabase(database);
    const existing = new Set((await client.showRetentionPolicies(database)).map(({ name }) => name));
    for (const [name, duration] of Object.entries(retention)) {
      if (existing.has(name)) continue;
      await client.createRetentionPolicy(name, {
        database,
        duration,
        replication: 1,
        isDefault: name === 'readings',
      });
    }
  } catch (cause) {
    if (!/\b(401|403)\b|not authorized|requires admin/.test(messageOf(cause))) throw cause;
    log.warn(
      { reason: messageOf(cause) },
      'influxdb: not permitted to create the schema, taking it as it is',
    );
  }
}
