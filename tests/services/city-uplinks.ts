import { encodeUplink, profileById } from '#device-profiles';
import { Rng, upEvent } from '#simulator';
import type { Outgoing } from './publisher.ts';

const usualStartMs = Date.parse('2026-11-22T06:00:00Z');
const usualDevices = 500;

/** What may be otherwise than usual. */
export interface CityOptions {
  readonly seed?: number;
  /** Time of the first uplink, ms UTC; a device's next is a minute later. */
  readonly startMs?: number;
  readonly devices?: number;
}

/** DevEUI of the n-th device. */
function devEuiOf(device: number): string {
  return (0x70b3_d500_0000 + device).toString(16).padStart(16, '0');
}

/**
 * Uplinks of a town of 500 devices (or more, or fewer), half AM307, half TPS110, each uplink with a time of its own device has only once.
 * The i-th is the same at every call, so what a store should hold is known without asking.
 */
export function* cityUplinks(count: number, options: CityOptions = {}): Generator<Outgoing> {
  const { seed = 1, startMs = usualStartMs, devices = usualDevices } = options;
  const rng = new Rng(seed);
  for (let index = 0; index < count; index++) yield uplink(index, rng, startMs, devices);
}

function uplink(index: number, rng: Rng, startMs: number, devices: number): Outgoing {
  const device = index % devices;
  const fCnt = Math.floor(index / devices);
  const isRoom = device % 2 === 0;
  const profile = profileById(isRoom ? 'milesight/am307' : 'bosch/tps110');
  if (!profile) throw new Error('no such profile');
  const data = isRoom
    ? {
        temperature: rng.int(150, 300) / 10,
        humidity: rng.int(60, 140) / 2,
        co2: rng.int(400, 2000),
        battery: 90,
      }
    : { occupied: rng.int(0, 1) === 1 };
  const { bytes, fPort } = encodeUplink(profile, data);
  const timeMs = startMs + fCnt * 60_000 + device;
  return upEvent({
    applicationId: '00000000-0000-4000-8000-000000000001',
    devEui: devEuiOf(device),
    deviceName: `device ${device}`,
    tags: {},
    deviceProfileName: isRoom ? 'Milesight AM307' : 'Bosch TPS110',
    devAddr: (0x0100_0000 + device).toString(16).padStart(8, '0'),
    fCnt,
    fPort,
    bytes,
    timeMs,
    deduplicationId: rng.uuid(),
    gateways: [{ gatewayId: '0016c001f1500001', rssiDbm: -80, snrDb: 7.5, nsTimeMs: timeMs - 200 }],
  });
}
