/** The events beside `up` in protobuf, written by ChirpStack's makers' own classes, as `up-event-protobuf.ts` does. */
import gw from '@chirpstack/chirpstack-api/gw/gw_pb.js';
import integration from '@chirpstack/chirpstack-api/integration/integration_pb.js';
import {
  type AckEvent,
  batteryOf,
  type DeviceEventOptions,
  eventTopicOf,
  type JoinEvent,
  type LogEvent,
  type StatusEvent,
  type TxAckEvent,
} from './device-event.ts';
import { deviceInfo, timestamp } from './event-protobuf.ts';
import { bandwidthHz, concentratorContext, installation, type MqttMessage } from './up-event.ts';

type TxInfo = InstanceType<typeof gw.DownlinkTxInfo>;

/** What is used of Google's class, whose types do not come with the package. */
interface Duration {
  setSeconds(value: number): void;
}

/** Timing with its field 1, `delay`, and nothing in it: the package reads Durations, but does not hand out their class. */
const withEmptyDelay = Uint8Array.of((1 << 3) | 2, 0);

function timing(delayS: number | undefined): InstanceType<typeof gw.Timing> {
  const when = new gw.Timing();
  if (delayS === undefined) {
    when.setImmediately(new gw.ImmediatelyTimingInfo());
    return when;
  }
  const info = gw.DelayTimingInfo.deserializeBinary(withEmptyDelay);
  const delay: Duration | undefined = info.getDelay();
  if (delay === undefined) throw new TypeError('DelayTimingInfo has no delay in field 1 any more');
  delay.setSeconds(delayS);
  when.setDelay(info);
  return when;
}

function txInfo({ frequencyHz, powerDbm, spreadingFactor, delayS }: TxAckEvent, timeMs: number): TxInfo {
  const lora = new gw.LoraModulationInfo();
  lora.setBandwidth(bandwidthHz);
  lora.setSpreadingFactor(spreadingFactor);
  lora.setCodeRate(gw.CodeRate.CR_4_5);
  lora.setPolarizationInversion(true);
  const modulation = new gw.Modulation();
  modulation.setLora(lora);
  const info = new gw.DownlinkTxInfo();
  info.setFrequency(frequencyHz);
  info.setPower(powerDbm);
  info.setModulation(modulation);
  info.setTiming(timing(delayS));
  info.setContext(concentratorContext(timeMs));
  return info;
}

function join({ deduplicationId, devAddr }: JoinEvent) {
  const event = new integration.JoinEvent();
  event.setDeduplicationId(deduplicationId);
  event.setDevAddr(devAddr);
  event.setRegionConfigId(installation.regionConfigId);
  return event;
}

function status(told: StatusEvent) {
  const { externalPowerSource, batteryLevelUnavailable, batteryLevel } = batteryOf(told);
  const event = new integration.StatusEvent();
  event.setDeduplicationId(told.deduplicationId);
  event.setMargin(told.marginDb);
  event.setExternalPowerSource(externalPowerSource);
  event.setBatteryLevelUnavailable(batteryLevelUnavailable);
  event.setBatteryLevel(batteryLevel);
  return event;
}

function ack({ deduplicationId, queueItemId, acknowledged, fCntDown }: AckEvent) {
  const event = new integration.AckEvent();
  event.setDeduplicationId(deduplicationId);
  event.setQueueItemId(queueItemId);
  event.setAcknowledged(acknowledged);
  event.setFCntDown(fCntDown);
  return event;
}

function txack(told: TxAckEvent, timeMs: number) {
  const event = new integration.TxAckEvent();
  event.setDownlinkId(told.downlinkId);
  event.setQueueItemId(told.queueItemId);
  event.setFCntDown(told.fCntDown);
  event.setGatewayId(told.gatewayId);
  event.setTxInfo(txInfo(told, timeMs));
  return event;
}

function log({ level, code, description, context }: LogEvent) {
  const event = new integration.LogEvent();
  event.setLevel(integration.LogLevel[level]);
  event.setCode(integration.LogCode[code]);
  event.setDescription(description);
  for (const [key, value] of Object.entries(context)) event.getContextMap().set(key, value);
  return event;
}

function eventOf(options: DeviceEventOptions) {
  switch (options.kind) {
    case 'join':
      return join(options);
    case 'status':
      return status(options);
    case 'ack':
      return ack(options);
    case 'txack':
      return txack(options, options.timeMs);
    case 'log':
      return log(options);
  }
}

/**
 * The events of ChirpStack 4 beside `up`, in protobuf: which fields are there as captured from version 4.20
 * (`tests/captured/application-protobuf.jsonl`).
 */
export function deviceEventProtobuf(options: DeviceEventOptions): MqttMessage {
  const event = eventOf(options);
  event.setTime(timestamp(options.timeMs));
  event.setDeviceInfo(deviceInfo(options));
  const bytes = event.serializeBinary();
  return {
    topic: eventTopicOf(options),
    payload: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  };
}
