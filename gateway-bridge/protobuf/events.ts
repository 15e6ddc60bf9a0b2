import { messageOf } from '#core';
import {
  euiPattern,
  type Message,
  type MessageType,
  type SideEvent,
  type Stats,
  type Up,
} from '../event-schema.ts';
import { Unreadable } from '../unreadable.ts';
import {
  decode,
  logCodeName,
  logLevelName,
  type WireEvent,
  type WireStats,
  type WireTxack,
  type WireUplink,
} from './messages.ts';
import { shortestFloat, structJson, timestampMs } from './values.ts';
import { foreignField } from './wire.ts';

const devAddrPattern = /^[0-9a-f]{8}$/;
const uuidPattern = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const fPortMax = 255;

/**
 * A message in protobuf, checked, in the shapes that JSON gives.
 * @throws {Unreadable} `protobuf_invalid` where the bytes are no such message
 */
export function readProtobuf(type: MessageType, payload: Uint8Array): Message {
  // protobufjs reads a Buffer faster than other arrays of bytes.
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  try {
    if (type === 'stats') return statsOf(decode.stats(bytes));
    const foreign = foreignField(type, bytes);
    if (foreign !== undefined) throw new TypeError(`it has ${foreign}`);
    return type === 'up' ? upOf(decode.up(bytes)) : sideEventOf(type, bytes);
  } catch (cause) {
    const reason = `neither a JSON object nor a protobuf message of type ${type}: ${messageOf(cause)}`;
    throw new Unreadable('protobuf_invalid', reason);
  }
}

function upOf(wire: WireUplink): Up {
  const common = commonOf(wire);
  if (wire.fPort > fPortMax) throw new RangeError(`fPort is ${wire.fPort}`);
  // What looks like an uplink and came by no gateway is another event.
  if (wire.rxInfo.length === 0) throw new TypeError('rxInfo is empty');
  return {
    type: 'up',
    ...common,
    deduplicationId: wire.deduplicationId,
    devAddr: checked('devAddr', wire.devAddr, devAddrPattern),
    dr: wire.dr,
    fCnt: wire.fCnt,
    fPort: wire.fPort,
    confirmed: wire.confirmed,
    data: Buffer.from(wire.data),
    ...(wire.object && { object: structJson(wire.object) }),
    rxInfo: wire.rxInfo.map(({ gatewayId, nsTime, rssi, snr }) => ({
      gatewayId,
      nsTime: timestampMs(nsTime),
      rssi,
      snr: shortestFloat(snr),
    })),
    ...(wire.txInfo && { txInfo: uplinkTxInfoOf(wire.txInfo) }),
  };
}

function uplinkTxInfoOf({ frequency, modulation }: NonNullable<WireUplink['txInfo']>): Up['txInfo'] {
  const lora = modulation?.lora;
  return {
    frequency,
    ...(lora && { modulation: { lora: { spreadingFactor: lora.spreadingFactor } } }),
  };
}

function sideEventOf(type: SideEvent['type'], bytes: Uint8Array): SideEvent {
  switch (type) {
    case 'join': {
      const wire = decode.join(bytes);
      const devAddr = checked('devAddr', wire.devAddr, devAddrPattern);
      return { type, ...commonOf(wire), deduplicationId: wire.deduplicationId, devAddr };
    }
    case 'status': {
      const wire = decode.status(bytes);
      const { deduplicationId, margin, externalPowerSource, batteryLevelUnavailable } = wire;
      const batteryLevel = shortestFloat(wire.batteryLevel);
      const power = { externalPowerSource, batteryLevelUnavailable, batteryLevel };
      return { type, ...commonOf(wire), deduplicationId, margin, ...power };
    }
    case 'log': {
      const wire = decode.log(bytes);
      const { description, context } = wire;
      const level = logLevelName(wire.level);
      return { type, ...commonOf(wire), level, code: logCodeName(wire.code), description, context };
    }
    case 'ack': {
      const wire = decode.ack(bytes);
      const { deduplicationId, acknowledged, fCntDown } = wire;
      const queueItemId = checked('queueItemId', wire.queueItemId, uuidPattern);
      return { type, ...commonOf(wire), deduplicationId, queueItemId, acknowledged, fCntDown };
    }
    case 'txack':
      return txackOf(decode.txack(bytes));
  }
}

function txackOf(wire: WireTxack): SideEvent {
  const { downlinkId, queueItemId, fCntDown, gatewayId, txInfo } = wire;
  return {
    type: 'txack',
    ...commonOf(wire),
    downlinkId,
    queueItemId,
    fCntDown,
    gatewayId,
    ...(txInfo && { txInfo: { frequency: txInfo.frequency, power: txInfo.power } }),
  };
}

function statsOf(wire: WireStats): Stats {
  const { location } = wire;
  if (location) {
    const { latitude, longitude, altitude } = location;
    if (![latitude, longitude, altitude].every(Number.isFinite))
      throw new RangeError('location is no number');
  }
  return {
    type: 'stats',
    gatewayId: checked('gatewayId', wire.gatewayId, euiPattern),
    time: timestampMs(wire.time),
    rxPacketsReceived: wire.rxPacketsReceived,
    rxPacketsReceivedOk: wire.rxPacketsReceivedOk,
    txPacketsReceived: wire.txPacketsReceived,
    txPacketsEmitted: wire.txPacketsEmitted,
    ...(location && { location }),
    metadata: wire.metadata,
  };
}

/** What every event has. */
function commonOf({ time, deviceInfo }: WireEvent): Pick<Up, 'time' | 'deviceInfo'> {
  if (!deviceInfo) throw new TypeError('deviceInfo is missing');
  const { devEui, deviceProfileName, tags } = deviceInfo;
  return {
    time: timestampMs(time),
    deviceInfo: { devEui: checked('devEui', devEui, euiPattern), deviceProfileName, tags },
  };
}

function checked(name: string, text: string, pattern: RegExp): string {
  if (pattern.test(text)) return text;
  throw new TypeError(`${name} is ${JSON.stringify(text.slice(0, 100))}`);
}
