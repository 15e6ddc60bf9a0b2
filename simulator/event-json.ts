/** What the events of ChirpStack have in common in JSON. */
import type { EventSource } from './device-event.ts';
import { installation } from './up-event.ts';

/** RFC 3339 as chrono writes it: `+00:00` instead of `Z`, and no fraction where it is zero. */
export function rfc3339(timeMs: number): string {
  return `${new Date(timeMs)
    .toISOString()
    .slice(0, -1)
    .replace(/\.000$/, '')}+00:00`;
}

/** Zero values are missing from `rxInfo`, as protobuf's JSON mapping leaves them out; so does JSON what is undefined. */
export function unlessZero(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}

/** Who the event is about; in this order, nothing left out. */
export function deviceInfo(source: EventSource): object {
  return {
    tenantId: installation.tenantId,
    tenantName: installation.tenantName,
    applicationId: source.applicationId,
    applicationName: installation.applicationName,
    deviceProfileId: installation.deviceProfileId,
    deviceProfileName: source.deviceProfileName,
    deviceName: source.deviceName,
    devEui: source.devEui,
    deviceClassEnabled: `CLASS_${source.deviceClass ?? 'A'}`,
    tags: source.tags,
  };
}
