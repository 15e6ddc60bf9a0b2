import { z } from 'zod';
import type { Location, SiteFacts } from '#city-state';

/** Mean radius R₁ of the GRS 80 ellipsoid, metres (Moritz, Geodetic Reference System 1980). */
const earthRadiusM = 6_371_008.8;

/** Great-circle distance in metres, by the haversine formula; within 0.5 % of the ellipsoid's. */
export function distanceM(a: Location, b: Location): number {
  const radians = Math.PI / 180;
  const half = (from: number, to: number): number => Math.sin(((to - from) * radians) / 2) ** 2;
  const h =
    half(a.latitude, b.latitude) +
    Math.cos(a.latitude * radians) * Math.cos(b.latitude * radians) * half(a.longitude, b.longitude);
  return 2 * earthRadiusM * Math.asin(Math.min(1, Math.sqrt(h)));
}

const decimal = /^-?\d{1,3}(?:\.\d+)?,-?\d{1,3}(?:\.\d+)?$/;

/** The query parameters of a search around a place. */
export const nearParameters = {
  near: z
    .string()
    .regex(decimal, 'Give latitude,longitude in decimal degrees, e.g. 49.4093,8.6942.')
    .meta({ examples: ['49.4093,8.6942'] })
    .transform((text, context): Location => {
      const [latitude = Number.NaN, longitude = Number.NaN] = text.split(',').map(Number);
      if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) {
        context.addIssue('Latitude lies in -90..90, longitude in -180..180, in this order.');
      }
      return { latitude, longitude };
    })
    .optional()
    .meta({
      description: 'Only what is around this place (`latitude,longitude`, WGS 84), nearest first.',
    }),
  radius: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .meta({ description: 'Metres around `near`; 1000 if not given.', examples: [500] }),
};

const radiusMDefault = 1000;

export interface Near {
  readonly near?: Location | undefined;
  /** Metres. */
  readonly radius?: number | undefined;
}

/** The sites around a place, nearest first, each with its distance; all sites as they are where no place is given. */
export function sitesNear<Site extends SiteFacts>(sites: readonly Site[], { near, radius }: Near) {
  if (near === undefined) return sites;
  return sites
    .map((site) => ({ ...site, distanceM: Math.round(distanceM(near, site.location)) }))
    .filter((site) => site.distanceM <= (radius ?? radiusMDefault))
    .sort((a, b) => a.distanceM - b.distanceM);
}
