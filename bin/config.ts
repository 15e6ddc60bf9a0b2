import { z } from 'zod';
import { cityApiConfig } from '#city-api';
import { cityStateConfig } from '#city-state';
import { bridgeConfig } from '#gateway-bridge';
import { ingestConfig } from '#ingest';

/** Settings of the process itself. */
const processConfig = z.object({
  logLevel: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'])
    .default('info')
    .describe('How much is logged, as JSON lines on standard error.'),
});

/** Every room's settings, in the order docs/configuration.md shows them. */
export const configSchemas = {
  bridge: bridgeConfig,
  ingest: ingestConfig,
  city: cityStateConfig,
  api: cityApiConfig,
  process: processConfig,
};
