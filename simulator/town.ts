import { encodeUplink } from '#device-profiles';
import { hourMs } from './calendar.ts';
import type { DeviceEventWriter, EventSource } from './device-event.ts';
import { deviceEvent } from './device-event-json.ts';
import { type LivingDevice, livingDevices } from './devices.ts';
import type { Surroundings } from './models/models.ts';
import type { SensorFrame } from './models/sensor.ts';
import { middleOf, type TownPlaces } from './places.ts';
import { gatewaysOf, identityOf, radioOf } from './radio.ts';
import { eventsOf, type KnownDevice } from './town-events.ts';
import { type Truth, truthOf } from './truth.ts';
import type { MqttMessage, UpEventOptions, UpEventWriter } from './up-event.ts';
import { upEvent } from './up-event-json.ts';
import { calendarsOf } from './world/visits.ts';
import { skyOver } from './world/weather.ts';

/** An uplink of the town: the message of its network server, and, so that it can be written otherwise, what it was written from. */
export interface TownUplink extends UpEventOptions {
  /** Milliseconds UTC: when it was sent, and the event's own time. */
  readonly timeMs: number;
  /** Profile id of the device, `vendor/model`. */
  readonly profile: string;
  readonly confirmed: boolean;
  readonly message: MqttMessage;
}

/** Any event of the town's network server. */
export interface TownEvent {
  readonly kind: 'up' | 'join' | 'status';
  readonly devEui: string;
  /** Milliseconds UTC: the event's own time. */
  readonly timeMs: number;
  readonly message: MqttMessage;
}

/** A town that lives by itself, looked at through windows of time. */
export interface Town {
  /**
   * The uplinks from `fromMs` (inclusive) to `toMs` (exclusive), by time. Any window shows the same town: it does not
   * matter where one begins to look, nor in how many steps. Windows far from each other cost the same as neighbours.
   */
  uplinks(fromMs: number, toMs: number): Iterable<TownUplink>;
  /** The same, and what the network server tells besides: a device's join when its service begins, and, of those with a battery, a status a day. */
  events(fromMs: number, toMs: number): Iterable<TownEvent>;
  /** The town as it is at a moment, ms UTC, whatever of it has been told. */
  truth(atMs: number): Truth;
}

/** The invented application all devices of the town belong to. */
const applicationId = '6f1ac86c-4d8f-4f2b-9f3e-52d0c1a7e003';
/** Memory is for the frames of so long at a time, however long the window. */
const stepMs = hourMs;

export interface TownOptions {
  readonly places: TownPlaces;
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed: number;
  /** What the messages are written in: JSON where nothing is told, else what `upEventWriter` gives. */
  readonly write?: UpEventWriter;
  /** The same of all events but uplinks. */
  readonly writeEvent?: DeviceEventWriter;
}

/** One device of the town: when it speaks, and the uplink that becomes of a frame. */
interface Voice extends KnownDevice {
  readonly uplinkOf: (frame: SensorFrame) => TownUplink;
}

/** The town around its devices. */
function surroundingsOf({ places: { timeZone, devices }, seed }: TownOptions): Surroundings {
  const calendars = calendarsOf(timeZone);
  return { seed, calendars, calendar: calendars[5], sky: skyOver(seed, middleOf(devices)) };
}

function voicesOf({ places, seed, write = upEvent }: TownOptions, devices: readonly LivingDevice[]): Voice[] {
  const gateways = gatewaysOf(middleOf(places.devices));
  return devices.map((device) => {
    const { place, profile, sensor } = device;
    const { devEui, sinceMs, untilMs } = place;
    const transmission = radioOf(seed, gateways, place);
    const identity = identityOf(seed, devEui);
    return {
      ...device,
      ...{ identity, transmission },
      frames: (fromMs, toMs) => {
        const [first, end] = [Math.max(fromMs, sinceMs), Math.min(toMs, untilMs)];
        return first < end ? sensor.frames(first, end) : [];
      },
      uplinkOf: ({ timeMs, fCnt, say }) => {
        const { data, fPort } = say();
        const options = {
          ...sourceOf(device),
          ...{ devAddr: identity.devAddr, fCnt, timeMs },
          ...encodeUplink(profile, data, fPort),
          ...transmission(timeMs, fCnt),
          deduplicationId: identity.deduplicationId(fCnt),
          confirmed: false,
        };
        return { ...options, profile: profile.id, message: write(options) };
      },
    };
  });
}

/** Who the network server says a device is. */
function sourceOf({ place: { devEui, id }, profile }: LivingDevice): EventSource {
  const [deviceProfileName = profile.id] = profile.names;
  return {
    applicationId,
    devEui,
    deviceName: id,
    deviceProfileName,
    tags: {},
    deviceClass: profile.lorawan.deviceClass,
  };
}

/** A voice, and what it says in a window, by time. */
interface Speaker<Said> {
  readonly voice: Voice;
  readonly saidIn: (fromMs: number, toMs: number) => readonly Said[];
}

/** What all say in a window, by time, worked out step by step. */
function* inOrder<Said extends { readonly timeMs: number }>(
  speakers: readonly Speaker<Said>[],
  fromMs: number,
  toMs: number,
): Generator<{ readonly voice: Voice; readonly said: Said }> {
  for (let startMs = fromMs; startMs < toMs; startMs += stepMs) {
    const endMs = Math.min(toMs, startMs + stepMs);
    const spoken = speakers.flatMap(({ voice, saidIn }) =>
      saidIn(startMs, endMs).map((said) => ({ voice, said })),
    );
    // At the same millisecond the order of the places decides: sorting is stable.
    yield* spoken.sort((a, b) => a.said.timeMs - b.said.timeMs);
  }
}

/**
 * The town with these places: the same seed gives the same bytes at all times.
 * Devices whose model the simulator or the profiles do not know are silent.
 * @throws {RangeError} where the time zone is none
 */
export function createTown(options: TownOptions): Town {
  const { seed, writeEvent = deviceEvent } = options;
  const around = surroundingsOf(options);
  const devices = livingDevices(around, options.places.devices);
  const voices = voicesOf(options, devices);
  const framesOfAll = voices.map((voice) => ({ voice, saidIn: voice.frames }));
  const eventsOfAll = voices.map((voice) => ({ voice, saidIn: eventsOf(voice) }));
  return {
    *uplinks(fromMs, toMs) {
      for (const { voice, said } of inOrder(framesOfAll, fromMs, toMs)) yield voice.uplinkOf(said);
    },
    *events(fromMs, toMs) {
      for (const { voice, said } of inOrder(eventsOfAll, fromMs, toMs)) {
        const { kind, timeMs } = said;
        const message =
          said.kind === 'up'
            ? voice.uplinkOf(said.frame).message
            : writeEvent({ ...sourceOf(voice), ...said });
        yield { kind, devEui: voice.place.devEui, timeMs, message };
      }
    },
    truth: truthOf(seed, around.calendars, devices),
  };
}
