import { encodeUplink, profileById } from '#device-profiles';
import { hourMs } from './calendar.ts';
import { models } from './models.ts';
import { middleOf, type TownPlaces } from './places.ts';
import { gatewaysOf, identityOf, radioOf } from './radio.ts';
import type { SensorFrame } from './sensor.ts';
import type { MqttMessage, UpEventWriter } from './up-event.ts';
import { upEvent } from './up-event-json.ts';
import { calendarsOf } from './visits.ts';
import { skyOver } from './weather.ts';

/** A message of the town's network server, and when it came; ms UTC. */
export interface TownUplink {
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
}

/** One device of the town: when it speaks, and the message that becomes of a frame. */
interface Voice {
  frames(fromMs: number, toMs: number): SensorFrame[];
  messageOf(frame: SensorFrame): MqttMessage;
}

function voicesOf({ places: { timeZone, devices }, seed, write = upEvent }: TownOptions): Voice[] {
  const middle = middleOf(devices);
  const gateways = gatewaysOf(middle);
  const around = { seed, calendars: calendarsOf(timeZone), sky: skyOver(seed, middle) };
  return devices.flatMap((place) => {
    const profile = profileById(place.profile);
    const model = models[place.profile];
    if (profile === undefined || model === undefined) return [];
    const { devEui, id: deviceName, sinceMs, untilMs } = place;
    const sensor = model(around, place, profile);
    const transmission = radioOf(seed, gateways, place);
    const { devAddr, deduplicationId } = identityOf(seed, devEui);
    const [deviceProfileName = profile.id] = profile.names;
    return {
      frames: (fromMs, toMs) => {
        const [first, end] = [Math.max(fromMs, sinceMs), Math.min(toMs, untilMs)];
        return first < end ? sensor.frames(first, end) : [];
      },
      messageOf: ({ timeMs, fCnt, say }) => {
        const { data, fPort } = say();
        return write({
          ...{ applicationId, devEui, deviceName, deviceProfileName, devAddr, fCnt, timeMs, tags: {} },
          ...encodeUplink(profile, data, fPort),
          ...transmission(timeMs, fCnt),
          deduplicationId: deduplicationId(fCnt),
        });
      },
    };
  });
}

/**
 * The town with these places: the same seed gives the same bytes at all times.
 * Devices whose model the simulator or the profiles do not know are silent.
 * @throws {RangeError} where the time zone is none
 */
export function createTown(options: TownOptions): Town {
  const voices = voicesOf(options);
  return {
    *uplinks(fromMs, toMs) {
      for (let startMs = fromMs; startMs < toMs; startMs += stepMs) {
        const endMs = Math.min(toMs, startMs + stepMs);
        const spoken = voices.flatMap((voice) =>
          voice.frames(startMs, endMs).map((frame) => ({ timeMs: frame.timeMs, frame, voice })),
        );
        // At the same millisecond the order of the places decides: sorting is stable.
        spoken.sort((a, b) => a.timeMs - b.timeMs);
        for (const { timeMs, frame, voice } of spoken) yield { timeMs, message: voice.messageOf(frame) };
      }
    },
  };
}
