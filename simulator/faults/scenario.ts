import { type FaultKind, faults } from './faults.ts';

/** Faults put together, each once, in the order in which messages meet them. */
export type Scenario = readonly { readonly fault: FaultKind; readonly argument: number }[];

/** How many names are offered for one that does not exist. */
const offeredMax = 3;

/** How many letters have to be changed, put in or left out (Levenshtein 1966). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries())
      next.push(
        Math.min((row[j] ?? 0) + (letter === other ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The names most like a text that is none; those that begin like it first. */
function nearest(text: string): string[] {
  return faults
    .map(({ name }) => ({ name, far: name.startsWith(text) ? 0 : distance(text, name) / name.length }))
    .sort((a, b) => a.far - b.far)
    .slice(0, offeredMax)
    .map(({ name }) => name);
}

function faultOf(text: string): Scenario[number] {
  const [name = '', told, ...more] = text.split(':');
  const fault = faults.find((one) => one.name === name);
  if (fault === undefined)
    throw new RangeError(
      `No fault is called "${name}". The nearest are ${nearest(name).join(', ')}; "list" names all.`,
    );
  const { usual, unit, min, max } = fault.argument;
  if (told === undefined) return { fault, argument: usual };
  const argument = told.trim() === '' || more.length > 0 ? Number.NaN : Number(told);
  const isCount = unit === 'devices' || unit === 'times a day';
  if (!(argument >= min && argument <= max) || (isCount && !Number.isInteger(argument)))
    throw new RangeError(
      `${name}:${told} makes no sense: ${name} takes ${unit} from ${min} to ${max}, as ${name}:${usual}.`,
    );
  return { fault, argument };
}

/**
 * The scenario a text names: `name[:number]`, several with commas between them, in any order.
 * @throws {RangeError} with a text for whoever wrote it, where a fault is unknown or named twice, or its number cannot be
 */
export function scenarioOf(text: string): Scenario {
  const named = text.split(',').map((one) => faultOf(one.trim()));
  const twice = named.find(({ fault }, index) => named.findIndex((one) => one.fault === fault) < index);
  if (twice !== undefined) throw new RangeError(`${twice.fault.name} is named twice.`);
  return named.sort((a, b) => faults.indexOf(a.fault) - faults.indexOf(b.fault));
}
