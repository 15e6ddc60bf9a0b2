import type { DeviceProfile } from '#device-profiles';
import { drawOf } from '../draw.ts';
import type { TownPlace } from '../places.ts';
import { binAt } from '../world/bins.ts';
import { buildingLoad } from '../world/buildings.ts';
import { loadOf } from '../world/charging.ts';
import { noiseAt } from '../world/noise.ts';
import { type Around, crowdAt } from '../world/people.ts';
import { roomAir } from '../world/rooms.ts';
import { gasM3, streetLights, waterLitres, workSocket } from '../world/supplies.ts';
import { Total } from '../world/total.ts';
import { roadAt } from '../world/traffic.ts';
import { type Calendars, visitsOf } from '../world/visits.ts';
import { BaySensor } from './bay-sensor.ts';
import { ct103Said, ct305Said, em4301Said, hotdropSaid } from './energy.ts';
import { am307Said, dlPmSaid, em500SmtcSaid, s2120Said } from './environment.ts';
import { nps405Said, tekziparkSaid, tps110Said } from './parking.ts';
import { pcr2Said, vs121Said, vs133Said } from './people.ts';
import { PeriodicSensor } from './periodic-sensor.ts';
import { am319Said, dlIamSaid, ersSaid } from './rooms.ts';
import type { Saying, Sensor } from './sensor.ts';
import { dlSmtpSaid, lse01Said } from './soil.ts';
import { em300DiGasSaid, em300DiWaterSaid, ws523Said, ws558Said } from './supplies.ts';
import { em400MudSaid, tbsl100Said, ws302Said } from './surroundings.ts';
import { dlMbxSaid, em500SwlSaid } from './water.ts';
import { dlAtm41g2Said } from './weather-station.ts';

/** The town around a device. */
export interface Surroundings extends Around {
  readonly calendars: Calendars;
}

/** How a model is brought to life; a new one is an entry. */
type Model = (around: Surroundings, place: TownPlace, profile: DeviceProfile) => Sensor;

/** A demonstration should be lively: where a model is slower as delivered, it has been told to hurry. */
const intervalSMax = 600;

const periodic =
  (sayingOf: (around: Surroundings, place: TownPlace) => Saying): Model =>
  (around, place, profile) =>
    new PeriodicSensor({
      seed: around.seed,
      place,
      intervalMs: Math.min(intervalSMax, profile.rhythm.expectedIntervalS) * 1000,
      say: sayingOf(around, place),
    });

const onBay =
  (
    sayingOf: (around: Surroundings, place: TownPlace) => ConstructorParameters<typeof BaySensor>[0]['say'],
  ): Model =>
  (around, place, profile) =>
    new BaySensor({
      seed: around.seed,
      place,
      visits: visitsOf(around.seed, around.calendars, { ...place, point: place.points[0] }),
      heartbeatIntervalS: profile.rhythm.expectedIntervalS,
      say: sayingOf(around, place),
    });

/** The load a meter measures: its charge points, or a building where it has none. */
function measuredLoad({ seed, calendars, calendar }: Surroundings, { id, points, sinceMs }: TownPlace) {
  return points.length > 0
    ? loadOf(seed, calendars, points, sinceMs)
    : buildingLoad(seed, calendar, id, sinceMs);
}

const air = ({ seed }: Around, { devEui }: TownPlace) => drawOf(seed, `air ${devEui}`);
const soil = ({ seed }: Around, { devEui }: TownPlace) => drawOf(seed, `soil ${devEui}`);
const gauge = ({ seed }: Around, { devEui }: TownPlace) => drawOf(seed, `gauge ${devEui}`);
const mains = ({ seed }: Around, { devEui }: TownPlace) => drawOf(seed, `mains ${devEui}`);
const roomOf = (around: Around, place: TownPlace) => roomAir(around.seed, around.calendar, around.sky, place);

/** A road's vehicles in both directions, counted since the device is in service. */
function roadTotals(around: Around, { site, sinceMs }: TownPlace): [inward: Total, outward: Total] {
  const { inwardPerH, outwardPerH } = roadAt(around, site);
  return [new Total(around.calendar, sinceMs, inwardPerH), new Total(around.calendar, sinceMs, outwardPerH)];
}

/** Half of the counting inputs are at water meters, the others at gas meters; the same whatever the seed. */
function countedSupply(around: Around, place: TownPlace): Saying {
  const { id, sinceMs } = place;
  const draw = gauge(around, place);
  return drawOf(0, `supply ${id}`)(0) < 0.5
    ? em300DiWaterSaid(waterLitres(around, id, sinceMs), around.sky, draw, place)
    : em300DiGasSaid(gasM3(around, id, sinceMs), around.sky, draw, place);
}

/** Every model the simulator knows, by profile id. A device of another model is silent. */
export const models: Readonly<Record<string, Model>> = {
  'bosch/tps110': onBay(({ sky }) => tps110Said(sky)),
  'nwave/nps405': onBay(({ sky }) => nps405Said(sky)),
  'tekzitel/tekzipark': onBay(({ sky }, place) => tekziparkSaid(sky, place)),
  'milesight/ct103': periodic((around, place) => ct103Said(measuredLoad(around, place))),
  'milesight/ct305': periodic((around, place) => ct305Said(measuredLoad(around, place))),
  'vutility/hotdrop': periodic((around, place) =>
    hotdropSaid(measuredLoad(around, place), mains(around, place)),
  ),
  'yobiiq/em4301': periodic((around, place) => em4301Said(measuredLoad(around, place), mains(around, place))),
  'milesight/am307': periodic((around, place) => am307Said(roomOf(around, place), around.sky, place)),
  'milesight/am319': periodic((around, place) =>
    am319Said(roomOf(around, place), around.sky, air(around, place), place, 'o3'),
  ),
  'milesight/am319-hcho': periodic((around, place) =>
    am319Said(roomOf(around, place), around.sky, air(around, place), place, 'hcho'),
  ),
  'decentlab/dl-iam': periodic((around, place) =>
    dlIamSaid(roomOf(around, place), around.sky, air(around, place)),
  ),
  'elsys/ers': periodic((around, place) => ersSaid(roomOf(around, place), air(around, place), place)),
  'decentlab/dl-pm': periodic((around, place) => dlPmSaid(around.sky, air(around, place))),
  'seeed/s2120': periodic((around, place) => s2120Said(around.sky, air(around, place))),
  'decentlab/dl-atm41g2': periodic((around, place) =>
    dlAtm41g2Said(
      around.sky,
      air(around, place),
      new Total(around.calendar, place.sinceMs, (_, timeMs) => around.sky.rainAt(timeMs)),
    ),
  ),
  'milesight/ws302': periodic((around, place) => ws302Said(noiseAt(around, place), place)),
  'browan/tbsl100': periodic((around, place) => tbsl100Said(noiseAt(around, place), around.sky, place)),
  'milesight/em500-smtc': periodic((around, place) => em500SmtcSaid(around.sky, soil(around, place), place)),
  'dragino/lse01': periodic((around, place) => lse01Said(around.sky, soil(around, place), place)),
  'decentlab/dl-smtp': periodic((around, place) => dlSmtpSaid(around.sky, soil(around, place), place)),
  'milesight/em500-swl': periodic((around, place) => em500SwlSaid(around.sky, gauge(around, place), place)),
  'decentlab/dl-mbx': periodic((around, place) => dlMbxSaid(around.sky, gauge(around, place), place)),
  'milesight/em400-mud': periodic((around, place) =>
    em400MudSaid(binAt(around, place), around.sky, gauge(around, place), place),
  ),
  'milesight/vs121': periodic((around, place) => vs121Said(crowdAt(around, place, place.sinceMs))),
  'milesight/vs133': periodic((around, place) =>
    vs133Said(crowdAt(around, place, place.sinceMs), gauge(around, place)),
  ),
  'parametric/pcr2': periodic((around, place) => pcr2Said(...roadTotals(around, place), around.sky, place)),
  'milesight/em300-di': periodic(countedSupply),
  'milesight/ws523': periodic((around, place) =>
    ws523Said(workSocket(around, place.id, place.sinceMs), mains(around, place)),
  ),
  'milesight/ws558': periodic((around, place) =>
    ws558Said(streetLights(around, place.sinceMs), mains(around, place)),
  ),
};

/** Models without a battery: of these a network server never asks how full it is. */
export const mainsPowered: ReadonlySet<string> = new Set([
  'milesight/ct103',
  'milesight/ct305',
  'milesight/vs121',
  'milesight/vs133',
  'milesight/ws523',
  'milesight/ws558',
  'vutility/hotdrop',
  'yobiiq/em4301',
]);
