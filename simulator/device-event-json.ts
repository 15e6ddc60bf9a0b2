import {
  batteryOf,
  type DeviceEventOptions,
  eventTopicOf,
  type StatusEvent,
  type TxAckEvent,
} from './device-event.ts';
import { deviceInfo, rfc3339 } from './event-json.ts';
import { bandwidthHz, concentratorContext, installation, type MqttMessage } from './up-event.ts';

/** A number of 32 bits as short as it can be without becoming another one. */
function shortest(value: number): number {
  for (const digits of [6, 7, 8]) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

function status(event: StatusEvent): object {
  const { batteryLevel, ...flags } = batteryOf(event);
  return { margin: event.marginDb, ...flags, batteryLevel: shortest(batteryLevel) };
}

function txInfo({ frequencyHz, powerDbm, spreadingFactor, delayS }: TxAckEvent, timeMs: number): object {
  const lora = { bandwidth: bandwidthHz, spreadingFactor, codeRate: 'CR_4_5', polarizationInversion: true };
  return {
    frequency: frequencyHz,
    power: powerDbm,
    modulation: { lora },
    timing: delayS === undefined ? { immediately: {} } : { delay: { delay: `${delayS}s` } },
    context: concentratorContext(timeMs).toString('base64'),
  };
}

/** The event's own part: what stands before and behind time and device, in that order. */
function partsOf(event: DeviceEventOptions): readonly [before: object, behind: object] {
  switch (event.kind) {
    case 'join':
      return [
        { deduplicationId: event.deduplicationId },
        { devAddr: event.devAddr, regionConfigId: installation.regionConfigId },
      ];
    case 'status':
      return [{ deduplicationId: event.deduplicationId }, status(event)];
    case 'ack': {
      const { deduplicationId, queueItemId, acknowledged, fCntDown } = event;
      return [{ deduplicationId }, { queueItemId, acknowledged, fCntDown }];
    }
    case 'txack': {
      const { downlinkId, queueItemId, fCntDown, gatewayId, timeMs } = event;
      return [{ downlinkId }, { queueItemId, fCntDown, gatewayId, txInfo: txInfo(event, timeMs) }];
    }
    case 'log': {
      const { level, code, description, context } = event;
      return [{}, { level, code, description, context }];
    }
  }
}

/**
 * The events of ChirpStack 4 beside `up`, in JSON: key order and what is there as captured from version 4.20
 * (`tests/captured/application-json.jsonl`). Nothing is left out but by a downlink's radio facts.
 */
export function deviceEvent(options: DeviceEventOptions): MqttMessage {
  const [before, behind] = partsOf(options);
  const event = {
    ...before,
    time: rfc3339(options.timeMs),
    deviceInfo: deviceInfo(options),
    ...behind,
  };
  return { topic: eventTopicOf(options), payload: Buffer.from(JSON.stringify(event)) };
}
