import { InvalidArgumentError, Option } from 'commander';
import { messageOf } from '#core';

/** Nobody answers at that address. */
export class NobodyThere extends Error {
  constructor(url: string, cause: unknown) {
    const why = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause);
    super(
      `nothing answers at ${url} (${why}). Start Stadtpegel (npm start), or name the operator listener of the ` +
        'process that ingests: --operator http://HOST:PORT',
      { cause },
    );
  }
}

/**
 * Asks a running process over its operator listener.
 * @param url of the listener
 * @param pathAndQuery below `/v1/operator`
 * @throws {NobodyThere} or what the process refused, with its remedy
 */
export async function askOperator(
  url: string,
  pathAndQuery: string,
  method: 'GET' | 'POST' = 'GET',
): Promise<Response> {
  const response = await fetch(new URL(`/v1/operator${pathAndQuery}`, url), { method }).catch(
    (cause: unknown) => {
      throw new NobodyThere(url, cause);
    },
  );
  if (response.ok) return response;
  throw new Error(await refusalOf(response, url));
}

async function refusalOf(response: Response, url: string): Promise<string> {
  const problem: unknown = await response.json().catch(() => undefined);
  if (typeof problem !== 'object' || problem === null || !('detail' in problem)) {
    return `${url} answers with ${response.status}: it is no operator listener of Stadtpegel`;
  }
  if (response.status === 404 && 'detail' in problem && /no such path/.test(String(problem.detail))) {
    return `${url} does not ingest: ask the process that runs as \`stadtpegel run\` or \`stadtpegel bridge\``;
  }
  return `${problem.detail}${'remedy' in problem ? ` ${problem.remedy}` : ''}`;
}

/** A query string of what is given; empty where nothing is. */
export function queryOf(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters))
    if (value !== undefined) query.set(key, String(value));
  return query.size === 0 ? '' : `?${query}`;
}

/** `--operator`, with the address the settings name as its default. */
export function operatorOption(env: NodeJS.ProcessEnv): Option {
  const { STADTPEGEL_OPERATOR_HOST: host, STADTPEGEL_OPERATOR_PORT: port } = env;
  return new Option('--operator <url>', 'operator listener of the process that ingests')
    .default(`http://${host || '127.0.0.1'}:${port || '9090'}`)
    .argParser((text) => {
      if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
      throw new InvalidArgumentError('It takes an address, as http://127.0.0.1:9090.');
    });
}
