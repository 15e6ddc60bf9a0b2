import { fastifySSE } from '@fastify/sse';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { CityView, SiteChange, SiteKind } from '#city-state';
import { Gauge, StadtpegelError } from '#core';
import type { PublicDeps } from './deps.ts';
import type { StreamEvent } from './outbox.ts';
import { commaList } from './parameters.ts';
import { HttpRefusal, problemOf, problemResponses } from './problems.ts';
import { Reader } from './reader.ts';

const kinds = ['charging', 'parking', 'environment'] as const satisfies readonly SiteKind[];

/** Comments between events keep proxies from taking a quiet stream for a dead one; 15 s suits their usual 30 to 60 s. */
const limits = { heartbeatMs: 15_000, blockedMsMax: 30_000 };
type StreamLimits = typeof limits;

const streamQuery = z.strictObject({
  kind: commaList(kinds, 'Only these kinds of sites; all if not given.').optional(),
});
type StreamQuery = z.infer<typeof streamQuery>;

function everySite(view: CityView, nowMs: number): SiteChange[] {
  return [
    ...view.chargingStations(nowMs).map((site) => ({ kind: 'charging', site }) as const),
    ...view.parkingSites(nowMs).map((site) => ({ kind: 'parking', site }) as const),
    ...view.environmentStations(nowMs).map((site) => ({ kind: 'environment', site }) as const),
  ];
}

/** Tells every open stream what changed. */
class Hub {
  readonly #deps: PublicDeps;
  readonly #readers = new Map<Reader, readonly SiteKind[]>();
  /** The text last sent of each site, so that many readers wait for one copy of it. */
  readonly #texts = new Map<string, StreamEvent>();
  #lastId = 0;

  constructor(deps: PublicDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#readers.size;
  }

  tell(changes: readonly SiteChange[]): void {
    if (this.#readers.size === 0) return;
    for (const change of changes) {
      const event = this.#eventOf(change);
      for (const [reader, wanted] of this.#readers) {
        if (wanted.includes(change.kind)) reader.put(event);
      }
    }
  }

  /** Sends every site as it is, `ready`, and from then on what changes, until the connection ends. */
  async serve(reply: FastifyReply, blockedMsMax: number, wanted: readonly SiteKind[]): Promise<void> {
    const reader = new Reader(reply, () => this.#nextId(), blockedMsMax);
    const sites = everySite(this.#deps.view, this.#deps.now()).filter(({ kind }) => wanted.includes(kind));
    for (const site of sites) reader.put(this.#eventOf(site));
    reader.put({ about: 'ready', event: 'ready', data: JSON.stringify({ sites: sites.length }) });
    this.#readers.set(reader, wanted);
    await reader.run().finally(() => this.#readers.delete(reader));
  }

  end(): void {
    for (const reader of this.#readers.keys()) reader.end();
  }

  #eventOf({ kind, site }: SiteChange): StreamEvent {
    const about = `${kind}/${site.id}`;
    const data = JSON.stringify(site);
    const known = this.#texts.get(about);
    if (known?.data === data) return known;
    const event = { about, event: kind, data };
    this.#texts.set(about, event);
    return event;
  }

  /** Increasing over all streams and over restarts, as far as the clock does not go back. */
  #nextId(): string {
    this.#lastId = Math.max(this.#lastId + 1, this.#deps.now());
    return String(this.#lastId);
  }
}

const streamSchema = {
  tags: ['stream'],
  operationId: 'stream',
  summary: 'The city as it changes',
  description:
    'Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). First an event for every ' +
    'site as it is now, then `ready`, then one for every site that changes. The event is the kind of site ' +
    '(`charging`, `parking`, `environment`), its data the same JSON as of the list. A slow reader is sent the newest ' +
    'of each site and spared what it missed. After a reconnect everything comes anew: there is nothing to resume.',
  querystring: streamQuery,
  response: {
    200: {
      description: 'Events, until one side ends it.',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...problemResponses('too_many_streams'),
  },
};

/** GET /v1/stream. Streams end when the app is closed. */
export function registerStream(
  app: FastifyInstance,
  deps: PublicDeps,
  { heartbeatMs, blockedMsMax }: StreamLimits = limits,
): void {
  const hub = new Hub(deps);
  const stopListening = deps.view.onChange((changes) => hub.tell(changes));
  app.addHook('preClose', async () => {
    stopListening();
    hub.end();
  });
  new Gauge({
    name: 'stadtpegel_open_streams',
    help: 'Live streams open now',
    registers: [deps.registry],
    collect() {
      this.set(hub.size);
    },
  });
  app.register(fastifySSE, { heartbeatInterval: heartbeatMs, serializer: (json: string) => json });
  void app.after(() => {
    app.get<{ Querystring: StreamQuery }>(
      '/v1/stream',
      {
        schema: streamSchema,
        sse: 'only',
        exposeHeadRoute: false,
        // The plugin's own refusal of clients that do not take event streams is no problem document.
        preSerialization: async (request, reply, payload) => {
          if (reply.statusCode !== 406) return payload;
          const refusal = new HttpRefusal(406, 'This path sends text/event-stream only.');
          return problemOf(refusal, request, reply);
        },
      },
      async ({ query }, reply) => {
        if (hub.size >= deps.config.streamsMax) {
          throw new StadtpegelError('too_many_streams', `${deps.config.streamsMax} streams are open.`);
        }
        reply.header('cache-control', 'no-store');
        await hub.serve(reply, blockedMsMax, query.kind ?? kinds);
      },
    );
  });
}
