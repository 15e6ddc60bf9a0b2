import { z } from 'zod';

/** Settings of `stadtpegel provision`. */
export const provisionConfig = z.object({
  chirpstackServer: z
    .string()
    .regex(/^(\[[\da-fA-F:.]+\]|[^\s:/@]+):\d{1,5}$/, 'needs host:port, without http://')
    .default('127.0.0.1:8080')
    .describe('Where ChirpStack’s API (gRPC) listens; only `stadtpegel provision` speaks to it.'),
  // No rule may refuse it: a mistake of the configuration is told with the value.
  chirpstackApiKey: z
    .string()
    .optional()
    .describe('API key of ChirpStack for `stadtpegel provision`; better in a file.'),
  chirpstackApiKeyFile: z
    .string()
    .optional()
    .describe('File that holds the API key of ChirpStack, nothing else.'),
});
