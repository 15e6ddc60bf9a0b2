import type { ChargePoint, ChargePointStatus, ChargingStation, StatusBasis } from './answers.ts';
import { bayState } from './bays.ts';
import { type Age, observed, worstOf, worstOfUsable } from './freshness.ts';
import type { AssetOf, Site } from './inventory-schema.ts';
import { isUsable, type Known, type Look } from './known.ts';
import { assetsOf, pointsShown, siteFacts, toldTogether } from './sites.ts';

type Evse = AssetOf<'evse'>;
type Meter = AssetOf<'meter'>;

type BayWord = 'free' | 'occupied' | 'silent';
/** `own` measures this charge point alone, `shared` others too. */
type MeterWord = 'own flowing' | 'own idle' | 'shared flowing' | 'shared idle' | 'silent';

/**
 * What follows from what is known. A shared meter that flows never says which of its points charges; one that is idle
 * says of each that it does not.
 */
const conclusions: Readonly<
  Record<MeterWord, Record<BayWord, readonly [ChargePointStatus, ...StatusBasis[]]>>
> = {
  'own flowing': {
    occupied: ['CHARGING', 'meter', 'bay'],
    free: ['CHARGING', 'meter'],
    silent: ['CHARGING', 'meter'],
  },
  'own idle': {
    occupied: ['BLOCKED', 'meter', 'bay'],
    free: ['AVAILABLE', 'meter', 'bay'],
    silent: ['AVAILABLE', 'meter'],
  },
  'shared flowing': {
    occupied: ['OCCUPIED', 'bay'],
    free: ['AVAILABLE', 'bay'],
    silent: ['UNKNOWN', 'meter'],
  },
  'shared idle': {
    occupied: ['BLOCKED', 'meter', 'bay'],
    free: ['AVAILABLE', 'meter', 'bay'],
    silent: ['AVAILABLE', 'meter'],
  },
  silent: {
    occupied: ['OCCUPIED', 'bay'],
    free: ['AVAILABLE', 'bay'],
    silent: ['UNKNOWN'],
  },
};

/** Whether a meter's circuit feeds a vehicle; undefined where nothing usable is known of it. */
interface Flow {
  readonly flowing: boolean | undefined;
  readonly age: Age | undefined;
}

/**
 * From power where there is any, else from current; either on any one phase. What was measured before the vehicle came
 * or went (`sinceMs`, UTC) says nothing of now.
 */
function flowOf(meter: Meter, known: readonly Known[], sinceMs: number): Flow {
  const counts = (one: Known): boolean => isUsable(one) && one.age.observedMs >= sinceMs;
  const powers = known.filter(({ quantity }) => quantity === 'active_power');
  const currents = known.filter(({ quantity }) => quantity === 'current');
  for (const [values, flows] of [
    [powers.filter(counts), (value: number) => value > meter.chargingFromW],
    [currents.filter(counts), (value: number) => value >= meter.chargingFromA],
  ] as const) {
    if (values.length === 0) continue;
    return {
      flowing: values.some(({ value }) => flows(Number(value))),
      age: worstOf(values.map(({ age }) => age)),
    };
  }
  return { flowing: undefined, age: worstOf([...powers, ...currents].map(({ age }) => age)) };
}

/** What is known of a charge point from one side, and how old that is. */
interface Word<Words> {
  readonly word: Words;
  readonly age: Age | undefined;
}

/** What meters say of a charge point since then: its own where one can be used, else shared ones. */
function meterWord(evse: Evse, meters: readonly Meter[], look: Look, sinceMs: number): Word<MeterWord> {
  const flows = meters
    .filter(({ measures }) => measures.includes(evse.id))
    .map((meter) => ({
      own: meter.measures.every((measured) => measured === evse.id),
      ...flowOf(meter, look(meter.id), sinceMs),
    }));
  const usable = flows.filter(({ flowing }) => flowing !== undefined);
  const own = usable.filter((flow) => flow.own);
  const used = own.length > 0 ? own : usable;
  if (used.length === 0) return { word: 'silent', age: agesOf(flows) };
  const kind = own.length > 0 ? 'own' : 'shared';
  return {
    word: `${kind} ${used.some(({ flowing }) => flowing) ? 'flowing' : 'idle'}`,
    age: agesOf(used),
  };
}

function agesOf(flows: readonly Flow[]): Age | undefined {
  return worstOf(flows.flatMap(({ age }) => age ?? []));
}

const bayWords = { FREE: 'free', OCCUPIED: 'occupied', UNKNOWN: 'silent' } as const;

interface PointState {
  readonly point: ChargePoint;
  readonly age: Age | undefined;
  readonly shown: boolean;
}

function pointState(evse: Evse, site: Site, shownPoints: ReadonlySet<string>, look: Look): PointState {
  const shown = shownPoints.has(evse.id);
  const bay = assetsOf(site, 'parking-bay').find((one) => one.evse === evse.id);
  const bayIs = bayState(bay === undefined ? [] : look(bay.id));
  // A point that is not shown must not speak through the meter it shares with one that is.
  const meters = assetsOf(site, 'meter').filter(
    ({ measures }) => !shown || measures.every((id) => shownPoints.has(id)),
  );
  const meterIs = meterWord(evse, meters, look, bayIs.sinceMs());
  const [status, ...basis] = conclusions[meterIs.word][bayWords[bayIs.status]];
  // Without a basis the point is as old as what was last heard of it, all of that being offline.
  const used = (side: StatusBasis, age: Age | undefined): readonly Age[] =>
    age !== undefined && (basis.length === 0 || basis.includes(side)) ? [age] : [];
  const age = worstOf([...used('bay', bayIs.age), ...used('meter', meterIs.age)]);
  const { id, label, evseId, connectors } = evse;
  return {
    point: { id, label: label ?? null, evseId: evseId ?? null, status, basis, connectors, ...observed(age) },
    age,
    shown,
  };
}

/** What a charging station answers: its points in the figures, those that may be shown one by one. */
export function chargingStation(site: Site, operator: string, look: Look): ChargingStation {
  const shownPoints = pointsShown(site);
  const states = assetsOf(site, 'evse').map((evse) => pointState(evse, site, shownPoints, look));
  const told = toldTogether(states);
  return {
    ...siteFacts(site, operator),
    ...observed(worstOfUsable(told.flatMap(({ age }) => age ?? []))),
    capacity: states.length,
    available: told.filter(({ point }) => point.status === 'AVAILABLE').length,
    points: states.filter(({ shown }) => shown).map(({ point }) => point),
  };
}
