import type { QuantityKey } from '#core';
import type { HistoryScope } from './answers.ts';
import { environmentQuantities } from './environment.ts';
import type { Site } from './inventory-schema.ts';
import { assetsOf, isPublic } from './sites.ts';

/** Fewer bays than this could tell when a single person comes and goes. */
const baysMin = 5;
const quarterHourMs = 900_000;
const minuteMs = 60_000;

/** The site's bays whose past may be told, none if they are too few. */
function baysWithHistory(site: Site): string[] {
  const bays = assetsOf(site, 'parking-bay').filter(isPublic);
  return bays.length >= baysMin ? bays.map(({ id }) => id) : [];
}

function parkingHistory(site: Site): HistoryScope {
  const assets = baysWithHistory(site);
  if (assets.length === 0)
    return {
      withheld: `Fewer than ${baysMin} public bays stand together here: the past of so few can tell about a person.`,
    };
  return { assets, quantities: ['bay_occupied'], bucketMsMin: quarterHourMs };
}

function chargingHistory(site: Site): HistoryScope {
  const meters = assetsOf(site, 'meter').map(({ id }) => id);
  const bays = baysWithHistory(site);
  const quantities: QuantityKey[] = [];
  if (meters.length > 0) quantities.push('current', 'active_power', 'active_energy');
  if (bays.length > 0) quantities.push('bay_occupied');
  if (quantities.length === 0)
    return { withheld: `Nothing is metered here, and fewer than ${baysMin} public bays stand together.` };
  return { assets: [...meters, ...bays], quantities, bucketMsMin: quarterHourMs };
}

/** What may be asked of a site's past, or why nothing. */
export function historyOf(site: Site): HistoryScope {
  if (!isPublic(site)) return { withheld: 'This site is not public.' };
  switch (site.kind) {
    case 'parking':
      return parkingHistory(site);
    case 'charging':
      return chargingHistory(site);
    case 'environment':
      return {
        assets: assetsOf(site, 'environment-station').map(({ id }) => id),
        quantities: environmentQuantities,
        bucketMsMin: minuteMs,
      };
  }
}
