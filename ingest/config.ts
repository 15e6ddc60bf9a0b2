import { z } from 'zod';
import { type Theme, themes } from '#core';

const duration = z.string().regex(/^(0s|\d+[hdw])$/, 'write a number and h, d or w, or 0s for ever');

const durationByTheme = z
  .string()
  .default('')
  .transform((text, context) => {
    const pairs = text === '' ? [] : text.split(',').map((pair) => pair.trim().split('='));
    const kept: Partial<Record<Theme, string>> = {};
    for (const [name, value, ...rest] of pairs) {
      const theme = themes.find((one) => one === name);
      const checked = duration.safeParse(value);
      if (theme !== undefined && checked.success && rest.length === 0) kept[theme] = checked.data;
      else
        context.addIssue(`“${name}=${value ?? ''}”: write theme=duration, themes being ${themes.join(', ')}`);
    }
    return kept;
  });

/** Settings of ingest. */
export const ingestConfig = z.object({
  dataDir: z
    .string()
    .default('data')
    .describe('Folder for the spool, the dead-letter drawer, the state snapshot and the embedded store.'),
  spoolBytesMax: z.coerce
    .number()
    .int()
    .min(16_777_216)
    .default(4_294_967_296)
    .describe('Limit of the spool in bytes; when it is full, the broker keeps what we do not acknowledge.'),
  drawerBytesMax: z.coerce
    .number()
    .int()
    .min(1_048_576)
    .default(268_435_456)
    .describe('Limit of the dead-letter drawer in bytes; beyond it the oldest letters leave.'),
  drawerRetention: duration
    .default('90d')
    .describe('How long a dead letter is kept, from the receipt of its message on.'),
  readingsRetention: duration
    .default('9500h')
    .describe(
      'How long readings are kept, in either store (9500h is 13 months); InfluxDB takes it when the retention policy is created.',
    ),
  readingsRetentionByTheme: durationByTheme.describe(
    'Themes whose readings are kept for longer or shorter than that, e.g. environment=156w,parking=90d. Means of 15 minutes and of hours are kept for ever.',
  ),
  uplinksRetention: duration
    .default('90d')
    .describe(
      'How long the radio log with raw payloads is kept, in either store; InfluxDB takes it when the retention policy is created.',
    ),
  uplinkArchive: z
    .enum(['on', 'off'])
    .default('on')
    .describe(
      'Whether every uplink leaves a row with radio facts and raw payload in the radio log. `off`: only those without readings do; it saves half of the rows, but the past can then not be decoded anew.',
    ),
  influxUrl: z
    .url({ protocol: /^https?$/, error: 'needs the address of InfluxDB' })
    .optional()
    .describe(
      'Address of InfluxDB 1.x or 2.x, e.g. http://127.0.0.1:8086; where it is not set, readings are kept in the embedded store, the file readings.duckdb in the data folder.',
    ),
  embeddedMemoryBytesMax: z.coerce
    .number()
    .int()
    .min(67_108_864)
    .default(134_217_728)
    .describe(
      'Limit in bytes of the memory the embedded store takes for its data; the whole process takes 300 to 600 MB beside it.',
    ),
  influxDatabase: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,62}$/, 'lower-case letters, digits and underscores only')
    .default('stadtpegel')
    .describe('Database for readings and the radio log; created at start when permitted.'),
  influxUsername: z.string().optional().describe('User name, where InfluxDB asks for one.'),
  influxPasswordFile: z.string().optional().describe('File that holds the password, nothing else.'),
  influxTokenFile: z
    .string()
    .optional()
    .describe(
      'File that holds an API token of InfluxDB 2.x, nothing else; used instead of user name and password.',
    ),
});
