import type { DeviceDirectory, DeviceEvent, GatewayStats, Point, Reading, Theme, Uplink, Value } from '#core';

/**
 * The rows a translated message becomes: one per reading time and channel in the measurement of the profile's theme,
 * and one in the radio log (`uplink`, or `event` for what is no uplink).
 * @param archive whether uplinks that gave readings are in the radio log too
 */
export function pointsOf(
  translated: Uplink | DeviceEvent,
  directory: DeviceDirectory,
  duplicate: boolean,
  archive = true,
): Point[] {
  const readings = duplicate ? translated.readings.map(markDuplicate) : translated.readings;
  const points = translated.profile ? readingPoints(readings, translated.profile.theme, directory) : [];
  if (!archive && translated.kind === 'uplink' && points.length > 0) return points;
  points.push(translated.kind === 'uplink' ? uplinkPoint(translated, duplicate) : eventPoint(translated));
  return points;
}

function markDuplicate(reading: Reading): Reading {
  return { ...reading, flags: [...(reading.flags ?? []), 'duplicate'] };
}

/** Readings of one time and channel belong together; of nearly every uplink that is all of them. */
function readingPoints(readings: readonly Reading[], theme: Theme, directory: DeviceDirectory): Point[] {
  const [first] = readings;
  if (first === undefined) return [];
  if (areTogether(readings, first)) return [rowPoint(first, readings, theme, directory)];
  const rows = new Map<string, [Reading, ...Reading[]]>();
  for (const reading of readings) {
    const key = `${reading.time} ${reading.channel ?? ''}`;
    const row = rows.get(key);
    if (row) row.push(reading);
    else rows.set(key, [reading]);
  }
  return Array.from(rows.values(), (row) => rowPoint(row[0], row, theme, directory));
}

function areTogether(readings: readonly Reading[], { time, channel }: Reading): boolean {
  for (const reading of readings) if (reading.time !== time || reading.channel !== channel) return false;
  return true;
}

/** @param row readings of the time and channel of the first of them */
function rowPoint(
  { device, channel, time }: Reading,
  row: readonly Reading[],
  theme: Theme,
  directory: DeviceDirectory,
): Point {
  const { asset, site } = directory.placeOf(device, channel, time);
  const tags: Record<string, string> = { device };
  if (channel !== undefined) tags.channel = channel;
  if (asset !== undefined) tags.asset = asset;
  if (site !== undefined) tags.site = site;
  const fields: Record<string, Value> = {};
  let flagged = false;
  for (const { quantity, value, flags } of row) {
    fields[quantity] = value;
    if (flags !== undefined) flagged = true;
  }
  const flags = flagged ? flagsOf(row) : '';
  if (flags !== '') fields.flags = flags;
  return { retention: 'readings', measurement: theme, time, tags, fields };
}

function flagsOf(row: readonly Reading[]): string {
  const flags = new Set<string>();
  for (const { quantity, flags: its = [] } of row)
    for (const flag of its) flags.add(flag === 'range' ? `range:${quantity}` : flag);
  return [...flags].sort().join(' ');
}

function uplinkPoint(uplink: Uplink, duplicate: boolean): Point {
  const best = uplink.gateways.reduce<{ rssiDbm: number; snrDb: number } | undefined>(
    (strongest, gateway) => (strongest && strongest.rssiDbm >= gateway.rssiDbm ? strongest : gateway),
    undefined,
  );
  const flags = [...uplink.flags, ...(duplicate ? ['duplicate'] : [])];
  return {
    retention: 'uplinks',
    measurement: 'uplink',
    time: uplink.time,
    tags: { device: uplink.devEui },
    fields: {
      f_cnt: uplink.fCnt,
      f_port: uplink.fPort,
      dev_addr: uplink.devAddr,
      deduplication_id: uplink.deduplicationId,
      confirmed: uplink.confirmed,
      data_rate: uplink.dataRate,
      frequency_hz: uplink.frequencyHz,
      spreading_factor: uplink.spreadingFactor,
      received_at_ms: uplink.receivedAtMs,
      ...(uplink.anchorMs !== undefined && { anchor_ms: uplink.anchorMs }),
      gateways: uplink.gateways.length,
      gateway_ids: uplink.gateways.map(({ gatewayId }) => gatewayId).join(' '),
      ...(best && { rssi_dbm: best.rssiDbm, snr_db: best.snrDb }),
      ...(uplink.archivePayload && { payload: Buffer.from(uplink.data).toString('hex') }),
      ...(uplink.profile && { profile: uplink.profile.id }),
      ...(uplink.object !== undefined && { object: JSON.stringify(uplink.object) }),
      ...(flags.length > 0 && { flags: flags.join(' ') }),
      ...(uplink.warnings.length > 0 && { warnings: uplink.warnings.join('; ') }),
      ...(uplink.error && { error: uplink.error.code, error_message: uplink.error.message }),
      ...(uplink.named && {
        device_profile: uplink.named.deviceProfileName,
        device_tags: JSON.stringify(uplink.named.tags),
      }),
      ...historyTold(uplink),
    },
  };
}

/** At which times it told readings from the device's memory: a replay then knows whose they are. */
function historyTold({ readings, time }: Uplink): Record<string, Value> {
  if (readings.every((reading) => reading.time === time)) return {};
  const times = new Set(readings.map((reading) => reading.time));
  times.delete(time);
  return { history_ms: [...times].join(' ') };
}

function eventPoint(event: DeviceEvent): Point {
  const flags = event.flags.join(' ');
  return {
    retention: 'uplinks',
    measurement: 'event',
    time: event.time,
    tags: { device: event.devEui, type: event.type },
    fields: {
      ...event.details,
      received_at_ms: event.receivedAtMs,
      ...(event.deduplicationId !== '' && { deduplication_id: event.deduplicationId }),
      ...(flags !== '' && { flags }),
    },
  };
}

/** The row of the radio log that a gateway's statistics become, tagged with the gateway in place of a device. */
export function gatewayPoint(stats: GatewayStats): Point {
  const { location } = stats;
  const flags = stats.flags.join(' ');
  return {
    retention: 'uplinks',
    measurement: 'gateway',
    time: stats.time,
    tags: { gateway: stats.gatewayId },
    fields: {
      rx_packets_received: stats.rxPacketsReceived,
      rx_packets_received_ok: stats.rxPacketsReceivedOk,
      tx_packets_received: stats.txPacketsReceived,
      tx_packets_emitted: stats.txPacketsEmitted,
      received_at_ms: stats.receivedAtMs,
      metadata: JSON.stringify(stats.metadata),
      ...(location && {
        latitude_deg: location.latitudeDeg,
        longitude_deg: location.longitudeDeg,
        altitude_m: location.altitudeM,
      }),
      ...(flags !== '' && { flags }),
    },
  };
}
