import type { BayStatus, ParkingSite } from './answers.ts';
import { type Age, observed, worstOfUsable } from './freshness.ts';
import type { Site } from './inventory-schema.ts';
import { isUsable, type Known, type Look } from './known.ts';
import { assetsOf, isPublic, siteFacts, toldTogether } from './sites.ts';

/** Whether a vehicle stands in a bay; no age where nothing was ever heard. */
export interface BayState {
  readonly status: BayStatus;
  readonly age: Age | undefined;
  /** Since when it is known to be so, ms UTC; -Infinity where nothing is. */
  readonly sinceMs: () => number;
}

/** The newest word on a bay. What a sensor said that is offline now says nothing. */
export function bayState(known: readonly Known[]): BayState {
  const newest = known
    .filter(({ quantity }) => quantity === 'bay_occupied')
    .reduce<Known | undefined>(
      (best, one) => (best !== undefined && best.age.observedMs >= one.age.observedMs ? best : one),
      undefined,
    );
  if (newest === undefined || !isUsable(newest))
    return { status: 'UNKNOWN', age: newest?.age, sinceMs: () => -Infinity };
  const { value, age, sinceMs } = newest;
  return { status: value === true ? 'OCCUPIED' : 'FREE', age, sinceMs };
}

/** What a parking site answers: its bays in the figures, the public ones of a public site one by one. */
export function parkingSite(site: Site, operator: string, look: Look): ParkingSite {
  const bays = assetsOf(site, 'parking-bay').map((bay) => ({
    bay,
    shown: isPublic(site) && isPublic(bay),
    ...bayState(look(bay.id)),
  }));
  const told = toldTogether(bays);
  const count = (wanted: BayStatus): number => told.filter(({ status }) => status === wanted).length;
  const [free, occupied] = [count('FREE'), count('OCCUPIED')];
  return {
    ...siteFacts(site, operator),
    ...observed(worstOfUsable(told.flatMap(({ age }) => age ?? []))),
    capacity: bays.length,
    free,
    occupied,
    unknown: bays.length - free - occupied,
    bays: bays
      .filter(({ shown }) => shown)
      .map(({ bay, status, age }) => ({ id: bay.id, label: bay.label ?? null, status, ...observed(age) })),
  };
}
