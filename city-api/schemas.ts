/**
 * What the answers look like: the public promise, and the source of /openapi.json. `schemas.test.ts` holds that these
 * are exactly the types of city-state.
 */
import { z } from 'zod';
import { accesses, bayStatuses, chargePointStatuses, stationTypes } from '#city-state';
import { type QuantityKey, quantities } from '#core';

export const quantityKeys = Object.keys(quantities) as QuantityKey[];

const time = z.iso.datetime().describe('ISO 8601, UTC, with milliseconds.');
const timeExample = '2026-05-04T09:30:00.000Z';

const observed = {
  observedAt: time.nullable().meta({ description: 'When it was measured.', examples: [timeExample] }),
  confirmedAt: time
    .nullable()
    .meta({ description: 'When it was last known to be still true.', examples: [timeExample] }),
  validUntil: time
    .nullable()
    .meta({ description: 'Until when it counts as live if nothing more is heard.', examples: [timeExample] }),
  freshness: z
    .enum(['live', 'stale', 'offline', 'unknown'])
    .describe('Whether to trust it now. `unknown`: nothing was ever heard, the three times are null.'),
};

const siteFacts = {
  id: z.string().meta({ description: 'Stable and case-sensitive.', examples: ['markt-nord'] }),
  name: z.string().meta({ examples: ['Markt Nord'] }),
  operator: z.string().meta({ description: 'Who runs it.', examples: ['Stadtwerke Musterstadt'] }),
  location: z
    .object({
      latitude: z
        .number()
        .min(-90)
        .max(90)
        .meta({ examples: [49.4093] }),
      longitude: z
        .number()
        .min(-180)
        .max(180)
        .meta({ examples: [8.6942] }),
    })
    .describe('WGS 84, decimal degrees.'),
  address: z.string().nullable(),
  access: z
    .enum(accesses)
    .describe(
      'Who may use it. What is not public enters figures from five of a kind on, and is never shown by itself.',
    ),
  distanceM: z.int().optional().describe('Metres from `near`; only in lists asked with it.'),
};

const parkingBay = z
  .object({
    id: z.string(),
    label: z.string().nullable().describe('What is painted on it.'),
    status: z.enum(bayStatuses),
    ...observed,
  })
  .meta({ id: 'ParkingBay', title: 'A parking bay' });

export const parkingSite = z
  .object({
    ...siteFacts,
    capacity: z.int().describe('Bays with a sensor.'),
    free: z.int(),
    occupied: z.int(),
    unknown: z
      .int()
      .describe(
        'Bays not heard of for too long, or too few that are not public; free + occupied + unknown = capacity.',
      ),
    bays: z.array(parkingBay).describe('Bays anyone may use; others only count in the figures above.'),
    ...observed,
  })
  .meta({ id: 'ParkingSite', title: 'A place with parking bays' });

const connector = z.object({
  id: z.string(),
  standard: z
    .string()
    .meta({ description: 'OCPI 2.2.1 ConnectorType.', examples: ['IEC_62196_T2', 'IEC_62196_T2_COMBO'] }),
  powerType: z.string().meta({ description: 'OCPI 2.2.1 PowerType.', examples: ['AC_3_PHASE'] }),
  maxPowerKw: z.number().meta({ examples: [22] }),
});

const chargePoint = z
  .object({
    id: z.string(),
    label: z.string().nullable(),
    evseId: z
      .string()
      .nullable()
      .meta({ description: 'eMI3 EVSE id, if it has one.', examples: ['DE*ABC*E123'] }),
    status: z
      .enum(chargePointStatuses)
      .describe(
        'OCPI 2.2.1 Status. Ours beside them: OCCUPIED, a vehicle is there but whether it charges is not known ' +
          '(DATEX II `occupied`, OCPI `BLOCKED`).',
      ),
    basis: z
      .array(z.enum(['bay', 'meter', 'charger']))
      .describe('What the status was concluded from; empty: nothing.'),
    connectors: z.array(connector),
    ...observed,
  })
  .meta({ id: 'ChargePoint', title: 'A charge point (EVSE)' });

export const chargingStation = z
  .object({
    ...siteFacts,
    capacity: z.int().describe('Charge points.'),
    available: z.int().describe('Charge points with status AVAILABLE.'),
    points: z.array(chargePoint),
    ...observed,
  })
  .meta({ id: 'ChargingStation', title: 'A place with charge points' });

const label = z.object({ de: z.string(), en: z.string() });
const unit = z
  .string()
  .meta({ description: 'UCUM code (https://ucum.org); `1`: a share or index.', examples: ['Cel'] });
const channel = z
  .string()
  .nullable()
  .meta({ description: 'Which of several alike, where there are several.', examples: ['l1'] });
const quantity = z.enum(quantityKeys);

const measurement = z
  .object({
    asset: z
      .string()
      .nullable()
      .describe('What it was measured at; null: the mean over several, which are never told one by one.'),
    quantity,
    label,
    unit,
    value: z.union([z.number(), z.boolean(), z.string()]),
    channel,
    ...observed,
  })
  .meta({ id: 'Measurement', title: 'The latest value of a quantity' });

export const environmentStation = z
  .object({
    ...siteFacts,
    type: z
      .enum(stationTypes)
      .describe('What stands there. `room`: the rooms of a building, from five on, as their mean.'),
    measurements: z.array(measurement),
    ...observed,
  })
  .meta({ id: 'EnvironmentStation', title: 'A place with environment sensors' });

export const historySeries = z
  .object({
    asset: z
      .string()
      .nullable()
      .describe('What it was measured at; null: the site as a whole (bays are never told one by one).'),
    channel,
    quantity,
    unit,
    label,
    points: z
      .array(z.object({ time: time.describe('Start of the bucket.'), value: z.number() }))
      .describe(
        'Buckets without data are left out. Mean, sum or last as the quantity asks; yes/no as share 0..1.',
      ),
  })
  .meta({ id: 'HistorySeries', title: 'One quantity over time' });

export const history = z
  .object({
    siteId: z.string(),
    from: time.describe('Inclusive; a bucket boundary.'),
    to: time.describe('Exclusive; a bucket boundary.'),
    bucket: z.string().meta({ examples: ['15m'] }),
    series: z.array(historySeries),
  })
  .meta({ id: 'History', title: 'The past of a site' });

export type History = z.infer<typeof history>;
export type HistorySeries = z.infer<typeof historySeries>;
