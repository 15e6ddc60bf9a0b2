import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { PublicDeps } from './deps.ts';
import { charging, environment, parking } from './families.ts';
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

/** GET /: which city this is, and where to go on. */
export function registerAbout(app: FastifyInstance, { city: { name, timeZone } }: PublicDeps): void {
  const schema = {
    tags: ['about'],
    operationId: 'about',
    summary: 'Which city this is, and what there is to ask',
    querystring: noQuery,
    response: {
      200: jsonAnswer('The city, and where to go on.', aboutSchema),
      ...problemResponses(),
    },
  };
  app.get('/', { schema }, async () => ({ city: { name, timeZone }, links }));
}
