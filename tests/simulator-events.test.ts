import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Hearing, type UpEventOptions, upEvent } from '#simulator';

interface CapturedRxInfo {
  readonly gatewayId: string;
  readonly nsTime: string;
  readonly gwTime?: string;
  readonly rssi?: number;
  readonly snr?: number;
  readonly location: { readonly latitude?: number; readonly longitude?: number; readonly altitude?: number };
  readonly crcStatus?: string;
}

interface CapturedUp {
  readonly deduplicationId: string;
  readonly time: string;
  readonly deviceInfo: Readonly<
    Record<'applicationId' | 'devEui' | 'deviceName' | 'deviceProfileName', string>
  > & {
    readonly tags: Readonly<Record<string, string>>;
  };
  readonly devAddr: string;
  readonly dr: number;
  readonly fCnt: number;
  readonly fPort: number;
  readonly confirmed: boolean;
  readonly data: string;
  readonly rxInfo: readonly CapturedRxInfo[];
  readonly txInfo: { readonly frequency: number };
}

interface Captured {
  readonly step: string;
  readonly topic: string;
  readonly payload: string;
}

const captured = readFileSync(new URL('./captured/application-json.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Captured)
  .filter(({ topic }) => topic.endsWith('/event/up'));

function hearingOf({ gatewayId, rssi = 0, snr = 0, nsTime, gwTime, location }: CapturedRxInfo): Hearing {
  const { latitude, longitude, altitude = 0 } = location;
  return {
    gatewayId,
    rssiDbm: rssi,
    snrDb: snr,
    nsTimeMs: Date.parse(nsTime),
    ...(gwTime === undefined ? {} : { gwTimeMs: Date.parse(gwTime) }),
    ...(latitude === undefined || longitude === undefined
      ? {}
      : { location: { latitude, longitude, altitude } }),
  };
}

function optionsOf(event: CapturedUp): UpEventOptions {
  const { applicationId, devEui, deviceName, deviceProfileName, tags } = event.deviceInfo;
  const { deduplicationId, devAddr, fCnt, fPort, confirmed } = event;
  return {
    ...{ applicationId, devEui, deviceName, deviceProfileName, tags },
    ...{ deduplicationId, devAddr, fCnt, fPort, confirmed },
    dataRate: event.dr,
    frequencyHz: event.txInfo.frequency,
    bytes: Buffer.from(event.data, 'base64'),
    timeMs: Date.parse(event.time),
    gateways: event.rxInfo.map(hearingOf),
  };
}

/** Not simulated: codec results and GPS time. */
const notSimulated = new Set(['object', 'timeSinceGpsEpoch', 'fineTimeSinceGpsEpoch']);
/** Simulated with values of our own: names of the installation, numbers of gateways; only their types are compared. */
const ownValues =
  'tenantId tenantName applicationName deviceProfileId uplinkId context adr deviceClassEnabled'.split(' ');
/** The network server's own order of these changes from event to event. */
const unordered = new Set(['tags', 'metadata']);
const timeText = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.(\d{3}){1,3})?\+00:00$/;

/** The event as a list of `place: value`, in the order of its text; times to the millisecond. */
function flattened(value: unknown, place = '', key = ''): string[] {
  if (notSimulated.has(key)) return [];
  if (ownValues.includes(key)) return [`${place}: ${typeof value}`];
  if (typeof value === 'string' && timeText.test(value)) return [`${place}: ${Date.parse(value)} ms`];
  if (typeof value !== 'object' || value === null) return [`${place}: ${JSON.stringify(value)}`];
  const entries = Object.entries(value);
  if (unordered.has(key)) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return [place, ...entries.flatMap(([name, each]) => flattened(each, `${place}/${name}`, name))];
}

describe('upEvent', () => {
  const known = captured.filter(({ payload }) =>
    // One step is about a gateway that reports neither a checksum nor metadata.
    (JSON.parse(payload) as CapturedUp).rxInfo.every(({ crcStatus }) => crcStatus !== undefined),
  );

  it('has most of the captured events to compare with', () => expect(known.length).toBeGreaterThan(80));

  it.each(known)('says what the network server said: $step', ({ topic, payload }) => {
    const made = upEvent(optionsOf(JSON.parse(payload) as CapturedUp));
    expect(made.topic).toBe(topic);
    expect(flattened(JSON.parse(made.payload.toString()))).toEqual(flattened(JSON.parse(payload)));
  });

  it('leaves out zeros where the network server does, and only there', () => {
    const [first] = known;
    const options = optionsOf(JSON.parse(first?.payload ?? '') as CapturedUp);
    const hearing: Hearing = { gatewayId: '0016c001f1500001', rssiDbm: 0, snrDb: 0, nsTimeMs: 0 };
    const { payload } = upEvent({
      ...options,
      fCnt: 0,
      fPort: 0,
      bytes: new Uint8Array(),
      gateways: [hearing],
    });
    const event = JSON.parse(payload.toString()) as CapturedUp;
    expect(event).toMatchObject({ fCnt: 0, fPort: 0, data: '', confirmed: false });
    expect(event.rxInfo).toEqual([
      expect.not.objectContaining({ rssi: expect.anything(), snr: expect.anything() }),
    ]);
    expect(event.rxInfo[0]).toMatchObject({ nsTime: '1970-01-01T00:00:00+00:00', location: {} });
  });
});
