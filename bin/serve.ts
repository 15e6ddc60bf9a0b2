import closeWithGrace from 'close-with-grace';
import { type Component, type Logger, startAll, stopAll } from '#core';

const stopMsMax = 15_000;

/** Starts the components and lets them run until a signal, or an error nobody caught, ends the process. */
export async function serve(components: readonly Component[], log: Logger): Promise<void> {
  // Before the start, so that a signal in the middle of it stops what has begun.
  closeWithGrace({ delay: stopMsMax, logger: false }, async ({ err }) => {
    if (err) log.fatal({ err }, 'an unexpected error ends the process');
    await stopAll(components);
  });
  await startAll(components);
}

/** Prints something once all before it in the list run; where it stands among the components decides when that is. */
export function announcement(text: () => string): Component {
  return {
    name: 'announcement',
    start: async () => {
      process.stdout.write(text());
    },
    stop: async () => undefined,
    health: () => ({ status: 'ok' }),
  };
}
