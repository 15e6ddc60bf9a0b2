import { z } from 'zod';
import { accesses } from './answers.ts';

/**
 * The form of an inventory file. Strict everywhere: a key nobody knows is a typing mistake, not an extension. No
 * transforms, so that editors get the same rules as JSON Schema; what a value means is worked out in `inventory.ts`.
 */
const id = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    'must be 1 to 64 of a-z, 0-9, “.”, “_”, “-”, beginning with a letter or digit',
  )
  .describe(
    'Stable id, unique in its kind. Public answers carry it, so it must not name a person or a device.',
  );

const name = z.string().min(1).max(200);

const devEui = z
  .string('must be text: put the DevEUI in quotes, YAML reads some of them as numbers')
  .regex(/^[0-9a-fA-F]{16}$/, 'must be 16 hexadecimal digits without separators')
  .describe('DevEUI, 16 hexadecimal digits, in quotes.');

const moment = z
  .union(
    [z.iso.date(), z.iso.datetime({ offset: true })],
    'must be a date (2026-01-31, 00:00 UTC) or a time with offset (2026-01-31T08:00:00+01:00)',
  )
  .describe('A date (00:00 UTC) or an ISO 8601 time with offset.');

const access = z
  .enum(accesses)
  .describe('Who may use it. What is not public is counted, but never shown or remembered one by one.');

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

const parkingBay = z.strictObject({
  kind: z.literal('parking-bay'),
  id,
  label: name.optional().describe('What is painted on the ground, e.g. “A12”.'),
  access: access.optional(),
  evse: id.optional().describe('The charge point this bay belongs to.'),
});

const connector = z.strictObject({
  id,
  standard: z
    .string()
    .regex(/^[A-Z0-9_]+$/, 'must be an OCPI ConnectorType such as IEC_62196_T2')
    .describe('OCPI 2.2.1 ConnectorType.'),
  powerType: z
    .enum(['AC_1_PHASE', 'AC_2_PHASE', 'AC_2_PHASE_SPLIT', 'AC_3_PHASE', 'DC'])
    .describe('OCPI 2.2.1 PowerType.'),
  maxPowerKw: z.number().positive().max(10_000),
});

const evse = z.strictObject({
  kind: z.literal('evse'),
  id,
  label: name.optional(),
  evseId: z
    .string()
    .regex(/^[A-Z]{2}\*?[A-Z0-9]{3}\*?E[A-Z0-9*]{1,30}$/, 'must be an EVSE id such as DE*ABC*E123')
    .optional()
    .describe('eMI3 / ISO 15118 EVSE id.'),
  connectors: z.array(connector).min(1),
});

const meter = z.strictObject({
  kind: z.literal('meter'),
  id,
  measures: z
    .array(id)
    .default([])
    .describe('At a charging site, the charge points whose energy flows through this meter; else nothing.'),
  chargingFromA: z
    .number()
    .positive()
    .default(1)
    .describe('Amperes per phase from which a vehicle counts as charging, where the meter gives no power.'),
  chargingFromW: z
    .number()
    .positive()
    .default(100)
    .describe('Watts above which a vehicle counts as charging: more than any charge point needs for itself.'),
});

const environmentStation = z.strictObject({ kind: z.literal('environment-station'), id });

const tree = z.strictObject({ kind: z.literal('tree'), id }).describe('A tree with a probe in its soil.');

const room = z
  .strictObject({ kind: z.literal('room'), id })
  .describe('A room of a building: never shown by itself, only five or more of a site together.');

const site = z.strictObject({
  id,
  kind: z
    .enum(['charging', 'parking', 'environment', 'building'])
    .describe('A building has rooms, told together only, and meters, which are stored and never shown.'),
  name,
  organisation: id,
  location: z.strictObject({
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
  }),
  address: name.optional(),
  access: access.default('public'),
  assets: z.array(z.discriminatedUnion('kind', [parkingBay, evse, meter, environmentStation, tree, room])),
});

const device = z.strictObject({
  devEui,
  profile: z
    .string()
    .regex(/^[a-z0-9._-]+\/[a-z0-9._-]+$/, 'must be vendor/model in lower case, e.g. bosch/tps110')
    .optional()
    .describe(
      'Device profile, vendor/model. Without it, what the network server says of the device decides.',
    ),
  note: name.optional(),
});

const assignment = z.strictObject({
  device: devEui,
  channel: z
    .string()
    .regex(/^[a-z0-9_]{1,16}$/, 'must be 1 to 16 of a-z, 0-9, “_”, as the device profile names it')
    .optional()
    .describe('Only this channel of the device; without it, all that have no assignment of their own.'),
  asset: id,
  validFrom: moment.describe('From when on, inclusive: a date (00:00 UTC) or an ISO 8601 time with offset.'),
  validTo: moment
    .optional()
    .describe('Until when, exclusive. A sensor is replaced by ending its assignment.'),
});

export const inventoryFileSchema = z
  .strictObject({
    city: z
      .strictObject({
        id,
        name,
        timeZone: z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin'),
      })
      .optional(),
    organisations: z.array(z.strictObject({ id, name })).default([]),
    sites: z.array(site).default([]),
    devices: z.array(device).default([]),
    assignments: z.array(assignment).default([]).describe('Append-only: end them, do not edit them away.'),
  })
  .describe('A file of a Stadtpegel city inventory. All files of a folder together make the city.');

export type InventoryFile = z.infer<typeof inventoryFileSchema>;
export type Site = InventoryFile['sites'][number];
export type Asset = Site['assets'][number];
export type AssetOf<Kind extends Asset['kind']> = Extract<Asset, { kind: Kind }>;

/** JSON Schema (draft 2020-12) of an inventory file, for editors that check while one types. */
export function inventoryJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(inventoryFileSchema, { io: 'input' });
}
