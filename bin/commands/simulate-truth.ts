import { InvalidArgumentError, Option } from 'commander';
import { loadInventory } from '#city-state';
import { createTown, placesOf } from '#simulator';

/** `--truth`: asks the town instead of letting it speak. */
export function truthOption(): Option {
  return new Option(
    '--truth <time>',
    'prints what is true in the town then, as JSON, and ends: "now", or a time as 2026-05-08T09:30:00Z',
  )
    .argParser(timeOf)
    .conflicts(['rate', 'scenario', 'secrets']);
}

/** Milliseconds UTC. @throws {InvalidArgumentError} */
function timeOf(text: string): number {
  const atMs = text === 'now' ? Date.now() : Date.parse(text);
  if (Number.isFinite(atMs)) return atMs;
  throw new InvalidArgumentError('It takes "now", or a time as 2026-05-08T09:30:00Z.');
}

/** What every device of the city would say at a moment (ms UTC), whether bays are occupied, what charge points do. */
export async function tellTruth(city: string, seed: number, atMs: number): Promise<string> {
  const town = createTown({ places: placesOf(await loadInventory(city)), seed });
  return `${JSON.stringify({ at: new Date(atMs).toISOString(), ...town.truth(atMs) }, null, 2)}\n`;
}
