/** What the calls for all kinds of objects have in common. */
import { type Calls, isNotFound } from './calls.ts';
import { ChirpStackError, type Listed } from './objects.ts';

const pageMax = 500;

/** All pages of a list. */
export async function allPages<T extends { getTotalCount(): number }>(
  ask: (limit: number, offset: number) => Promise<T>,
  listedOf: (answer: T) => Listed[],
): Promise<Listed[]> {
  const all: Listed[] = [];
  for (;;) {
    const answer = await ask(pageMax, all.length);
    const page = listedOf(answer);
    all.push(...page);
    if (page.length === 0 || all.length >= answer.getTotalCount()) return all;
  }
}

/** What most lists tell of an object. */
export const named = (item: { getId(): string; getName(): string }): Listed => ({
  id: item.getId(),
  name: item.getName(),
});

/**
 * Makes an object ChirpStack gives an id. Where the answer to an attempt got lost it may be there already, so it is looked
 * for before it is tried again.
 */
export async function createNamed(
  calls: Calls,
  name: string,
  list: () => Promise<readonly Listed[]>,
  create: () => Promise<{ getId(): string }>,
): Promise<string> {
  return calls.repeated(async (attempt) => {
    const there = attempt === 1 ? undefined : (await list()).find((listed) => listed.name === name);
    return there?.id ?? (await create()).getId();
  });
}

/** Makes an object whose id is ours: that it is there at a later attempt means that an earlier one did it. */
export async function createWithEui(calls: Calls, create: () => Promise<unknown>): Promise<void> {
  await calls.repeated(async (attempt) => {
    await create().catch((cause: unknown) => {
      const isOurs = attempt > 1 && cause instanceof ChirpStackError && cause.failure === 'already_exists';
      if (!isOurs) throw cause;
    });
  });
}

/** Waits for a deletion; what is gone already is gone. */
export async function remove(deletion: Promise<unknown>): Promise<void> {
  await deletion.catch((cause: unknown) => {
    if (!isNotFound(cause)) throw cause;
  });
}

/** What an update found of the object before it sets the fields: others must not be lost. */
export function present<T>(object: T | undefined): T {
  if (object === undefined)
    throw new ChirpStackError('refused', 'it was deleted in the meantime: run it again');
  return object;
}
