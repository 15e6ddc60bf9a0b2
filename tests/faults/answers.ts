import { z } from 'zod';
import type { Platform } from '../services/platform.ts';

const observed = {
  observedAt: z.string().nullable(),
  freshness: z.enum(['live', 'stale', 'offline', 'unknown']),
};
const parkingSchema = z.object({
  sites: z.array(z.object({ bays: z.array(z.object({ id: z.string(), status: z.string(), ...observed })) })),
});
const chargingSchema = z.object({
  stations: z.array(
    z.object({ points: z.array(z.object({ id: z.string(), status: z.string(), ...observed })) }),
  ),
});
const environmentSchema = z.object({
  stations: z.array(
    z.object({
      measurements: z.array(
        z.object({ asset: z.string(), quantity: z.string(), value: z.unknown(), ...observed }),
      ),
    }),
  ),
});

/** One value or status of the city, as the API tells it. */
export interface Answer {
  /** Of the asset. */
  readonly id: string;
  /** `status` of bays and charge points. */
  readonly quantity: string;
  readonly value: unknown;
  readonly observedAt: string | null;
  readonly freshness: string;
}

/** All that the API says of the city now. */
export async function answersOf(platform: Platform): Promise<Answer[]> {
  const [parking, charging, environment] = await Promise.all(
    ['/v1/parking/sites', '/v1/charging/stations', '/v1/environment/stations'].map(
      async (path) => (await platform.get(path)).body,
    ),
  );
  const statuses = [
    ...parkingSchema.parse(parking).sites.flatMap(({ bays }) => bays),
    ...chargingSchema.parse(charging).stations.flatMap(({ points }) => points),
  ];
  return [
    ...statuses.map(({ status, ...rest }) => ({ ...rest, quantity: 'status', value: status })),
    ...environmentSchema
      .parse(environment)
      .stations.flatMap(({ measurements }) => measurements)
      .map(({ asset, ...rest }) => ({ ...rest, id: asset })),
  ];
}
