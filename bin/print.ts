import { once } from 'node:events';

/** Writes to standard output no faster than it is read. Whoever reads may have had enough (`| head`): that is no error. */
export async function printAll(source: AsyncIterable<string | Uint8Array>): Promise<void> {
  const { stdout } = process;
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  // Stays: the reader may go away after the last line was written.
  stdout.once('error', failure.reject);
  try {
    for await (const chunk of source)
      if (!stdout.write(chunk)) await Promise.race([once(stdout, 'drain'), failure.promise]);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EPIPE')) throw cause;
  }
}

/** Prints a value as JSON for programs, or as text for people. */
export function printEither(json: true | undefined, value: unknown, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : text);
}
