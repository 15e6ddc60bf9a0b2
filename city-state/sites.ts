import type { SiteFacts } from './answers.ts';
import type { Asset, AssetOf, Site } from './inventory-schema.ts';

/** The assets of one kind at a site. */
export function assetsOf<Kind extends Asset['kind']>(site: Site, kind: Kind): AssetOf<Kind>[] {
  return site.assets.filter((asset): asset is AssetOf<Kind> => asset.kind === kind);
}

/** Whether single things of the site may be shown; what is not public appears in totals only. */
export function isPublic(thing: { readonly access?: Site['access'] | undefined }): boolean {
  return (thing.access ?? 'public') === 'public';
}

export function siteFacts(site: Site, operator: string): SiteFacts {
  const { id, name, location, address } = site;
  return { id, name, operator, location, address: address ?? null };
}
