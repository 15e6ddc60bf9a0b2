import type { GatewayStats, RawMessage } from '#core';
import type { Stats } from './event-schema.ts';
import { eventTime } from './event-time.ts';

const metadataEntriesMax = 32;
const metadataKeyCharsMax = 64;
const metadataValueCharsMax = 256;

/** A gateway's own statistics. Its clock may be wrong, and nobody but us saw the message: the anchor is our receipt. */
export function gatewayStatsOf(stats: Stats, { receivedAtMs }: RawMessage): GatewayStats {
  const { time, flags } = eventTime(stats.time, [], receivedAtMs);
  return {
    kind: 'gateway-stats',
    gatewayId: stats.gatewayId,
    time,
    receivedAtMs,
    flags,
    rxPacketsReceived: stats.rxPacketsReceived,
    rxPacketsReceivedOk: stats.rxPacketsReceivedOk,
    txPacketsReceived: stats.txPacketsReceived,
    txPacketsEmitted: stats.txPacketsEmitted,
    ...locationOf(stats.location),
    metadata: boundedMetadata(stats.metadata),
  };
}

/** A gateway without a position sends zeros, or none: null island has no gateway. */
function locationOf(location: Stats['location']): Pick<GatewayStats, 'location'> {
  if (!location) return {};
  const { latitude, longitude, altitude } = location;
  if ((latitude === 0 && longitude === 0) || Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return {};
  return { location: { latitudeDeg: latitude, longitudeDeg: longitude, altitudeM: altitude } };
}

function boundedMetadata(metadata: Stats['metadata']): GatewayStats['metadata'] {
  const entries = Object.entries(metadata).slice(0, metadataEntriesMax);
  return Object.fromEntries(
    entries.map(([key, value]) => [key.slice(0, metadataKeyCharsMax), value.slice(0, metadataValueCharsMax)]),
  );
}
