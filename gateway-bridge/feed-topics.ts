/**
 * How the live-state feed lies in a broker's retained messages. `<prefix>/v/<key>` holds a value: its revision, a line
 * feed, its text. `<prefix>/keys/<page>` lists keys, a line each, in the order they were first put; only the last page
 * grows. `<prefix>/manifest` says how many keys are listed, and is written after all that it counts. So whoever has the
 * manifest, its pages, and a value for each key on them has everything, however the broker orders retained messages. Once
 * the writer has announced itself, the manifest says that too: `{"inventoryHash", "epoch", "count"}`.
 */
import { z } from 'zod';
import type { FeedOrigin, FeedValue } from '#core';

/** Keys on one page: about 8 KB of DevEUIs, written again for each batch of new keys. */
export const pageKeysMax = 500;

/** How many keys are listed, and who announced that it has put all it knew, if anyone has. */
export interface Manifest {
  readonly count: number;
  readonly origin?: FeedOrigin | undefined;
}

const countSchema = z.object({ count: z.int().nonnegative() });
const originSchema = z.object({ inventoryHash: z.string(), epoch: z.number() });

export function isSameOrigin(a: FeedOrigin, b: FeedOrigin | undefined): boolean {
  return a.inventoryHash === b?.inventoryHash && a.epoch === b.epoch;
}

/** What a message of the feed says. */
export type FeedMessage =
  | { readonly kind: 'value'; readonly value: FeedValue }
  | { readonly kind: 'page'; readonly page: number; readonly keys: readonly string[] }
  | { readonly kind: 'manifest'; readonly manifest: Manifest };

/** A message to publish, retained. */
export interface FeedPacket {
  readonly topic: string;
  readonly payload: string;
}

/** @param key any text: what topics cannot hold is percent-encoded */
export function valuePacket(prefix: string, { key, revision, value }: FeedValue): FeedPacket {
  return { topic: `${prefix}/v/${encodeURIComponent(key)}`, payload: `${revision}\n${value}` };
}

export function pagePacket(prefix: string, page: number, keys: readonly string[]): FeedPacket {
  return { topic: `${prefix}/keys/${page}`, payload: keys.map(encodeURIComponent).join('\n') };
}

export function manifestPacket(prefix: string, { origin, count }: Manifest): FeedPacket {
  return { topic: `${prefix}/manifest`, payload: JSON.stringify({ ...origin, count }) };
}

/** What a message says; undefined where it is none of the feed's, or not as the feed writes them. */
export function readPacket(prefix: string, topic: string, payload: Uint8Array): FeedMessage | undefined {
  if (!topic.startsWith(`${prefix}/`)) return undefined;
  const [kind, name = '', ...more] = topic.slice(prefix.length + 1).split('/');
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8');
  if (more.length > 0 || text === '') return undefined;
  try {
    if (kind === 'v') return readValue(decodeURIComponent(name), text);
    if (kind === 'keys' && /^\d{1,9}$/.test(name))
      return { kind: 'page', page: Number(name), keys: text.split('\n').map(decodeURIComponent) };
    return kind === 'manifest' ? { kind: 'manifest', manifest: readManifest(JSON.parse(text)) } : undefined;
  } catch {
    return undefined;
  }
}

function readManifest(read: unknown): Manifest {
  return { ...countSchema.parse(read), origin: originSchema.safeParse(read).data };
}

function readValue(key: string, text: string): FeedMessage | undefined {
  const end = text.indexOf('\n');
  const revision = Number(text.slice(0, Math.max(end, 0)));
  if (end < 1 || !Number.isSafeInteger(revision)) return undefined;
  return { kind: 'value', value: { key, revision, value: text.slice(end + 1) } };
}
