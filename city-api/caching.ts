import etag from '@fastify/etag';
import type { FastifyInstance } from 'fastify';

/** As long as a reading usually takes to arrive: a city app polling every 15 s misses nothing. */
const maxAgeS = 15;

const codings = /-(?:br|gzip)"$/;

/** The tag `If-None-Match` names this one by, if it does, by the weak comparison it asks for (RFC 9110 §13.1.2). */
function nameOf(tag: string, ifNoneMatch: string): string | undefined {
  const given = ifNoneMatch.split(',').map((part) => part.trim().replace(/^W\//, ''));
  return given.includes('*') ? tag : given.find((one) => one.replace(codings, '"') === tag);
}

/**
 * Strong entity tags and 304. Answers hold no time of their own making (the `Date` header has it), so an unchanged city
 * is an unchanged body, byte for byte, and the tag may be a strong one. The compressed forms of a body are other bytes
 * and carry the coding in their tag (RFC 9110 §8.8.3.3); any of the tags is accepted back.
 *
 * Must be registered before compression, so that the hash is over the plain body.
 */
export function registerCaching(app: FastifyInstance): void {
  app.register(etag, { replyWith304: false });
  void app.after(() => {
    app.addHook('onSend', async (request, reply, payload) => {
      if (reply.statusCode !== 200 || reply.getHeader('cache-control') === 'no-store') {
        reply.removeHeader('etag').header('cache-control', 'no-store');
        return payload;
      }
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', `public, max-age=${maxAgeS}`);
      const asked = request.headers['if-none-match'];
      const tag = reply.getHeader('etag');
      if (asked === undefined || typeof tag !== 'string') return payload;
      const known = nameOf(tag, asked);
      if (known === undefined) return payload;
      // The tag of the form the client holds, so that its cache knows which answer is still good (RFC 9111 §4.3.4).
      reply.code(304).header('etag', known).removeHeader('content-type').removeHeader('content-length');
      return '';
    });
  });
}

/** Puts the coding into the tag. Must be registered after compression, which decides on the coding last of all. */
export function tagCompressed(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const hooks = [route.onSend ?? []].flat();
    route.onSend = [
      ...hooks,
      async (_request, reply, payload) => {
        const coding = reply.getHeader('content-encoding');
        const tag = reply.getHeader('etag');
        if (typeof coding === 'string' && typeof tag === 'string') {
          reply.header('etag', `${tag.slice(0, -1)}-${coding}"`);
        }
        return payload;
      },
    ];
  });
}
