import compress from '@fastify/compress';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { StadtpegelError } from '#core';
import { registerAbout } from './about.ts';
import { registerCaching, tagCompressed } from './caching.ts';
import type { OperatorDeps, PublicDeps } from './deps.ts';
import { charging, environment, parking } from './families.ts';
import { answerUnknownPaths, createFoundation } from './foundation.ts';
import { publicReadiness, registerHealth } from './health.ts';
import { measureRequests, serveMetrics } from './metrics.ts';
import { aboutOperator, registerOpenApi, serveOpenApi } from './openapi.ts';
import { registerOperator } from './operator.ts';
import { registerReplay } from './operator-replay.ts';
import { registerAssets } from './page/assets.ts';
import { roundedView } from './rounding.ts';
import { registerSites } from './sites.ts';
import { registerStream } from './stream.ts';

/** What a script on another site may read of our answers, beside what any may. */
const exposedHeaders = [
  'Date',
  'ETag',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Retry-After',
];

function registerManners(app: FastifyInstance, { config }: PublicDeps): void {
  app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    // Open data: any page may use it.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    // TLS ends at the proxy in front, which knows whether to promise it.
    strictTransportSecurity: false,
  });
  app.register(cors, { origin: '*', methods: ['GET', 'HEAD'], exposedHeaders, maxAge: 86_400 });
  app.register(rateLimit, {
    max: config.apiRequestsPerMinute,
    timeWindow: 60_000,
    enableDraftSpec: true,
    errorResponseBuilder: (_request, { max }) =>
      new StadtpegelError('too_many_requests', `More than ${max} requests in a minute.`),
  });
  registerCaching(app);
  app.register(compress, { encodings: ['br', 'gzip'], globalDecompression: false });
  void app.after(() => tagCompressed(app));
}

/** The public API: /v1, /openapi.json, /health and / as an index, for browsers as a page. It does not listen; see `HttpListener`. */
export function buildPublicApp(given: PublicDeps): FastifyInstance {
  const deps = { ...given, view: roundedView(given.view) };
  const app = createFoundation(deps, deps.config.apiTrustedProxies);
  measureRequests(app, deps.registry);
  registerManners(app, deps);
  registerOpenApi(app);
  // Plugins reach the routes registered after they are loaded, and no others.
  void app.after(() => {
    registerAbout(app, deps);
    registerAssets(app);
    registerSites(app, deps, charging);
    registerSites(app, deps, parking);
    registerSites(app, deps, environment);
    registerStream(app, deps);
    registerHealth(app, { readiness: () => publicReadiness(deps.readiness()) });
    serveOpenApi(app);
    answerUnknownPaths(app);
  });
  return app;
}

/** What only those who run the city's platform see: /metrics, /health and, where this process ingests, /v1/operator. */
export function buildOperatorApp(deps: OperatorDeps): FastifyInstance {
  const app = createFoundation(deps);
  registerOpenApi(app, aboutOperator);
  void app.after(() => {
    serveMetrics(app, deps.registry);
    registerHealth(app, deps);
    const { operator, replay, timeZone = 'UTC' } = deps;
    if (operator) {
      app.register(async (scope) => {
        registerOperator(scope, operator);
        if (replay) registerReplay(scope, replay, timeZone);
      });
    }
    serveOpenApi(app);
    answerUnknownPaths(app);
  });
  return app;
}
