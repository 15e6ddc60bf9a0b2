import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { CommonDeps, Readiness } from './deps.ts';
import { jsonAnswer, noQuery } from './parameters.ts';

const readinessSchema = z
  .object({
    ready: z.boolean(),
    components: z.record(
      z.string(),
      z.object({
        status: z.enum(['ok', 'degraded', 'down']),
        detail: z.string().optional().describe('For operators, on their listener only.'),
        sinceMs: z.number().optional().describe('Since when, milliseconds since 1970 UTC; there too.'),
      }),
    ),
  })
  .meta({ id: 'Readiness', title: 'How each part of the process is' });

/** What everyone may know: reasons name addresses and folders, which are nobody else's business. */
export function publicReadiness({ ready, components }: Readiness): Readiness {
  const statuses = Object.entries(components).map(([name, { status }]) => [name, { status }]);
  return { ready, components: Object.fromEntries(statuses) };
}

/** /health/live and /health/ready. Not limited in rate: those who probe must not be turned away. */
export function registerHealth(app: FastifyInstance, { readiness }: Pick<CommonDeps, 'readiness'>): void {
  const config = { rateLimit: false } as const;
  const live = {
    tags: ['health'],
    operationId: 'healthLive',
    summary: 'Whether the process runs',
    querystring: noQuery,
    response: { 200: jsonAnswer('It does.', z.object({ status: z.literal('ok') })) },
  };
  app.get('/health/live', { schema: live, config }, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return { status: 'ok' };
  });
  const ready = {
    tags: ['health'],
    operationId: 'healthReady',
    summary: 'Whether the process is to be sent requests',
    querystring: noQuery,
    response: {
      200: jsonAnswer('It is.', readinessSchema),
      503: jsonAnswer('It is not; see which part.', readinessSchema),
    },
  };
  app.get('/health/ready', { schema: ready, config }, async (_request, reply) => {
    const state = readiness();
    reply.code(state.ready ? 200 : 503).header('cache-control', 'no-store');
    return state;
  });
}
