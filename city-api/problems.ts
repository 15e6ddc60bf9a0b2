import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type ErrorCode, errorTable, StadtpegelError } from '#core';

/** RFC 9457 §3. */
export const problemMediaType = 'application/problem+json';

/** How long to wait before asking again, where the answer is "not now": long enough for a restart, short enough for people. */
const retryAfterS = 10;

export const problemSchema = z
  .object({
    type: z.string().describe('`urn:stadtpegel:error:` and the code.'),
    title: z.string().describe('What kind of error it is; the same text for the same code.'),
    status: z.int(),
    detail: z.string().describe('What happened here.'),
    instance: z.string().describe('Names this one request; our log carries it too.'),
    code: z.string().describe('Stable; `docs/errors.md` lists them all.'),
    remedy: z.string().describe('What you can do about it.'),
    errors: z
      .array(
        z.object({
          parameter: z.string().describe('The query or path parameter at fault.'),
          detail: z.string(),
        }),
      )
      .optional()
      .describe('Every mistake of the request, not just the first.'),
  })
  .meta({
    id: 'Problem',
    title: 'Problem details (RFC 9457)',
    examples: [
      {
        type: 'urn:stadtpegel:error:not_found',
        title: 'There is nothing here',
        status: 404,
        detail: 'There is no parking site "p-99".',
        instance: 'urn:uuid:0b9c7a52-6f3e-4d0f-9d7b-2f7c1f7b1a11',
        code: 'not_found',
        remedy: 'Check the id against the list endpoint; ids are stable and case-sensitive.',
      },
    ],
  });
export type Problem = z.infer<typeof problemSchema>;

/** A request with mistakes in named parameters. */
export class RequestMistake extends StadtpegelError {
  readonly parameter: string;

  constructor(parameter: string, detail: string) {
    super('request_invalid', `${parameter}: ${detail}`);
    this.parameter = parameter;
  }
}

/** An HTTP-level refusal that needs no code of its own: the status says it all. */
export class HttpRefusal extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

type Thrown = FastifyError | StadtpegelError | HttpRefusal;
type Mistakes = NonNullable<Problem['errors']>;

function mistakesOf(error: FastifyError): Mistakes {
  return (error.validation ?? []).flatMap(({ instancePath, message = 'is not valid', params }) => {
    const unknown = params.keys;
    if (Array.isArray(unknown)) {
      return unknown.map((key) => ({ parameter: String(key), detail: 'There is no such parameter.' }));
    }
    return [{ parameter: instancePath.slice(1), detail: message }];
  });
}

/** What an error looks like to a caller: only errors made for callers show their text. */
interface Answer {
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: string;
  readonly errors?: Mistakes;
}

function answerTo(error: Thrown): Answer {
  if (error instanceof StadtpegelError && error.kind.status !== 500) {
    const { code, kind, message } = error;
    const answer = { code, status: kind.status, detail: message };
    if (!(error instanceof RequestMistake)) return answer;
    return { ...answer, errors: [{ parameter: error.parameter, detail: message }] };
  }
  if ('validation' in error && error.validation !== undefined) {
    const errors = mistakesOf(error);
    const named = errors.map(({ parameter }) => parameter).join(', ');
    return { code: 'request_invalid', status: 400, detail: `The request has mistakes in: ${named}.`, errors };
  }
  // HTTP's own refusals (405, 406, 413, 415, …) have no code of their own: the status already says it all.
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status >= 400 && status < 500) return { code: 'request_invalid', status, detail: error.message };
  return {
    code: 'internal',
    status: 500,
    detail: 'The error is in our log under the `instance` given here.',
  };
}

/** Makes any error thrown for a request an answer of {@link problemMediaType}, and sets status and headers for it. */
export function problemOf(error: Thrown, request: FastifyRequest, reply: FastifyReply): Problem {
  const { code, status, detail, errors } = answerTo(error);
  if (code === 'internal') request.log.error({ err: error }, 'a request failed');
  if (status === 503) reply.header('retry-after', retryAfterS);
  reply.code(status).type(problemMediaType);
  const { title, remedy } = errorTable[code];
  const instance = `urn:uuid:${request.id}`;
  const problem = { type: `urn:stadtpegel:error:${code}`, title, status, detail, instance, code, remedy };
  return errors === undefined ? problem : { ...problem, errors };
}

/** Answers with {@link problemOf} an error. */
export function answerProblem(error: Thrown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.send(problemOf(error, request, reply));
}

/** The response schemas of a route for these errors, by status, and for what can happen to any request. */
export function problemResponses(...codes: readonly ErrorCode[]): Record<string, unknown> {
  const content = { [problemMediaType]: { schema: problemSchema } };
  const all: readonly ErrorCode[] = [...codes, 'request_invalid', 'too_many_requests'];
  return {
    ...Object.fromEntries(
      all.map((code) => [errorTable[code].status, { description: errorTable[code].title, content }]),
    ),
    default: { description: 'Any other error', content },
  };
}
