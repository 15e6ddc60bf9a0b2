import {
  connectChirpStack,
  type Desired,
  desiredOf,
  executePlan,
  type Outcome,
  type Plan,
  type ProvisionedCity,
  planProvision,
  readChirpStack,
} from '#gateway-bridge';
import { adminKey } from './chirpstack.ts';

export const devEuiOf = (index: number): string => `a84041ffff1c${index.toString(16).padStart(4, '0')}`;
export const gatewayIdOf = (index: number): string => `02706567656cff${index.toString(16).padStart(2, '0')}`;
export const keyOf = (index: number): string => index.toString(16).padStart(32, '0');

const models = ['bosch/tps110', 'milesight/ws523', 'yobiiq/em4301', 'nobody/knows'];

/** A city of so many devices of all kinds, each at an asset of its own. */
export function cityOf(indices: readonly number[]): ProvisionedCity {
  return {
    id: 'teststadt',
    name: 'Teststadt',
    devices: indices.map((index) => ({
      devEui: devEuiOf(index),
      profile: models[index % models.length] ?? '',
      places: [{ asset: `bay-${index}`, label: `B${index}`, site: 'site-1', siteName: 'Am Markt' }],
    })),
  };
}

/** What is wanted of a city: keys for every device, and gateways where numbers of them are given. */
export function wantedOf(
  city: ProvisionedCity,
  gateways?: readonly number[],
  tenant = city.name,
  application = 'Stadtpegel',
): Desired {
  return desiredOf({
    city,
    tenant,
    application,
    secrets: new Map(
      city.devices.map(({ devEui }) => [devEui, { appKey: keyOf(Number.parseInt(devEui.slice(-4), 16)) }]),
    ),
    gateways: gateways?.map((index) => ({
      gatewayId: gatewayIdOf(index),
      name: `Roof ${index}`,
      description: '',
      location: { latitude: 51 + index / 100, longitude: 9, altitudeM: 30 },
      tags: {},
    })),
    strangers: () => undefined,
  });
}

export interface Run {
  readonly plan: Plan;
  readonly outcome: Outcome;
}

export interface RunOptions {
  readonly prune?: boolean;
  readonly apiKey?: string;
  readonly timeoutMs?: number;
}

/** Reads, plans and does it, as the command does. */
export async function provision(
  server: string,
  desired: Desired,
  { prune = false, apiKey = adminKey, timeoutMs = 5000 }: RunOptions = {},
): Promise<Run> {
  const limits = { timeoutMs, attemptsMax: 3, backoffMs: 1 };
  const chirpstack = await connectChirpStack({ server, apiKey, tls: false, limits });
  try {
    const actual = await readChirpStack(chirpstack, desired);
    const plan = planProvision(desired, actual, { prune });
    return { plan, outcome: await executePlan(chirpstack, plan, actual, { onStep: () => undefined }) };
  } finally {
    chirpstack.close();
  }
}
