import type { BayStatus, ParkingSite } from './answers.ts';
import { type Age, observed, worstOfUsable } from './freshness.ts';
import type { Site } from './inventory-schema.ts';
import { isUsable, type Known, type Look } from './known.ts';
import { assetsOf, isPublic, siteFacts } from './sites.ts';

/** Whether a vehicle stands in a bay, and since when that is known; no age where nothing was ever heard. */
export interface BayState {
  readonly status: BayStatus;
  readonly age: Age | undefined;
}

/** The newest word on a bay. What a sensor said that is offline now says nothing. */
export function bayState(known: readonly Known[]): BayState {
  const newest = known
    .filter(({ quantity }) => quantity === 'bay_occupied')
    .reduce<Known | undefined>(
      (best, one) => (best !== undefined && best.age.observedMs >= one.age.observedMs ? best : one),
      undefined,
    );
  if (newest === undefined || !isUsable(newest)) return { status: 'UNKNOWN', age: newest?.age };
  return { status: newest.value === true ? 'OCCUPIED' : 'FREE', age: newest.age };
}

/** What a parking site answers: all its bays in the figures, the public ones of a public site one by one. */
export function parkingSite(site: Site, operator: string, look: Look): ParkingSite {
  const bays = assetsOf(site, 'parking-bay').map((bay) => ({ bay, ...bayState(look(bay.id)) }));
  const count = (wanted: BayStatus): number => bays.filter(({ status }) => status === wanted).length;
  return {
    ...siteFacts(site, operator),
    ...observed(worstOfUsable(bays.flatMap(({ age }) => age ?? []))),
    capacity: bays.length,
    free: count('FREE'),
    occupied: count('OCCUPIED'),
    unknown: count('UNKNOWN'),
    bays: bays
      .filter(({ bay }) => isPublic(site) && isPublic(bay))
      .map(({ bay, status, age }) => ({ id: bay.id, label: bay.label ?? null, status, ...observed(age) })),
  };
}
