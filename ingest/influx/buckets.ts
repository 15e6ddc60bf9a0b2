/**
 * InfluxDB 2 has buckets instead of databases and retention policies, and no InfluxQL to create either. Its 1.x
 * endpoints find a bucket by a mapping of database and retention policy (DBRP); newer ones take a bucket
 * named `database/policy` for mapped (https://docs.influxdata.com/influxdb/v2/api-guide/influxdb-1x/dbrp/).
 */
import { z } from 'zod';
import type { InfluxHttp } from './http.ts';

/** What of the options this needs; see `InfluxOptions`. */
interface Wanted {
  readonly database: string;
  readonly retention: Readonly<Record<string, string>>;
}

const organisations = z.object({ orgs: z.array(z.object({ id: z.string() })) });
const mappings = z.object({ content: z.array(z.object({ retention_policy: z.string() })) });
const bucket = z.object({ id: z.string() });
const bucketList = z.object({ buckets: z.array(bucket) });

const unitSeconds: Readonly<Record<string, number>> = { s: 1, h: 3600, d: 86_400, w: 604_800 };

/**
 * Creates the bucket of each retention, and its mapping, where there is no mapping yet.
 * @throws with InfluxDB's own words where it refuses, 401 and 403 among them
 */
export async function ensureBuckets(http: InfluxHttp, { database, retention }: Wanted): Promise<void> {
  const orgID = await organisationOf(http);
  const unmapped = async (): Promise<[name: string, duration: string][]> => {
    const query = new URLSearchParams({ orgID, db: database });
    const { content } = mappings.parse(await ask(http, 'GET', `/api/v2/dbrps?${query}`));
    const mapped = new Set(content.map((mapping) => mapping.retention_policy));
    return Object.entries(retention).filter(([name]) => !mapped.has(name));
  };
  const ids = new Map<string, string>();
  for (const [name, duration] of await unmapped()) {
    ids.set(name, await bucketId(http, orgID, `${database}/${name}`, duration));
  }
  if (ids.size === 0) return;
  for (const [name] of await unmapped()) {
    await ask(http, 'POST', '/api/v2/dbrps', {
      orgID,
      bucketID: ids.get(name),
      database,
      retention_policy: name,
      default: name === 'readings',
    });
  }
}

/** A token belongs to one organisation, unless it is the one of the server's operator. */
async function organisationOf(http: InfluxHttp): Promise<string> {
  const { orgs } = organisations.parse(await ask(http, 'GET', '/api/v2/orgs?limit=2'));
  const [first, second] = orgs;
  if (!first || second) throw new Error(`403 the token sees ${second ? 'several organisations' : 'none'}`);
  return first.id;
}

async function bucketId(http: InfluxHttp, orgID: string, name: string, duration: string): Promise<string> {
  const found = await ask(http, 'GET', `/api/v2/buckets?${new URLSearchParams({ orgID, name })}`);
  const existing = bucketList.safeParse(found).data?.buckets[0];
  if (existing) return existing.id;
  const everySeconds = secondsOf(duration);
  const retentionRules = everySeconds > 0 ? [{ type: 'expire', everySeconds }] : [];
  return bucket.parse(await ask(http, 'POST', '/api/v2/buckets', { orgID, name, retentionRules })).id;
}

function secondsOf(duration: string): number {
  return Number.parseInt(duration, 10) * (unitSeconds[duration.at(-1) ?? ''] ?? 1);
}

/** Undefined where there is nothing of that name. */
async function ask(http: InfluxHttp, method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
  const json = body && { type: 'application/json', text: JSON.stringify(body) };
  const { status, text } = await http.request(method, path, json);
  if (status === 404) return undefined;
  if (status >= 300) throw new Error(`${status} ${text.slice(0, 300)} (${method} ${path})`);
  return JSON.parse(text);
}
