import type { z } from 'zod';
import { StadtpegelError } from './errors.ts';

/** A room's settings: one zod object whose keys are the names in code; each field described and with a default or not. */
export type ConfigSchema = z.ZodObject;

type Settings<S extends Record<string, ConfigSchema>> = { [Room in keyof S]: z.infer<S[Room]> };

/** One mistake of the configuration: which variable, what it holds, what to do. */
export interface ConfigMistake {
  readonly variable: string;
  readonly value: string | undefined;
  readonly problem: string;
}

/** Every mistake found, not just the first. The process that meets it ends with exit code 78 (EX_CONFIG). */
export class ConfigError extends StadtpegelError {
  readonly mistakes: readonly ConfigMistake[];

  constructor(mistakes: readonly ConfigMistake[]) {
    const lines = mistakes.map(
      ({ variable, value, problem }) =>
        `  ${variable}${value === undefined ? ' (not set)' : `=${withoutSecrets(value)}`}: ${problem}`,
    );
    super('config_invalid', `${mistakes.length} mistake(s) in the configuration:\n${lines.join('\n')}`);
    this.mistakes = mistakes;
  }
}

/** What a mistake may show of a value: credentials in an address are nobody's business but the broker's. */
function withoutSecrets(value: string): string {
  return value.replace(/\/\/[^/@]*@/, '//…@');
}

/** The environment variable of a setting: `mqttUrl` → `STADTPEGEL_MQTT_URL`. */
export function variableOf(key: string): string {
  return `STADTPEGEL_${key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function mistakesOf(
  error: z.ZodError,
  schema: ConfigSchema,
  values: Record<string, string>,
): ConfigMistake[] {
  return error.issues.map((issue) => {
    const key = String(issue.path[0] ?? '');
    const described = schema.shape[key] as z.ZodType | undefined;
    const what = described?.description ?? '';
    return { variable: variableOf(key), value: values[key], problem: `${issue.message}. ${what}`.trim() };
  });
}

function unknownVariables(known: ReadonlySet<string>, env: NodeJS.ProcessEnv): ConfigMistake[] {
  return Object.keys(env)
    .filter(
      (name) => name.startsWith('STADTPEGEL_') && !name.startsWith('STADTPEGEL_TEST_') && !known.has(name),
    )
    .map((name) => ({
      variable: name,
      value: env[name],
      problem: 'no such setting; docs/configuration.md lists them all',
    }));
}

/**
 * Reads every room's settings from the environment; an empty variable counts as not set.
 * @throws {ConfigError} naming all mistakes of all rooms, and every STADTPEGEL_ variable no room knows.
 */
export function readConfig<const S extends Record<string, ConfigSchema>>(
  schemas: S,
  env: NodeJS.ProcessEnv,
): Settings<S> {
  const mistakes: ConfigMistake[] = [];
  const known = new Set<string>();
  const settings: Record<string, unknown> = {};
  for (const [room, schema] of Object.entries(schemas)) {
    const values: Record<string, string> = {};
    for (const key of Object.keys(schema.shape)) {
      known.add(variableOf(key));
      const value = env[variableOf(key)];
      if (value !== undefined && value !== '') values[key] = value;
    }
    const parsed = schema.safeParse(values);
    if (parsed.success) settings[room] = parsed.data;
    else mistakes.push(...mistakesOf(parsed.error, schema, values));
  }
  mistakes.push(...unknownVariables(known, env));
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return settings as Settings<S>;
}
