/** Puts off what is to be done at the end. */
export type Later = (end: () => Promise<unknown>) => void;

/**
 * Does the work, then what it has put off, the last first; also where it failed or was ended (Ctrl-C), so that no program
 * stays behind.
 */
export async function tidily<T>(work: (later: Later) => Promise<T>): Promise<T> {
  const ends: (() => Promise<unknown>)[] = [];
  const endAll = async (): Promise<void> => {
    for (let end = ends.pop(); end; end = ends.pop()) await end();
  };
  const interrupted = (): void => {
    const exit = (): never => process.exit(130);
    endAll().then(exit, exit);
  };
  process.once('SIGINT', interrupted);
  try {
    return await work((end) => ends.push(end));
  } finally {
    await endAll();
    process.off('SIGINT', interrupted);
  }
}
