import type { QuantityKey } from '#core';
import type { HistoryScope } from './answers.ts';
import { environmentQuantities, stationsOf } from './environment.ts';
import type { Site } from './inventory-schema.ts';
import { assetsOf, isPublic, pointsShown, togetherMin } from './sites.ts';

const quarterHourMs = 900_000;
const minuteMs = 60_000;

/** The site's bays whose past may be told, none if they are too few. */
function baysWithHistory(site: Site): string[] {
  const bays = assetsOf(site, 'parking-bay').filter(isPublic);
  return bays.length >= togetherMin ? bays.map(({ id }) => id) : [];
}

function parkingHistory(site: Site): HistoryScope {
  const assets = baysWithHistory(site);
  if (assets.length === 0)
    return {
      withheld: `Fewer than ${togetherMin} public bays stand together here: the past of so few can tell about a person.`,
    };
  return { assets, quantities: ['bay_occupied'], bucketMsMin: quarterHourMs };
}

function chargingHistory(site: Site): HistoryScope {
  const shown = pointsShown(site);
  const meters = assetsOf(site, 'meter')
    .filter(({ measures }) => measures.every((id) => shown.has(id)))
    .map(({ id }) => id);
  const bays = baysWithHistory(site);
  const quantities: QuantityKey[] = [];
  if (meters.length > 0) quantities.push('current', 'active_power', 'active_energy');
  if (bays.length > 0) quantities.push('bay_occupied');
  if (quantities.length === 0)
    return {
      withheld: `Nothing that may be shown is metered here, and fewer than ${togetherMin} public bays stand together.`,
    };
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
        assets: stationsOf(site).map(({ id }) => id),
        quantities: environmentQuantities,
        bucketMsMin: minuteMs,
      };
    case 'building':
      return {
        withheld: 'Rooms are told together and as they are now only, meters of buildings not at all.',
      };
  }
}
