import { type InventoryMistake, mistakeAt, type Source, type Spot, within } from './inventory-mistakes.ts';
import type { Asset, AssetOf, InventoryFile, Site } from './inventory-schema.ts';

/** Something of the inventory and where it was written. */
interface Located<T> {
  readonly item: T;
  readonly spot: Spot;
}

type ListKey = 'organisations' | 'sites' | 'devices' | 'assignments';
type Assignment = InventoryFile['assignments'][number];

/** Which kinds of asset a site of each kind may hold; what no answer would ever show is a mistake. */
const assetKindsOf: Readonly<Record<Site['kind'], readonly Asset['kind'][]>> = {
  charging: ['evse', 'meter', 'parking-bay'],
  parking: ['parking-bay'],
  environment: ['environment-station', 'tree'],
  building: ['room', 'meter'],
};

function listed<Key extends ListKey>(
  sources: readonly Source[],
  key: Key,
): Located<InventoryFile[Key][number]>[] {
  return sources.flatMap((source) =>
    source.content[key].map((item, index) => ({ item, spot: { source, path: [key, index] } })),
  );
}

function assetsOf(sites: readonly Located<Site>[]): Located<Asset>[] {
  return sites.flatMap(({ item, spot }) =>
    item.assets.map((asset, index) => ({ item: asset, spot: within(spot, 'assets', index) })),
  );
}

function duplicates<T>(
  all: readonly Located<T>[],
  key: string,
  keyOf: (item: T) => string,
): InventoryMistake[] {
  const first = new Map<string, InventoryMistake>();
  const mistakes: InventoryMistake[] = [];
  for (const { item, spot } of all) {
    const here = mistakeAt(within(spot, key), '', '');
    const before = first.get(keyOf(item));
    if (before === undefined) first.set(keyOf(item), here);
    else
      mistakes.push({
        ...here,
        problem: `“${keyOf(item)}” is already used at ${before.file}:${before.line}`,
        remedy: 'Give one of them another id, or remove it',
      });
  }
  return mistakes;
}

function cityMistakes(sources: readonly Source[]): InventoryMistake[] {
  const named = sources.filter(({ content }) => content.city !== undefined);
  return named
    .slice(1)
    .map((source) =>
      mistakeAt({ source, path: ['city'] }, 'the city is described a second time', 'Keep it in one file'),
    );
}

function siteMistakes({ item: site, spot }: Located<Site>): InventoryMistake[] {
  const [first] = site.assets;
  return site.assets.flatMap((asset, index) => {
    const place = within(spot, 'assets', index, 'kind');
    if (!assetKindsOf[site.kind].includes(asset.kind))
      return mistakeAt(
        place,
        `${site.kind === 'environment' ? 'an' : 'a'} ${site.kind} site holds no assets of kind ${asset.kind}`,
        `Put it on a site of its own; this one takes ${assetKindsOf[site.kind].join(', ')}`,
      );
    // Its answer says of the whole site what stands there.
    if (site.kind === 'environment' && asset.kind !== first?.kind)
      return mistakeAt(
        place,
        `the site is one of ${first?.kind} already`,
        `Put the ${asset.kind} on a site of its own`,
      );
    return [];
  });
}

/** A bay and a meter name charge points of their own site; a charge point has at most one bay. */
function evseMistakes({ item: site, spot }: Located<Site>): InventoryMistake[] {
  const evses = new Set(site.assets.filter((asset) => asset.kind === 'evse').map((asset) => asset.id));
  const bayOf = new Map<string, string>();
  const unknown = (place: Spot, name: string) =>
    mistakeAt(
      place,
      `the site has no charge point “${name}”`,
      'Name an asset of kind evse of this same site',
    );
  return site.assets.flatMap((asset, index) => {
    const here = within(spot, 'assets', index);
    if (asset.kind === 'meter' && asset.measures.length === 0 && site.kind === 'charging')
      return [mistakeAt(here, 'the meter measures nothing', 'Name its charge points under measures')];
    if (asset.kind === 'meter')
      return asset.measures.flatMap((name, at) =>
        evses.has(name) ? [] : unknown(within(here, 'measures', at), name),
      );
    if (asset.kind !== 'parking-bay' || asset.evse === undefined) return [];
    const place = within(here, 'evse');
    if (!evses.has(asset.evse)) return [unknown(place, asset.evse)];
    const other = bayOf.get(asset.evse);
    bayOf.set(asset.evse, asset.id);
    if (other === undefined) return [];
    return [mistakeAt(place, `the charge point has the bay “${other}” already`, 'Leave it with one bay')];
  });
}

function connectorMistakes({ item, spot }: Located<AssetOf<'evse'>>): InventoryMistake[] {
  const connectors = item.connectors.map((connector, index) => ({
    item: connector,
    spot: within(spot, 'connectors', index),
  }));
  return duplicates(connectors, 'id', ({ id }) => id);
}

/** When an assignment begins and ends, in milliseconds UTC; without an end, infinity. */
export function periodOf({ validFrom, validTo }: Assignment): { fromMs: number; toMs: number } {
  return { fromMs: Date.parse(validFrom), toMs: validTo === undefined ? Infinity : Date.parse(validTo) };
}

function periodMistakes(assignments: readonly Located<Assignment>[]): InventoryMistake[] {
  const mistakes: InventoryMistake[] = [];
  const byPlace = Map.groupBy(
    assignments,
    ({ item }) => `${item.device.toLowerCase()} ${item.channel ?? ''}`,
  );
  for (const { item, spot } of assignments) {
    const { fromMs, toMs } = periodOf(item);
    if (toMs <= fromMs)
      mistakes.push(
        mistakeAt(within(spot, 'validTo'), 'ends before it begins', 'Correct validTo or validFrom'),
      );
  }
  for (const together of byPlace.values()) {
    const sorted = together.toSorted((a, b) => periodOf(a.item).fromMs - periodOf(b.item).fromMs);
    let busyUntilMs = -Infinity;
    for (const { item, spot } of sorted) {
      const { fromMs, toMs } = periodOf(item);
      if (fromMs < busyUntilMs)
        mistakes.push(
          mistakeAt(
            spot,
            `overlaps an earlier assignment of ${item.device}${item.channel === undefined ? '' : `, channel ${item.channel}`}`,
            'Set validTo of the earlier one to the time the sensor was moved',
          ),
        );
      busyUntilMs = Math.max(busyUntilMs, toMs);
    }
  }
  return mistakes;
}

function unknownReferences(sources: readonly Source[]): InventoryMistake[] {
  const sites = listed(sources, 'sites');
  const organisations = new Set(listed(sources, 'organisations').map(({ item }) => item.id));
  const assets = new Set(assetsOf(sites).map(({ item }) => item.id));
  const [first] = sources;
  return [
    ...(first !== undefined && sources.every(({ content }) => content.city === undefined)
      ? [
          mistakeAt(
            { source: first, path: [] },
            'no file describes the city',
            'Add city: {id, name, timeZone}',
          ),
        ]
      : []),
    ...sites
      .filter(({ item }) => !organisations.has(item.organisation))
      .map(({ item, spot }) =>
        mistakeAt(
          within(spot, 'organisation'),
          `there is no organisation “${item.organisation}”`,
          'Add it under organisations, or correct the id',
        ),
      ),
    ...listed(sources, 'assignments')
      .filter(({ item }) => !assets.has(item.asset))
      .map(({ item, spot }) =>
        mistakeAt(
          within(spot, 'asset'),
          `there is no asset “${item.asset}”`,
          'Add it to a site, or correct the id',
        ),
      ),
  ];
}

/**
 * What no single value shows: ids used twice, names that lead nowhere, assignments that contradict each other.
 * @param complete whether every file of the folder could be read; if not, what is missing may stand in the broken one
 */
export function crossCheck(sources: readonly Source[], complete: boolean): InventoryMistake[] {
  const sites = listed(sources, 'sites');
  const assets = assetsOf(sites);
  return [
    ...cityMistakes(sources),
    ...duplicates(listed(sources, 'organisations'), 'id', ({ id }) => id),
    ...duplicates(sites, 'id', ({ id }) => id),
    ...duplicates(assets, 'id', ({ id }) => id),
    ...duplicates(listed(sources, 'devices'), 'devEui', (device) => device.devEui.toLowerCase()),
    ...sites.flatMap(siteMistakes),
    ...sites.flatMap(evseMistakes),
    ...assets.flatMap(({ item, spot }) => (item.kind === 'evse' ? connectorMistakes({ item, spot }) : [])),
    ...periodMistakes(listed(sources, 'assignments')),
    ...(complete ? unknownReferences(sources) : []),
  ];
}
