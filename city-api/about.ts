import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { PublicDeps } from './deps.ts';
import { charging, environment, parking } from './families.ts';
import { prefersHtml } from './page/accept.ts';
import { cityPage, pagePolicy } from './page/page.ts';
import { jsonAnswer, noQuery } from './parameters.ts';
import { problemResponses } from './problems.ts';

const links = [
  ...[charging, parking, environment].map(({ path, noun }) => ({ href: path, title: `Every ${noun}` })),
  { href: '/v1/stream', title: 'Changes as they happen (server-sent events)' },
  { href: '/openapi.json', title: 'The description of it all (OpenAPI 3.1)' },
  { href: '/health/ready', title: 'Whether all is well' },
];

const aboutSchema = z.object({
  city: z.object({
    name: z.string(),
    timeZone: z.string().meta({ description: 'IANA name.', examples: ['Europe/Berlin'] }),
  }),
  links: z.array(z.object({ href: z.string(), title: z.string() })),
});

const { description, content } = jsonAnswer(
  'The city, and where to go on; for those who would rather have HTML (browsers), the city as it is now.',
  aboutSchema,
);

/** GET /: which city this is, and where to go on; for browsers the city page. */
export function registerAbout(app: FastifyInstance, deps: PublicDeps): void {
  const { name, timeZone } = deps.city;
  const schema = {
    tags: ['about'],
    operationId: 'about',
    summary: 'Which city this is, and what there is to ask',
    querystring: noQuery,
    response: {
      200: { description, content: { ...content, 'text/html': { schema: z.string() } } },
      ...problemResponses(),
    },
  };
  const helmet = { contentSecurityPolicy: pagePolicy };
  app.get('/', { schema, helmet }, async ({ headers }, reply) => {
    reply.header('vary', 'accept');
    if (!prefersHtml(headers.accept)) return { city: { name, timeZone }, links };
    return reply.type('text/html; charset=utf-8').send(cityPage(deps));
  });
}
