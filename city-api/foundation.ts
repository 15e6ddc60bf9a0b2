import { randomUUID } from 'node:crypto';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  LogController,
  type RouteOptions,
} from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import { StadtpegelError } from '#core';
import type { CommonDeps } from './deps.ts';
import { answerProblem, HttpRefusal } from './problems.ts';

/** How long a request may take to arrive; ours have no bodies. */
const requestMsMax = 10_000;

/** One line per request for whoever debugs: no address, no query string. */
function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    const ms = Math.round(reply.elapsedTime);
    request.log.debug({ method, route: routeOptions.url ?? 'unknown', status: reply.statusCode, ms });
  });
}

/** Answers 405 with `Allow` (RFC 9110 §15.5.6) where a path exists but is only for reading. */
function refuseWriting(app: FastifyInstance, route: RouteOptions): void {
  if (route.method !== 'GET') return;
  const hasHead = route.exposeHeadRoute !== false;
  const allowed = hasHead ? 'GET, HEAD' : 'GET';
  const refuse = async (): Promise<never> => {
    throw new HttpRefusal(405, `This path can only be read, by ${allowed}.`);
  };
  app.route({
    method: ['POST', 'PUT', 'PATCH', 'DELETE', ...(hasHead ? [] : ['HEAD'])],
    url: route.url,
    schema: { hide: true },
    onRequest: async (_request, reply) => {
      reply.header('allow', allowed);
      await refuse();
    },
    handler: refuse,
  });
}

/**
 * A Fastify app with the manners both listeners share: zod validates, every error is a problem (RFC 9457), requests
 * have ids of our own (a caller's are not trusted), and addresses are the socket's, or what trusted proxies say.
 * @param trustedProxies IP addresses and networks whose `X-Forwarded-For` is believed
 */
export function createFoundation(deps: CommonDeps, trustedProxies: readonly string[] = []): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = deps.log;
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    requestTimeout: requestMsMax,
    frameworkErrors: answerProblem,
  });
  app.setValidatorCompiler(validatorCompiler);
  // Tests hold answers against their schemas. Doing it again for each answer costs as much as writing it (2.2 ms beside
  // 2.0 ms for 5000 bays), and would let one odd value fail a whole list.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.setErrorHandler(answerProblem);
  app.addHook('onRoute', function (route) {
    refuseWriting(this, route);
  });
  logRequests(app);
  return app;
}

/** Answers 404 for what no route takes; where requests are limited, guessing paths is too. */
export function answerUnknownPaths(app: FastifyInstance): void {
  const preHandler = app.hasDecorator('rateLimit') ? [app.rateLimit()] : [];
  app.setNotFoundHandler({ preHandler }, () => {
    throw new StadtpegelError('not_found', 'There is no such path; / lists what there is.');
  });
}
