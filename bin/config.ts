import { z } from 'zod';
import { cityApiConfig } from '#city-api';
import { cityStateConfig } from '#city-state';
import { dropInConfig } from '#device-profiles';
import { bridgeConfig, provisionConfig } from '#gateway-bridge';
import { ingestConfig } from '#ingest';

/** Settings of the process itself. */
const processConfig = z.object({
  logLevel: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'])
    .default('info')
    .describe('How much is logged, as JSON lines on standard error.'),
  embeddedMqttPort: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe(
      'Port of the broker that `run` brings where STADTPEGEL_MQTT_URL is not set; 1883, or any free one where that is taken. 0 takes any free one.',
    ),
  simulationSeed: z.coerce
    .number()
    .int()
    .min(0)
    .default(1)
    .describe('Seed of the simulated town: the same seed, the same town.'),
  simulationBackfillHours: z.coerce
    .number()
    .min(0)
    .max(720)
    .default(24)
    .describe('Hours of its past the simulated town tells first.'),
});

/** Every room's settings, in the order docs/configuration.md shows them. */
export const configSchemas = {
  bridge: bridgeConfig,
  profiles: dropInConfig,
  ingest: ingestConfig,
  city: cityStateConfig,
  api: cityApiConfig,
  process: processConfig,
  provision: provisionConfig,
};
