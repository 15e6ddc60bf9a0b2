import { z } from 'zod';
import { type ConfigSchema, variableOf } from '#core';
import { code, notice, table } from './markdown.ts';

/** One environment variable. `standard` is what holds when it is not set; undefined where nothing does. */
interface Setting {
  readonly variable: string;
  readonly description: string;
  readonly required: boolean;
  readonly standard: string | undefined;
}

/** A default as one would write it into the variable. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === '') return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** @throws {Error} for a setting nobody described. */
function settingOf(key: string, field: z.ZodType): Setting {
  // The schema of what goes in knows a default before it is transformed; where it was transformed first, parsing tells.
  const input = z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' });
  const variable = variableOf(key);
  if (input.description === undefined) throw new Error(`${variable} has no description`);
  const unset = field.safeParse(undefined);
  const standard = textOf(input.default ?? unset.data);
  return { variable, description: input.description, required: !unset.success, standard };
}

function settingsOf(schema: ConfigSchema): Setting[] {
  return Object.entries(schema.shape).map(([key, field]) => settingOf(key, field as z.ZodType));
}

function section(room: string, schema: ConfigSchema): string {
  const rows = settingsOf(schema).map(({ variable, description, required, standard }) => [
    code(variable),
    required ? '**required**' : standard === undefined ? 'not set' : code(standard),
    description,
  ]);
  return `## ${room}\n\n${table(['Variable', 'Default', 'What it is for'], rows)}`;
}

/**
 * `docs/configuration.md`: every variable with its default, in one table per room.
 * @param schemas by the name of the room
 */
export function configurationPage(schemas: Readonly<Record<string, ConfigSchema>>): string {
  const sections = Object.entries(schemas).map(([room, schema]) => section(room, schema));
  return `# Configuration

${notice('the rooms’ `config.ts`')}

Every setting is an environment variable; an empty one counts as not set. At start all mistakes are listed at once, and the process ends
with exit code 78. A ready-made file to fill in: [\`deploy/stadtpegel.env.sample\`](../deploy/stadtpegel.env.sample).

${sections.join('\n')}`;
}

function assignment({ variable, description, required, standard = '' }: Setting): string {
  const comment = description.replaceAll(/\s*\n\s*/g, ' ');
  return `# ${comment}\n${required ? '' : '#'}${variable}=${standard}\n`;
}

/**
 * `deploy/stadtpegel.env.sample`: the same variables as an environment file for systemd or compose; what must be set
 * stands open, the rest is commented out with its default.
 */
export function environmentSample(schemas: Readonly<Record<string, ConfigSchema>>): string {
  const sections = Object.entries(schemas).map(
    ([room, schema]) => `## ${room}\n\n${settingsOf(schema).map(assignment).join('\n')}`,
  );
  return `# Settings of Stadtpegel. Copy it, fill in what stands open, uncomment what you change.
# ${notice('the rooms’ config.ts').replaceAll('`', '')}

${sections.join('\n')}`;
}
