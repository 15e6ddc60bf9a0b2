/** Puts off what is to be done at the end. */
export type Later = (end: () => Promise<unknown>) => void;

/** Does the work, then what it has put off, the last first; also where it failed, so that no program stays behind. */
export async function tidily<T>(work: (later: Later) => Promise<T>): Promise<T> {
  const ends: (() => Promise<unknown>)[] = [];
  try {
    return await work((end) => ends.push(end));
  } finally {
    for (const end of ends.reverse()) await end();
  }
}
