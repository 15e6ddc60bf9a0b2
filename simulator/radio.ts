import { type Draw, drawOf, whole } from './draw.ts';
import type { TownPlace } from './places.ts';
import { distanceKm, pathLossDb } from './propagation.ts';
import type { Hearing } from './up-event.ts';

type Location = TownPlace['location'];

interface Gateway {
  readonly id: string;
  readonly location: Location;
  /** Whether it has a satellite receiver, and so a clock worth sending along. */
  readonly hasClock: boolean;
}

/** Three roofs around the middle of the town, in degrees of latitude. */
const roofs: readonly (readonly [north: number, east: number])[] = [
  [0.001, -0.001],
  [0.007, 0.011],
  [-0.008, -0.009],
];

/** Five digits are a metre. */
const rounded = (degrees: number): number => Math.round(degrees * 100_000) / 100_000;

/** The gateways of a town. Their ids are of the kind no manufacturer gives away. */
export function gatewaysOf(middle: Location): Gateway[] {
  return roofs.map(([north, east], index) => ({
    id: `02706567656cff0${index + 1}`,
    location: { latitude: rounded(middle.latitude + north), longitude: rounded(middle.longitude + east) },
    hasClock: index === 0,
  }));
}

/** How a frame was sent and heard. */
export interface Transmission {
  /** EU868: 5 = SF7 … 3 = SF9. */
  readonly dataRate: number;
  readonly frequencyHz: number;
  readonly gateways: Hearing[];
}

/** The three channels every EU868 network has (LoRaWAN RP002-1.0.4 §2.4). */
const frequenciesHz = [868_100_000, 868_300_000, 868_500_000] as const;
const eirpDbm = 14;
/** Thermal noise in 125 kHz, and 6 dB of the receiver: −174 + 10 · log10(125,000) + 6. */
const noiseDbm = -117;
/** What a receiver can tell of the best reception. */
const snrDbMax = 11;
/** SX1301 data sheet: needed for SF7, SF8 and SF9; 3 dB more are kept in reserve. */
const dataRates = [
  { dataRate: 5, snrDbMin: -7.5 },
  { dataRate: 4, snrDbMin: -10 },
  { dataRate: 3, snrDbMin: -12.5 },
] as const;
const reserveDb = 3;

/** What the air does to the frames of one device: walls in the way stay, the rest changes from frame to frame. */
export function radioOf(
  seed: number,
  gateways: readonly Gateway[],
  { devEui, location }: TownPlace,
): (timeMs: number, fCnt: number) => Transmission {
  const draw = drawOf(seed, `radio ${devEui}`);
  const paths = gateways.map((gateway, index) => {
    const wallsDb = 12 * draw(-1 - index);
    return { gateway, meanDbm: eirpDbm - pathLossDb(distanceKm(location, gateway.location)) - wallsDb };
  });
  const bestSnrDb = Math.max(...paths.map(({ meanDbm }) => meanDbm)) - noiseDbm;
  const { dataRate, snrDbMin } =
    dataRates.find((rate) => bestSnrDb >= rate.snrDbMin + reserveDb) ?? dataRates[2];
  return (timeMs, fCnt) => {
    const heard = paths
      .map(({ gateway, meanDbm }, index) => ({ gateway, dbm: meanDbm + 6 * draw(fCnt, index) - 3, index }))
      .sort((a, b) => b.dbm - a.dbm)
      // What nobody heard is no uplink: the best gateway always did.
      .filter(({ dbm }, rank) => rank === 0 || dbm - noiseDbm >= snrDbMin);
    return {
      dataRate,
      frequencyHz: frequenciesHz[Math.floor(draw(fCnt, 10) * 3)] ?? frequenciesHz[0],
      gateways: heard.map(({ gateway, dbm, index }) =>
        hearing(gateway, Math.max(dbm, noiseDbm + snrDbMin), timeMs, () => draw(fCnt, 20 + index)),
      ),
    };
  };
}

/** How far above what its data rate needs the best gateway heard a frame, in whole dB: 0 … 31. */
export function marginDbOf({ dataRate, gateways }: Transmission): number {
  const needed = dataRates.find((rate) => rate.dataRate === dataRate) ?? dataRates[2];
  const bestDb = Math.max(...gateways.map(({ snrDb }) => snrDb));
  return Math.min(31, Math.max(0, Math.floor(bestDb - needed.snrDbMin)));
}

function hearing(gateway: Gateway, dbm: number, timeMs: number, late: () => number): Hearing {
  const snrDb = Math.min(snrDbMax, Math.round(4 * (dbm - noiseDbm)) / 4);
  return {
    gatewayId: gateway.id,
    rssiDbm: Math.round(dbm),
    snrDb,
    nsTimeMs: timeMs + whole(late(), 40, 140),
    ...(gateway.hasClock ? { gwTimeMs: timeMs } : {}),
    location: gateway.location,
  };
}

/** The address a device got when it joined, 8 hex digits, and the name of each of its frames (a UUID). */
export interface Identity {
  readonly devAddr: string;
  deduplicationId(fCnt: number): string;
}

/**
 * Who a device is to the network server. An identity never comes twice in a town: it holds 48 bits of the DevEUI, and 32
 * of the counter, well mixed (the draw of one device gives each number once).
 */
export function identityOf(seed: number, devEui: string): Identity {
  const draw: Draw = drawOf(seed, `identity ${devEui}`);
  const hex = (value: number, digits: number): string =>
    Math.floor(value * 16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  return {
    // Addresses of private networks begin with seven zero bits (LoRaWAN L2 1.0.4 §6.1.1).
    devAddr: `01${hex(draw(-1), 6)}`,
    deduplicationId: (fCnt) =>
      `${hex(draw(fCnt), 8)}-${hex(draw(fCnt, 1), 4)}-4${hex(draw(fCnt, 2), 3)}-8${hex(draw(fCnt, 3), 3)}-${devEui.slice(4)}`,
  };
}
