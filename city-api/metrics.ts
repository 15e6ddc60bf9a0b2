import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { Histogram, type Registry } from '#core';

/** Measures every answer of the app; streams are left out, their length says nothing about us. */
export function measureRequests(app: FastifyInstance, registry: Registry): void {
  const duration = new Histogram({
    name: 'stadtpegel_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['route', 'method', 'status'] as const,
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers: [registry],
  });
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    if (routeOptions.url === '/v1/stream') return;
    const status = `${Math.floor(reply.statusCode / 100)}xx`;
    duration.observe({ route: routeOptions.url ?? 'unknown', method, status }, reply.elapsedTime / 1000);
  });
}

/** GET /metrics in the Prometheus text format. */
export function serveMetrics(app: FastifyInstance, registry: Registry): void {
  const schema = {
    tags: ['health'],
    operationId: 'metrics',
    summary: 'Figures for Prometheus',
    response: { 200: { description: 'Its text format.', content: { 'text/plain': { schema: z.string() } } } },
  };
  app.get('/metrics', { schema }, async (_request, reply) => {
    reply.type(registry.contentType).header('cache-control', 'no-store');
    return registry.metrics();
  });
}
