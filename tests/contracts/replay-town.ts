/** A device whose decoder was wrong and is mended: what it sends, and what either decoder makes of it. */
import fc from 'fast-check';
import type {
  DeviceDirectory,
  DeviceEvent,
  LoggedUplink,
  Point,
  Reading,
  Redecoder,
  Theme,
  Uplink,
  Value,
} from '#core';
import { pointsOf } from '#ingest';

export type Version = 'wrong' | 'right';
const minuteMs = 60_000;

/** One uplink: its minute, and what its bytes are. */
export interface Sent {
  readonly minute: number;
  readonly temperature: number;
  /** Odd ones are told by the wrong decoder only. */
  readonly humidity: number;
  /** A record from the device's memory, so many minutes older; 0 is none. */
  readonly recordMinutes: number;
  /** `personal`: the payload is not kept. `unreadable`: by the right decoder. */
  readonly kind: 'usual' | 'personal' | 'unreadable' | 'unknown';
  readonly copied: boolean;
}

export const anySent: fc.Arbitrary<Sent[]> = fc.uniqueArray(
  fc.record({
    minute: fc.integer({ min: 10, max: 720 }),
    temperature: fc.nat(255),
    humidity: fc.nat(99),
    recordMinutes: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 200 })),
    kind: fc.constantFrom('usual', 'usual', 'usual', 'personal', 'unreadable', 'unknown'),
    copied: fc.boolean(),
  }),
  { selector: ({ minute }) => minute, minLength: 1, maxLength: 40 },
);

const codes = ['usual', 'personal', 'unreadable', 'unknown'] as const;
const themeOf: Readonly<Record<Version, Theme>> = { wrong: 'environment', right: 'building' };

/** The inventory: it was corrected together with the decoder. */
export function directoryOf(version: Version, run: number): DeviceDirectory {
  return {
    profileOf: () => undefined,
    placeOf: (_device, channel) => ({ asset: `${channel ?? version} ${run}`, site: 's' }),
  };
}

type Meaning = Pick<
  Uplink,
  'profile' | 'readings' | 'warnings' | 'error' | 'named' | 'archivePayload' | 'object'
>;

function meaningOf(
  { devEui, time, flags, data }: Pick<Uplink, 'devEui' | 'time' | 'flags' | 'data'>,
  version: Version,
): Meaning {
  const [temperature = 0, humidity = 0, recordMinutes = 0, code = 0] = data;
  const kind = codes[code] ?? 'usual';
  const nothing = { readings: [], warnings: [], archivePayload: true };
  if (kind === 'unreadable' && version === 'right')
    return { ...nothing, error: { code: 'decode_failed', message: 'cannot be read' } };
  if (kind === 'unknown' && version === 'wrong') {
    const error = { code: 'profile_unknown', message: 'no model' } as const;
    return { ...nothing, error, named: { deviceProfileName: 'Mended', tags: {} } };
  }
  const isRight = version === 'right';
  const reading = (more: Pick<Reading, 'quantity' | 'value'> & Partial<Reading>): Reading => ({
    device: devEui,
    time,
    ...(flags.includes('clock') && { flags: ['clock'] }),
    ...more,
  });
  const record = time - recordMinutes * (isRight ? 2 : 1) * minuteMs + 1000 + ((time / minuteMs) % 1000);
  return {
    profile: { id: `mended/${version}`, theme: themeOf[version], rhythm: {} },
    object: { temperature, version },
    warnings: [],
    archivePayload: kind !== 'personal',
    readings: [
      reading({ quantity: 'air_temperature', value: isRight ? temperature / 10 : temperature }),
      ...(isRight && humidity % 2 === 1 ? [] : [reading({ quantity: 'relative_humidity', value: humidity })]),
      ...(isRight ? [reading({ quantity: 'co2', value: 400 + humidity, channel: 'l1' })] : []),
      ...(recordMinutes > 0
        ? [
            reading({
              time: Math.round(record),
              quantity: 'air_temperature',
              value: temperature,
              flags: ['history'],
            }),
          ]
        : []),
    ],
  };
}

/** The right decoder, as a replay asks it. */
export const redecoder: Redecoder = {
  knows: (id) => id.startsWith('mended/'),
  factsOf: ({ profileId, named }) =>
    profileId === undefined && named === undefined
      ? undefined
      : { id: 'mended/right', theme: themeOf.right, rhythm: {} },
  decode: ({ profileId: _profile, named: _named, object: _object, ...logged }: LoggedUplink) => ({
    ...logged,
    ...meaningOf(logged, 'right'),
  }),
};

/** All points a run with that decoder gives, in the order of the uplinks. */
export function lived(
  device: string,
  startMs: number,
  all: readonly Sent[],
  version: Version,
  run: number,
): Point[] {
  return all.flatMap((sent, index) => pointsOfSent(device, startMs, sent, index, version, run));
}

/** The points of one uplink and of its copy, which the network server made another time. */
export function pointsOfSent(
  device: string,
  startMs: number,
  sent: Sent,
  index: number,
  version: Version,
  run: number,
): Point[] {
  const { minute, temperature, humidity, recordMinutes, kind, copied } = sent;
  const data = Uint8Array.of(temperature, humidity, recordMinutes, codes.indexOf(kind));
  const radio = {
    kind: 'uplink',
    deduplicationId: `${index}`,
    devEui: device,
    devAddr: '01000001',
    fCnt: index,
    fPort: 2,
    receivedAtMs: startMs + minute * minuteMs + 300,
    confirmed: false,
    dataRate: 5,
    frequencyHz: 868_100_000,
    spreadingFactor: 7,
    gateways: [{ gatewayId: '0016c001f1500001', rssiDbm: -80, snrDb: 7.5 }],
    data,
    flags: index % 5 === 0 ? (['clock'] as const) : [],
  } as const;
  const directory = directoryOf(version, run);
  const at = (time: number): Uplink => ({ ...radio, time, ...meaningOf({ ...radio, time }, version) });
  const time = startMs + minute * minuteMs;
  const points = pointsOf(at(time), directory, false);
  return copied ? [...points, ...pointsOf(at(time + 7), directory, true)] : points;
}

/** A status between uplinks, the theme of its battery level given by the decoder of that time. */
export function status(device: string, time: number, version: Version, run: number): Point[] {
  const level: Value = 77;
  const event: DeviceEvent = {
    kind: 'event',
    type: 'status',
    devEui: device,
    time,
    receivedAtMs: time,
    flags: [],
    deduplicationId: '',
    profile: { id: `mended/${version}`, theme: themeOf[version], rhythm: {} },
    details: { margin_db: 5, external_power: false, battery_level: level },
    readings: [{ device, time, quantity: 'battery_level', value: level }],
  };
  return pointsOf(event, directoryOf(version, run), false);
}
