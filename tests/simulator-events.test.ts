import { describe, expect, it } from 'vitest';
import { type Hearing, type UpEventOptions, upEvent } from '#simulator';
import { capturedEvents, flattened } from './captured/events.ts';

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
    Record<'applicationId' | 'devEui' | 'deviceName' | 'deviceProfileName' | 'deviceClassEnabled', string>
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

const captured = capturedEvents('up');

function hearingOf({
  gatewayId,
  rssi = 0,
  snr = 0,
  nsTime,
  gwTime,
  location,
  crcStatus,
}: CapturedRxInfo): Hearing {
  const { latitude, longitude, altitude = 0 } = location;
  return {
    gatewayId,
    rssiDbm: rssi,
    snrDb: snr,
    nsTimeMs: Date.parse(nsTime),
    ...(gwTime === undefined ? {} : { gwTimeMs: Date.parse(gwTime) }),
    terse: crcStatus === undefined,
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
    deviceClass: event.deviceInfo.deviceClassEnabled === 'CLASS_C' ? 'C' : 'A',
    dataRate: event.dr,
    frequencyHz: event.txInfo.frequency,
    bytes: Buffer.from(event.data, 'base64'),
    timeMs: Date.parse(event.time),
    gateways: event.rxInfo.map(hearingOf),
  };
}

describe('upEvent', () => {
  it('has captured events to compare with', () => expect(captured.length).toBeGreaterThan(80));

  it.each(captured)('says what the network server said: $step', ({ topic, payload }) => {
    const made = upEvent(optionsOf(JSON.parse(payload) as CapturedUp));
    expect(made.topic).toBe(topic);
    // A gateway that numbers nothing has left out the zero; ours number everything.
    const numbered = payload.includes('"uplinkId"');
    const lines = (text: string): string[] =>
      flattened(JSON.parse(text)).filter((line) => numbered || !line.includes('/uplinkId'));
    expect(lines(made.payload.toString())).toEqual(lines(payload));
  });

  it('leaves out zeros where the network server does, and only there', () => {
    const [first] = captured;
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
