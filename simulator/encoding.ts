import type { DeviceEventWriter } from './device-event.ts';
import { deviceEvent } from './device-event-json.ts';
import type { UpEventWriter } from './up-event.ts';
import { upEvent } from './up-event-json.ts';

/** What a network server can publish its events in; a switch for all of it. */
export const encodings = ['json', 'protobuf'] as const;
export type Encoding = (typeof encodings)[number];

/** Whatever writes `up` events in that encoding. ChirpStack's classes are loaded when they are asked for: 20 ms. */
export async function upEventWriter(encoding: Encoding): Promise<UpEventWriter> {
  if (encoding === 'json') return upEvent;
  return (await import('./up-event-protobuf.ts')).upEventProtobuf;
}

/** The same for all other events. */
export async function deviceEventWriter(encoding: Encoding): Promise<DeviceEventWriter> {
  if (encoding === 'json') return deviceEvent;
  return (await import('./device-event-protobuf.ts')).deviceEventProtobuf;
}
