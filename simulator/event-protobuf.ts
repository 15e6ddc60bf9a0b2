/** What the events of ChirpStack have in common in protobuf, written by its makers' own classes. */
import common from '@chirpstack/chirpstack-api/common/common_pb.js';
import integration from '@chirpstack/chirpstack-api/integration/integration_pb.js';
import type { EventSource } from './device-event.ts';
import { installation } from './up-event.ts';

/** What is used of Google's class, whose types do not come with the package. */
interface Timestamp {
  setSeconds(value: number): void;
  setNanos(value: number): void;
}

/** An event that holds its field 2, `time`, and nothing in it: the package reads Timestamps, but does not hand out their class. */
const withEmptyTime = Uint8Array.of((2 << 3) | 2, 0);

export function timestamp(timeMs: number): Timestamp {
  const stamp: Timestamp | undefined = integration.UplinkEvent.deserializeBinary(withEmptyTime).getTime();
  if (stamp === undefined) throw new TypeError('UplinkEvent has no time in field 2 any more');
  const seconds = Math.floor(timeMs / 1000);
  stamp.setSeconds(seconds);
  stamp.setNanos((timeMs - 1000 * seconds) * 1_000_000);
  return stamp;
}

/** Who the event is about. */
export function deviceInfo(options: EventSource): InstanceType<typeof integration.DeviceInfo> {
  const info = new integration.DeviceInfo();
  info.setTenantId(installation.tenantId);
  info.setTenantName(installation.tenantName);
  info.setApplicationId(options.applicationId);
  info.setApplicationName(installation.applicationName);
  info.setDeviceProfileId(installation.deviceProfileId);
  info.setDeviceProfileName(options.deviceProfileName);
  info.setDeviceName(options.deviceName);
  info.setDevEui(options.devEui);
  info.setDeviceClassEnabled(common.DeviceClass[`CLASS_${options.deviceClass ?? 'A'}`]);
  for (const [key, value] of Object.entries(options.tags)) info.getTagsMap().set(key, value);
  return info;
}
