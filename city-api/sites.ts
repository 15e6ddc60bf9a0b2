import type { FastifyInstance, FastifySchema } from 'fastify';
import { z } from 'zod';
import type { SiteFacts } from '#city-state';
import { StadtpegelError } from '#core';
import type { PublicDeps } from './deps.ts';
import type { Family } from './families.ts';
import { type HistoryQuery, historyOf, historyQuery } from './history.ts';
import { type Near, nearParameters, sitesNear } from './near.ts';
import { jsonAnswer, noQuery, type SiteParams, siteParams } from './parameters.ts';
import { problemResponses } from './problems.ts';
import { history } from './schemas.ts';

type ListQuery = Near & Readonly<Record<string, unknown>>;

function listQuery<Site extends SiteFacts>({ filters }: Family<Site>): z.ZodType {
  const narrowing = Object.entries(filters).map(([name, { schema }]) => [name, schema.optional()]);
  return z
    .strictObject({ ...nearParameters, ...Object.fromEntries(narrowing) })
    .refine(({ near, radius }) => radius === undefined || near !== undefined, {
      path: ['radius'],
      error: 'A radius needs a place: give `near` too.',
    });
}

function keeps<Site extends SiteFacts>({ filters }: Family<Site>, site: Site, query: ListQuery): boolean {
  return Object.entries(filters).every(([name, filter]) => {
    const value = query[name];
    return typeof value !== 'string' || filter.keeps(site, value);
  });
}

function schemaOf<Site extends SiteFacts>(family: Family<Site>, rest: FastifySchema): FastifySchema {
  return { tags: [family.kind], ...rest };
}

function registerList<Site extends SiteFacts>(
  app: FastifyInstance,
  deps: PublicDeps,
  family: Family<Site>,
): void {
  const { path, noun, collection, kind } = family;
  const schema = schemaOf(family, {
    operationId: `${kind}List`,
    summary: `Every ${noun} as it is now`,
    querystring: listQuery(family),
    response: {
      200: jsonAnswer(
        `Every ${noun} that was asked for.`,
        z.object({ [collection]: z.array(family.schema) }),
      ),
      ...problemResponses(),
    },
  });
  app.get<{ Querystring: ListQuery }>(path, { schema }, async ({ query }) => {
    const wanted = family.read(deps.view, deps.now()).filter((site) => keeps(family, site, query));
    return { [collection]: sitesNear(wanted, query) };
  });
}

function registerOne<Site extends SiteFacts>(
  app: FastifyInstance,
  deps: PublicDeps,
  family: Family<Site>,
): void {
  const { path, noun, kind } = family;
  const schema = schemaOf(family, {
    operationId: `${kind}Get`,
    summary: `One ${noun} as it is now`,
    params: siteParams,
    querystring: noQuery,
    response: { 200: jsonAnswer(`The ${noun}.`, family.schema), ...problemResponses('not_found') },
  });
  app.get<{ Params: SiteParams }>(`${path}/:id`, { schema }, async ({ params: { id } }) => {
    const site = family.read(deps.view, deps.now()).find((one) => one.id === id);
    if (site === undefined) throw new StadtpegelError('not_found', `There is no ${noun} "${id}".`);
    return site;
  });
}

function registerHistory<Site extends SiteFacts>(
  app: FastifyInstance,
  deps: PublicDeps,
  family: Family<Site>,
): void {
  const { path, noun, kind } = family;
  const schema = schemaOf(family, {
    operationId: `${kind}History`,
    summary: `The past of one ${noun}`,
    params: siteParams,
    querystring: historyQuery,
    response: {
      200: jsonAnswer(`What was measured at the ${noun}.`, history),
      ...problemResponses('not_found', 'history_withheld', 'store_unavailable'),
    },
  });
  app.get<{ Params: SiteParams; Querystring: HistoryQuery }>(
    `${path}/:id/history`,
    { schema },
    async ({ params: { id }, query }) => {
      const scope = deps.view.historyScope(kind, id);
      if (scope === undefined) throw new StadtpegelError('not_found', `There is no ${noun} "${id}".`);
      if ('withheld' in scope) throw new StadtpegelError('history_withheld', scope.withheld);
      return historyOf(deps.store, { siteId: id, scope, query, nowMs: deps.now() });
    },
  );
}

/** The three paths every kind of site has: all, one, and one's past. */
export function registerSites<Site extends SiteFacts>(
  app: FastifyInstance,
  deps: PublicDeps,
  family: Family<Site>,
): void {
  registerList(app, deps, family);
  registerOne(app, deps, family);
  registerHistory(app, deps, family);
}
