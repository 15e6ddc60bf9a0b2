import { z } from 'zod';
import type { DesiredGateway } from './desired.ts';
import { FileMistakes, orNothing, parseTexts, textOf } from './yaml-file.ts';

/*
 * The gateways file: YAML. Gateways are no part of the inventory: they hear many cities' sensors, and no answer of the
 * platform depends on where they stand.
 *
 *   gateways:
 *     - { gatewayId: "0016c001f1500812", name: Rathaus, latitude: 51.151, longitude: 8.984, altitudeM: 35 }
 */

const degrees = (max: number) =>
  z.coerce.number('must be a number').min(-max).max(max, `must be degrees from -${max} to ${max}`);

const gatewaysSchema = z.strictObject({
  gateways: orNothing(
    z.array(
      z.strictObject({
        gatewayId: z.string('must be text').regex(/^[\da-fA-F]{16}$/, 'must be 16 hexadecimal digits'),
        name: z.string().min(1).max(100),
        description: z.string().default(''),
        latitude: degrees(90),
        longitude: degrees(180),
        altitudeM: z.coerce.number('must be a number').default(0),
      }),
    ),
  ),
});

/**
 * Reads a gateways file.
 * @throws {FileMistakes} naming all mistakes by their place
 */
export async function readGateways(file: string): Promise<DesiredGateway[]> {
  const text = await textOf(file);
  if (text === undefined) throw new FileMistakes(file, ['there is no such file']);
  const gateways = (parseTexts(file, text, gatewaysSchema).gateways ?? []).map(
    ({ gatewayId, name, description, latitude, longitude, altitudeM }) => ({
      gatewayId: gatewayId.toLowerCase(),
      name,
      description,
      location: { latitude, longitude, altitudeM },
      tags: {},
    }),
  );
  const twice = gateways.filter(({ gatewayId }, index) => {
    return gateways.findIndex((other) => other.gatewayId === gatewayId) !== index;
  });
  if (twice.length > 0)
    throw new FileMistakes(
      file,
      twice.map(({ gatewayId }) => `${gatewayId}: it is there twice`),
    );
  return gateways;
}
