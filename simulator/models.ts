import type { DeviceProfile } from '#device-profiles';
import { BaySensor } from './bay-sensor.ts';
import { buildingLoad } from './buildings.ts';
import { loadOf } from './charging.ts';
import { drawOf } from './draw.ts';
import { ct103Said, ct305Said, em4301Said } from './models-energy.ts';
import { am307Said, dlPmSaid, em500SmtcSaid, s2120Said } from './models-environment.ts';
import { nps405Said, tps110Said } from './models-parking.ts';
import { PeriodicSensor } from './periodic-sensor.ts';
import type { TownPlace } from './places.ts';
import { roomAir } from './rooms.ts';
import type { Said, Sensor } from './sensor.ts';
import { type Calendars, visitsOf } from './visits.ts';
import type { Sky } from './weather.ts';

/** The town around a device. */
export interface Surroundings {
  readonly seed: number;
  readonly calendars: Calendars;
  readonly sky: Sky;
}

/** How a model is brought to life; a new one is an entry. */
type Model = (around: Surroundings, place: TownPlace, profile: DeviceProfile) => Sensor;

/** A demonstration should be lively: where a model is slower as delivered, it has been told to hurry. */
const intervalSMax = 600;

const periodic =
  (sayingOf: (around: Surroundings, place: TownPlace) => (timeMs: number, fCnt: number) => Said): Model =>
  (around, place, profile) =>
    new PeriodicSensor({
      seed: around.seed,
      place,
      intervalMs: Math.min(intervalSMax, profile.rhythm.expectedIntervalS) * 1000,
      say: sayingOf(around, place),
    });

const onBay =
  (sayingOf: (around: Surroundings) => ConstructorParameters<typeof BaySensor>[0]['say']): Model =>
  (around, place, profile) =>
    new BaySensor({
      seed: around.seed,
      place,
      visits: visitsOf(around.seed, around.calendars, { ...place, point: place.points[0] }),
      heartbeatIntervalS: profile.rhythm.expectedIntervalS,
      say: sayingOf(around),
    });

/** The load a meter measures: its charge points, or a building where it has none. */
function measuredLoad({ seed, calendars }: Surroundings, { id, points, sinceMs }: TownPlace) {
  return points.length > 0
    ? loadOf(seed, calendars, points, sinceMs)
    : buildingLoad(seed, calendars[5], id, sinceMs);
}

/** Every model the simulator knows, by profile id. A device of another model is silent. */
export const models: Readonly<Record<string, Model>> = {
  'bosch/tps110': onBay(({ sky }) => tps110Said(sky)),
  'nwave/nps405': onBay(({ sky }) => nps405Said(sky)),
  'milesight/ct103': periodic((around, place) => ct103Said(measuredLoad(around, place))),
  'milesight/ct305': periodic((around, place) => ct305Said(measuredLoad(around, place))),
  'yobiiq/em4301': periodic((around, place) =>
    em4301Said(measuredLoad(around, place), drawOf(around.seed, `mains ${place.devEui}`)),
  ),
  'milesight/am307': periodic((around, place) =>
    am307Said(roomAir(around.seed, around.calendars[5], around.sky, place), around.sky, place),
  ),
  'decentlab/dl-pm': periodic(({ seed, sky }, { devEui }) => dlPmSaid(sky, drawOf(seed, `air ${devEui}`))),
  'seeed/s2120': periodic(({ seed, sky }, { devEui }) => s2120Said(sky, drawOf(seed, `air ${devEui}`))),
  'milesight/em500-smtc': periodic(({ seed, sky }, place) =>
    em500SmtcSaid(sky, drawOf(seed, `soil ${place.devEui}`), place),
  ),
};
