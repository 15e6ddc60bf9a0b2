import { encodeUplink, profileById } from '#device-profiles';
import { type Draw, drawOf, whole } from '../draw.ts';
import type { Hearing, UpEventOptions } from '../up-event.ts';

/** One kind of device of the fleet: its share of all, and what it may say. Each says one row of readings an uplink. */
interface Kind {
  readonly profileId: string;
  readonly sharePercent: number;
  say(draw: (min: number, max: number) => number): Parameters<typeof encodeUplink>[1];
}

/** What a city has most of. Values are plausible, and none depends on another: a load is no town. */
const kinds: readonly Kind[] = [
  {
    profileId: 'milesight/am307',
    sharePercent: 40,
    say: (draw) => ({
      battery: draw(40, 100),
      temperature: draw(150, 280) / 10,
      humidity: draw(60, 140) / 2,
      pir: draw(0, 1) === 1 ? 'trigger' : 'idle',
      light_level: draw(0, 5),
      co2: draw(400, 2000),
      tvoc: draw(20, 200) / 100,
      pressure: draw(9800, 10_300) / 10,
    }),
  },
  {
    profileId: 'bosch/tps110',
    sharePercent: 40,
    say: (draw) => ({ type: 'parking status', occupied: draw(0, 1) === 1 }),
  },
  {
    profileId: 'milesight/ct103',
    sharePercent: 10,
    say: (draw) => ({ total_current: draw(1000, 900_000) / 100, current: draw(0, 320) / 10 }),
  },
  {
    profileId: 'milesight/em500-smtc',
    sharePercent: 10,
    say: (draw) => ({
      battery: draw(40, 100),
      temperature: draw(50, 250) / 10,
      moisture: draw(16, 80) / 2,
      electricity: draw(150, 600),
    }),
  },
];

/** How many different payloads a kind has. */
const sayings = 8;
/** So many gateways hear a device, as many devices each: the mean event is as long as one of a city's (1.7 kB). */
const gatewaysMax = 5;
/** The application nobody else uses, so that what a load left behind can be told from a city's data. */
const applicationId = '6f1ac86c-4d8f-4f2b-9f3e-52d0c1a710ad';

/** What all uplinks with the same kind, saying and number of gateways have in common. */
export type Common = Pick<
  UpEventOptions,
  'applicationId' | 'deviceProfileName' | 'fPort' | 'bytes' | 'tags' | 'gateways'
>;

/** Devices that exist only to be many. The same seed gives the same ones with the same models. */
export class Fleet {
  readonly #kindOf: Uint8Array;
  /** The first ten digits of every DevEUI of the fleet; six for the number of the device follow. */
  readonly devEuiPrefix: string;
  readonly #draw: Draw;

  /** @param devices at most 2^24 */
  constructor(seed: number, devices: number) {
    const kindOf = drawOf(seed, 'load kinds');
    // 02: of a maker nobody is (bit "locally administered" of an EUI-64).
    this.devEuiPrefix = `02${Math.floor(drawOf(seed, 'load fleet')(0) * 2 ** 32)
      .toString(16)
      .padStart(8, '0')}`;
    this.#draw = drawOf(seed, 'load sayings');
    this.#kindOf = Uint8Array.from({ length: devices }, (_, device) => kindAt(100 * kindOf(device)));
  }

  /** How many different {@link common}s there are. */
  get commons(): number {
    return kinds.length * sayings * gatewaysMax;
  }

  /** Which of them the device's uplink with that counter is. */
  commonOf(device: number, fCnt: number): number {
    const kind = this.#kindOf[device] ?? 0;
    return (kind * sayings + ((device + fCnt) % sayings)) * gatewaysMax + (device % gatewaysMax);
  }

  /** @param timeMs when the gateways heard it */
  common(index: number, timeMs: number): Common {
    const gateways = (index % gatewaysMax) + 1;
    const saying = Math.floor(index / gatewaysMax) % sayings;
    const kind = kinds[Math.floor(index / gatewaysMax / sayings)];
    const profile = kind && profileById(kind.profileId);
    if (!kind || !profile) throw new RangeError(`no kind of device ${index}`);
    let drawn = 0;
    const data = kind.say((min, max) => whole(this.#draw(index, drawn++ + 100 * saying), min, max));
    return {
      applicationId,
      deviceProfileName: profile.names[0] ?? kind.profileId,
      ...encodeUplink(profile, data),
      tags: {},
      gateways: Array.from({ length: gateways }, (_, gateway) => hearing(gateway, timeMs)),
    };
  }
}

function kindAt(percent: number): number {
  let sum = 0;
  const index = kinds.findIndex(({ sharePercent }) => {
    sum += sharePercent;
    return percent < sum;
  });
  return Math.max(0, index);
}

function hearing(gateway: number, nsTimeMs: number): Hearing {
  return {
    gatewayId: `027065676c6f${(0x10ad + gateway).toString(16)}`,
    rssiDbm: -70 - 9 * gateway,
    snrDb: 9.5 - 3 * gateway,
    nsTimeMs,
    location: { latitude: 48.7 + gateway / 100, longitude: 9.1 + gateway / 100, altitude: 300 },
  };
}
