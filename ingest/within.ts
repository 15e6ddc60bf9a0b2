/**
 * The answers, in the order asked, that are there after at most so long; undefined where one is not there yet. At once
 * where nothing has to be waited for. Rejects with the first that rejects meanwhile.
 */
export async function answersWithin<T>(
  asked: readonly (T | Promise<T>)[],
  withinMs: number,
): Promise<(T | undefined)[]> {
  const answers: (T | undefined)[] = asked.map((one) => (one instanceof Promise ? undefined : one));
  const waiting = asked.flatMap((one, index) =>
    one instanceof Promise
      ? [
          one.then((answer) => {
            answers[index] = answer;
          }),
        ]
      : [],
  );
  if (waiting.length === 0) return answers;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, withinMs);
  });
  await Promise.race([Promise.all(waiting), late]);
  clearTimeout(timer);
  return [...answers];
}
