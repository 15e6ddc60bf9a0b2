import closeWithGrace from 'close-with-grace';
import { type Component, type Logger, startAll, stopAll } from '#core';

const stopMsMax = 15_000;

/** Starts the components and lets them run until a signal, or an error nobody caught, ends the process. */
export async function serve(components: readonly Component[], log: Logger): Promise<void> {
  await startAll(components);
  closeWithGrace({ delay: stopMsMax, logger: false }, async ({ err }) => {
    if (err) log.fatal({ err }, 'an unexpected error ends the process');
    await stopAll(components);
  });
}
