import { InfluxDB } from 'influx';
import { type Logger, messageOf, type Retention } from '#core';
import { ensureBuckets } from './buckets.ts';
import type { InfluxCredentials, InfluxHttp } from './http.ts';

/** How to reach an InfluxDB, and how long it is to keep what. */
export interface InfluxOptions extends InfluxCredentials {
  readonly url: string;
  readonly database: string;
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

/** The client used for the schema of 1.x; writes and queries go their own, cheaper way. */
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
 * Creates what is missing of database and retention policies, or of buckets and their mappings, whichever this InfluxDB
 * has; what exists is left as the operator set it. Gives what has to be there where we may not create it: if it is not,
 * the writes will tell.
 * @throws where InfluxDB does not answer, or is one that cannot be used
 */
export async function ensureSchema(
  client: InfluxDB,
  http: InfluxHttp,
  options: InfluxOptions,
): Promise<string | undefined> {
  const version = await versionOf(http);
  const major = Number(/^v?(\d+)\./.exec(version ?? '')?.[1] ?? 1);
  if (major > 2) throw new Error(`InfluxDB ${version} is not supported: 1.x and 2.x are`);
  try {
    await (major === 2 ? ensureBuckets(http, options) : ensurePolicies(client, options));
    return undefined;
  } catch (cause) {
    if (!/\b(401|403)\b|not authorized|requires admin/.test(messageOf(cause))) throw cause;
    return `we may not create what is missing (${messageOf(cause)}); ${needed(major, options)}`;
  }
}

/** As `/ping` says it in a header, or else `/health` in its body; undefined where something in between takes it away. */
async function versionOf(http: InfluxHttp): Promise<string | undefined> {
  const { status, headers } = await http.request('GET', '/ping');
  // Whoever answers for a server that is away knows nothing of it.
  if (status >= 500) throw new Error(`${status} at /ping`);
  const version = headers['x-influxdb-version'];
  if (typeof version === 'string') return version;
  const { text } = await http.request('GET', '/health');
  return /"version"\s*:\s*"([^"]*)"/.exec(text)?.[1];
}

function needed(major: number, { database, retention }: InfluxOptions): string {
  const names = Object.keys(retention);
  return major === 2
    ? `it needs the buckets ${names.map((name) => `${database}/${name}`).join(' and ')}, each mapped to its database and retention policy`
    : `it needs the database ${database} with the retention policies ${names.join(' and ')}`;
}

async function ensurePolicies(client: InfluxDB, { database, retention }: InfluxOptions): Promise<void> {
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
}
