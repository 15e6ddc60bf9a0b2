import type { SiteFacts, SiteKind } from './answers.ts';
import type { Asset, AssetOf, Site } from './inventory-schema.ts';

/** Fewer than this, told together, could tell about a single person. */
export const togetherMin = 5;

/** The assets of one kind at a site. */
export function assetsOf<Kind extends Asset['kind']>(site: Site, kind: Kind): AssetOf<Kind>[] {
  return site.assets.filter((asset): asset is AssetOf<Kind> => asset.kind === kind);
}

/** Among which answers a site is found: the rooms of a building are environment, its meters nobody else's business. */
export function publicKind(site: Site): SiteKind | undefined {
  if (site.kind !== 'building') return site.kind;
  return assetsOf(site, 'room').length > 0 ? 'environment' : undefined;
}

/** Whether single things of the site may be shown; what is not public appears in totals only. */
export function isPublic(thing: { readonly access?: Site['access'] | undefined }): boolean {
  return (thing.access ?? 'public') === 'public';
}

/** Ids of the charge points that may be shown one by one: a bay that is not public would speak through its own. */
export function pointsShown(site: Site): ReadonlySet<string> {
  if (!isPublic(site)) return new Set();
  const hidden = new Set(
    assetsOf(site, 'parking-bay').flatMap((bay) =>
      isPublic(bay) || bay.evse === undefined ? [] : [bay.evse],
    ),
  );
  return new Set(assetsOf(site, 'evse').flatMap(({ id }) => (hidden.has(id) ? [] : [id])));
}

/**
 * Those of a site's things that may enter its figures: all that are shown, and the others only where they are enough.
 * Fewer of them would follow from the figures by taking off what is shown.
 */
export function toldTogether<Thing extends { readonly shown: boolean }>(things: readonly Thing[]): Thing[] {
  const hidden = things.filter(({ shown }) => !shown).length;
  return things.filter(({ shown }) => shown || hidden >= togetherMin);
}

export function siteFacts(site: Site, operator: string): SiteFacts {
  const { id, name, location, address, access } = site;
  return { id, name, operator, location, address: address ?? null, access };
}
