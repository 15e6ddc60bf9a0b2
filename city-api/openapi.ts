import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { jsonAnswer, noQuery } from './parameters.ts';

const publicInfo = {
  title: 'Stadtpegel',
  version: '1',
  description:
    'A city’s pulse: free parking bays, charge points and the environment, as sensors tell it. Times are ISO 8601 UTC. ' +
    'Every answer says how far it can be trusted (`freshness`, `validUntil`). Answers carry an `ETag`: ask again with ' +
    '`If-None-Match` and an unchanged city costs a 304. The `Date` header says when an answer was made. Errors are ' +
    'problem details (RFC 9457). Members may be added to answers without notice; ignore those you do not know.',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

const publicTags = [
  { name: 'charging', description: 'Charge points for electric vehicles' },
  { name: 'parking', description: 'Parking bays' },
  { name: 'environment', description: 'Air, climate, noise' },
  { name: 'stream', description: 'Changes as they happen' },
  { name: 'health', description: 'For those who run it' },
  { name: 'about', description: 'What there is' },
];

/** What a document is about, and the groups of its operations. */
interface About {
  readonly info: {
    title: string;
    version: string;
    description: string;
    license: { name: string; identifier: string };
  };
  readonly tags: { name: string; description: string }[];
}

const aboutPublic: About = { info: publicInfo, tags: publicTags };

/** The operator listener's own document. */
export const aboutOperator: About = {
  info: {
    ...publicInfo,
    title: 'Stadtpegel, for operators',
    description:
      'What only those who run the platform see and do: on a listener of its own, by address. Times are ISO 8601 UTC. ' +
      'Errors are problem details (RFC 9457). Members may be added to answers without notice.',
  },
  tags: [
    { name: 'letters', description: 'Messages nothing could be made of' },
    { name: 'spool', description: 'Messages on their way to the store' },
    { name: 'replay', description: 'The past decoded anew' },
    { name: 'health', description: 'How it is' },
    { name: 'about', description: 'What there is' },
  ],
};

// zod closes the objects of outputs; answers are to grow, so their description must not promise that they do not. Its
// pattern for times (200 characters about leap years) says nothing that the format does not.
const zodToJsonConfig = {
  override: ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }) => {
    if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  },
};

const describeComponents = createJsonSchemaTransformObject({ zodToJsonConfig });

/** The names of those components the paths refer to, directly or through one another. */
function referenced(paths: unknown, all: Readonly<Record<string, unknown>>): Set<string> {
  const found = new Set<string>();
  const follow = (value: unknown): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (found.has(name)) continue;
      found.add(name);
      follow(all[name]);
    }
  };
  follow(paths);
  return found;
}

/** Collects the routes registered after it into an OpenAPI 3.1 document. */
export function registerOpenApi(app: FastifyInstance, { info, tags } = aboutPublic): void {
  app.register(swagger, {
    openapi: { openapi: '3.1.1', info, tags },
    transform: createJsonSchemaTransform({ zodToJsonConfig }),
    transformObject: (document) => {
      const whole = describeComponents(document);
      // zod's registry is the process's: it also holds what other rooms named, and a form of each for requests.
      const schemas: Record<string, unknown> =
        'components' in whole && whole.components?.schemas ? whole.components.schemas : {};
      const used = referenced(whole.paths, schemas);
      for (const name of Object.keys(schemas)) if (!used.has(name)) delete schemas[name];
      return whole;
    },
  });
}

/** GET /openapi.json: the document. */
export function serveOpenApi(app: FastifyInstance): void {
  const schema = {
    tags: ['about'],
    operationId: 'openapi',
    summary: 'This description',
    querystring: noQuery,
    response: { 200: jsonAnswer('OpenAPI 3.1', z.record(z.string(), z.unknown())) },
  };
  app.get('/openapi.json', { schema }, async () => app.swagger());
}
