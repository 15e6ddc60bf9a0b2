import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type LetterFilter, type OperatorPort, StadtpegelError } from '#core';
import {
  type FilterQuery,
  filterQuery,
  type LetterParams,
  type ListQuery,
  letterInFullOf,
  letterInFullSchema,
  letterOf,
  letterPage,
  letterParams,
  listQuery,
  type RedriveQuery,
  redriveAllAnswer,
  redriveAnswer,
  redriveQuery,
  spoolAnswer,
} from './operator-schemas.ts';
import { jsonAnswer, noQuery } from './parameters.ts';
import { HttpRefusal, problemResponses } from './problems.ts';

const root = '/v1/operator';
const tags = ['letters'];

function filterOf({ code, state, topic, device, from, to }: FilterQuery): LetterFilter {
  return { code, state, topic, device, fromMs: from, toMs: to };
}

/** Whether a Host header names an address itself, or this machine: not a name somebody else may have pointed here. */
function namesAddress(host: string): boolean {
  const name = host.startsWith('[') ? host.slice(1, host.indexOf(']')) : (host.split(':')[0] ?? '');
  return name === 'localhost' || isIP(name) !== 0;
}

/**
 * No page of another site may use the browser of someone who can reach this listener: neither by asking it
 * (`Sec-Fetch-Site`, https://www.w3.org/TR/fetch-metadata/) nor under a name of its own that it points at us.
 */
async function refuseOtherSites({ headers }: FastifyRequest): Promise<void> {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw new HttpRefusal(403, 'Pages of other sites may not ask this.');
  if (!namesAddress(headers.host ?? ''))
    throw new HttpRefusal(403, 'Ask by address, e.g. http://127.0.0.1:9090, not by name.');
}

function noSuchLetter(id: number): StadtpegelError {
  return new StadtpegelError('not_found', `There is no letter ${id}, or none any more.`);
}

function registerReading(app: FastifyInstance, operator: OperatorPort): void {
  const list = {
    tags,
    operationId: 'letters',
    summary: 'Dead letters, the newest first',
    querystring: listQuery,
    response: { 200: jsonAnswer('A page of letters.', letterPage), ...problemResponses() },
  };
  app.get<{ Querystring: ListQuery }>(`${root}/letters`, { schema: list }, async ({ query }) => {
    const { letters, next = null } = await operator.letters(filterOf(query), query);
    return { letters: letters.map(letterOf), next };
  });
  const show = {
    tags,
    operationId: 'letter',
    summary: 'One letter, with its bytes',
    params: letterParams,
    querystring: noQuery,
    response: { 200: jsonAnswer('The letter.', letterInFullSchema), ...problemResponses('not_found') },
  };
  app.get<{ Params: LetterParams }>(`${root}/letters/:id`, { schema: show }, async ({ params: { id } }) => {
    const letter = operator.letter(id);
    if (!letter) throw noSuchLetter(id);
    return letterInFullOf(letter);
  });
}

function registerExport(app: FastifyInstance, operator: OperatorPort): void {
  const schema = {
    tags,
    operationId: 'lettersExport',
    summary: 'Letters as JSON Lines, the oldest first, with `payloadBase64`',
    querystring: filterQuery,
    response: {
      200: {
        description: 'A letter a line.',
        content: { 'application/jsonl': { schema: z.string() } },
      },
      ...problemResponses(),
    },
  };
  async function* lines(filter: LetterFilter): AsyncGenerator<string> {
    for await (const letter of operator.lettersInFull(filter)) {
      const payloadBase64 = Buffer.from(letter.payload).toString('base64');
      yield `${JSON.stringify({ ...letterOf(letter), payloadBase64 })}\n`;
    }
  }
  app.get<{ Querystring: FilterQuery }>(
    `${root}/letters/export`,
    { schema, exposeHeadRoute: false },
    async ({ query }, reply) => reply.type('application/jsonl').send(Readable.from(lines(filterOf(query)))),
  );
}

function registerRedriving(app: FastifyInstance, operator: OperatorPort): void {
  const one = {
    tags,
    operationId: 'redrive',
    summary: 'Send a letter’s message through again, as it was received; repeating it is harmless',
    params: letterParams,
    querystring: noQuery,
    response: {
      200: jsonAnswer(
        'Its message is durably in the spool; what becomes of it shows in the letter.',
        redriveAnswer,
      ),
      ...problemResponses('not_found', 'letter_withheld', 'letter_incomplete', 'spool_full'),
    },
  };
  app.post<{ Params: LetterParams }>(
    `${root}/letters/:id/redrive`,
    { schema: one },
    async ({ params: { id } }) => {
      const redrive = await operator.redrive(id);
      if (!redrive) throw noSuchLetter(id);
      return { outcome: redrive.outcome, letter: letterOf(redrive.letter) };
    },
  );
  const all = {
    tags,
    operationId: 'redriveAll',
    summary: 'The same for every waiting letter asked for, the oldest first, page by page',
    querystring: redriveQuery,
    response: {
      200: jsonAnswer('How many.', redriveAllAnswer),
      ...problemResponses('spool_full'),
    },
  };
  app.post<{ Querystring: RedriveQuery }>(`${root}/letters/redrive`, { schema: all }, async ({ query }) => {
    const { redriven, withheld, next = null } = await operator.redriveAll(filterOf(query), query);
    return { redriven, withheld, next };
  });
}

function registerSpool(app: FastifyInstance, operator: OperatorPort): void {
  const schema = {
    tags: ['spool'],
    operationId: 'spool',
    summary: 'What waits between receipt and store',
    querystring: noQuery,
    response: { 200: jsonAnswer('The spool now.', spoolAnswer), ...problemResponses() },
  };
  app.get(`${root}/spool`, { schema }, async () => operator.spool());
}

/** /v1/operator: what only those who run the platform may see and do, in the process that ingests. */
export function registerOperator(app: FastifyInstance, operator: OperatorPort): void {
  app.addHook('onRequest', refuseOtherSites);
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
  registerReading(app, operator);
  registerExport(app, operator);
  registerRedriving(app, operator);
  registerSpool(app, operator);
}
