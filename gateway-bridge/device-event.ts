import type { DeviceEvent, RawMessage, Reading } from '#core';
import type { SideEvent, Status } from './event-schema.ts';
import { eventTime } from './event-time.ts';
import { type Models, modelOf } from './profile.ts';

const descriptionCharsMax = 2000;

/** What ChirpStack tells of a device beside its uplinks, with the battery level where a status really gives one. */
export function eventOf(event: SideEvent, raw: RawMessage, models: Models): DeviceEvent {
  const { devEui } = event.deviceInfo;
  const { time, flags } = eventTime(event.time, [], raw.receivedAtMs);
  const profile = modelOf(devEui, time, event.deviceInfo, models)?.facts;
  return {
    kind: 'event',
    type: event.type,
    devEui,
    time,
    receivedAtMs: raw.receivedAtMs,
    flags,
    deduplicationId: deduplicationIdOf(event),
    ...(profile && { profile }),
    details: detailsOf(event),
    readings: event.type === 'status' && hasBatteryLevel(event) ? [batteryReading(event, time, flags)] : [],
  };
}

/** 0.0 also stands for "external power" and "unavailable": it is an empty battery only where neither is said. */
function hasBatteryLevel({ externalPowerSource, batteryLevelUnavailable }: Status): boolean {
  return !externalPowerSource && !batteryLevelUnavailable;
}

function batteryReading(event: Status, time: number, flags: DeviceEvent['flags']): Reading {
  return {
    device: event.deviceInfo.devEui,
    time,
    quantity: 'battery_level',
    value: event.batteryLevel,
    ...(flags.length > 0 && { flags }),
  };
}

function deduplicationIdOf(event: SideEvent): string {
  if (event.type === 'log') return event.context.deduplication_id ?? '';
  return event.type === 'txack' ? '' : event.deduplicationId;
}

function detailsOf(event: SideEvent): DeviceEvent['details'] {
  switch (event.type) {
    case 'join':
      return { dev_addr: event.devAddr };
    case 'status':
      return {
        margin_db: event.margin,
        external_power: event.externalPowerSource,
        ...(hasBatteryLevel(event) && { battery_level: event.batteryLevel }),
      };
    case 'log':
      return {
        level: event.level,
        code: event.code,
        description: event.description.slice(0, descriptionCharsMax),
        context: JSON.stringify(event.context),
      };
    case 'ack':
      return {
        queue_item_id: event.queueItemId,
        acknowledged: event.acknowledged,
        f_cnt_down: event.fCntDown,
      };
    case 'txack':
      return {
        downlink_id: event.downlinkId,
        queue_item_id: event.queueItemId,
        f_cnt_down: event.fCntDown,
        gateway_id: event.gatewayId,
        frequency_hz: event.txInfo?.frequency ?? 0,
        power_dbm: event.txInfo?.power ?? 0,
      };
  }
}
