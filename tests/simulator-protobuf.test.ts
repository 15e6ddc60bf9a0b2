/**
 * Simulated events in protobuf against captured ones. ChirpStack's own generated classes read what was captured; its
 * fields go through the simulator, and the bytes must be those again, but for what is the simulator's own.
 */
import { readFileSync } from 'node:fs';
import common from '@chirpstack/chirpstack-api/common/common_pb.js';
import gw from '@chirpstack/chirpstack-api/gw/gw_pb.js';
import integration from '@chirpstack/chirpstack-api/integration/integration_pb.js';
import { describe, expect, it } from 'vitest';
import { type Hearing, type UpEventOptions, upEventWriter } from '#simulator';

const { UplinkEvent } = integration;
type Up = InstanceType<typeof UplinkEvent>;
type RxInfo = InstanceType<typeof gw.UplinkRxInfo>;

/** What is used of Google's class, whose types do not come with the package. */
interface Timestamp {
  getSeconds(): number;
  getNanos(): number;
  setNanos(value: number): void;
}

const captured = readFileSync(new URL('captured/application-protobuf.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { step: string; topic: string; payloadBase64: string })
  .filter(({ topic }) => topic.endsWith('/event/up'))
  .map(({ step, topic, payloadBase64 }) => ({ step, topic, bytes: Buffer.from(payloadBase64, 'base64') }));
const read = (bytes: Uint8Array): Up => UplinkEvent.deserializeBinary(bytes);
/** ms UTC of a time that has to be there. */
function msOf(time: Timestamp | undefined): number {
  if (time === undefined) throw new Error('a captured event without its time');
  return 1000 * time.getSeconds() + Math.floor(time.getNanos() / 1_000_000);
}

function hearingOf(info: RxInfo): Hearing {
  const place = info.getLocation();
  if (place === undefined) throw new Error('a captured gateway without a location, not even an empty one');
  const { latitude, longitude, altitude } = place.toObject();
  return {
    gatewayId: info.getGatewayId(),
    rssiDbm: info.getRssi(),
    snrDb: info.getSnr(),
    nsTimeMs: msOf(info.getNsTime()),
    terse: info.getCrcStatus() === gw.CRCStatus.NO_CRC,
    ...(info.hasGwTime() ? { gwTimeMs: msOf(info.getGwTime()) } : {}),
    ...(latitude === 0 && longitude === 0 ? {} : { location: { latitude, longitude, altitude } }),
  };
}

function optionsOf(up: Up): UpEventOptions {
  const info = up.getDeviceInfo();
  const sent = up.getTxInfo();
  if (info === undefined || sent === undefined)
    throw new Error('a captured event without deviceInfo or txInfo');
  const { applicationId, devEui, deviceName, deviceProfileName, tagsMap } = info.toObject();
  const isC = info.getDeviceClassEnabled() === common.DeviceClass.CLASS_C;
  return {
    ...{ applicationId, devEui, deviceName, deviceProfileName, tags: Object.fromEntries(tagsMap) },
    deviceClass: isC ? 'C' : 'A',
    deduplicationId: up.getDeduplicationId(),
    devAddr: up.getDevAddr(),
    fCnt: up.getFCnt(),
    fPort: up.getFPort(),
    confirmed: up.getConfirmed(),
    dataRate: up.getDr(),
    frequencyHz: sent.getFrequency(),
    bytes: up.getData_asU8(),
    timeMs: msOf(up.getTime()),
    gateways: up.getRxInfoList().map(hearingOf),
  };
}

const toMilliseconds = (time: Timestamp | undefined): void =>
  time?.setNanos(1_000_000 * Math.floor(time.getNanos() / 1_000_000));

/** The captured event with what the simulator does not tell taken away, and with what is its own put in. */
function asSimulated(bytes: Uint8Array, made: Up): Uint8Array {
  const up = read(bytes);
  up.clearObject();
  up.setAdr(made.getAdr());
  toMilliseconds(up.getTime());
  const [info, ours] = [up.getDeviceInfo(), made.getDeviceInfo()?.toObject()];
  info?.setTenantId(ours?.tenantId ?? '');
  info?.setTenantName(ours?.tenantName ?? '');
  info?.setApplicationName(ours?.applicationName ?? '');
  info?.setDeviceProfileId(ours?.deviceProfileId ?? '');
  for (const [index, rx] of up.getRxInfoList().entries()) {
    rx.clearTimeSinceGpsEpoch();
    rx.clearFineTimeSinceGpsEpoch();
    toMilliseconds(rx.getNsTime());
    toMilliseconds(rx.getGwTime());
    const oursRx = made.getRxInfoList()[index];
    rx.setUplinkId(oursRx?.getUplinkId() ?? 0);
    rx.setContext(oursRx?.getContext() ?? '');
  }
  return up.serializeBinary();
}

const bytesOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('an up event in protobuf', async () => {
  const write = await upEventWriter('protobuf');

  it('has most of the captured events to compare with', () => expect(captured.length).toBeGreaterThan(80));

  // The classes write the empty key and the nulls of a codec's object in more bytes, which mean the same.
  const plain = captured.filter(({ step }) => step !== 'g-codec-odd');

  it.each(plain)('is described by the classes in full: $step', ({ bytes }) => {
    // Maps are written in another order, so the bytes are the same, but not their places.
    const again = read(bytes).serializeBinary();
    expect(Buffer.from(again).toSorted()).toEqual(Buffer.from(bytes).toSorted());
  });

  it.each(captured)('has the fields the network server wrote, and no others: $step', ({ topic, bytes }) => {
    const made = write(optionsOf(read(bytes)));
    expect(made.topic).toBe(topic);
    expect(bytesOf(made.payload)).toBe(bytesOf(asSimulated(bytes, read(made.payload))));
  });

  it('knows a gateway without a place, and the beginning of time', () => {
    const [first] = captured;
    const options = optionsOf(read(first?.bytes ?? Buffer.alloc(0)));
    const hearing: Hearing = { gatewayId: '0016c001f1500001', rssiDbm: 0, snrDb: 0, nsTimeMs: 0 };
    const up = read(write({ ...options, gateways: [hearing] }).payload).toObject();
    expect(up.rxInfoList).toEqual([
      expect.objectContaining({
        rssi: 0,
        nsTime: { seconds: 0, nanos: 0 },
        gwTime: undefined,
        location: expect.objectContaining({ latitude: 0, longitude: 0, altitude: 0 }),
      }),
    ]);
  });
});
