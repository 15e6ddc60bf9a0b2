import type { CityView, SiteFacts, SiteKind } from '#city-state';
import { charging, environment, parking } from '../families.ts';

/** A path of the API, as a link that leads to an answer, and what it is for, in German. */
export interface PathLine {
  readonly href: string;
  readonly what: string;
}

/** What is said of a kind of site, and a filter worth trying where there is one. */
interface Words {
  readonly all: string;
  readonly narrowed?: { readonly query: string; readonly what: string };
  readonly one: string;
}

const words: Readonly<Record<SiteKind, Words>> = {
  parking: {
    all: 'Alle Parkplätze, wie sie jetzt sind',
    narrowed: { query: 'free=true', what: 'Nur Parkplätze, auf denen etwas frei ist' },
    one: 'Ein einzelner Parkplatz',
  },
  charging: {
    all: 'Alle Ladestationen, wie sie jetzt sind',
    narrowed: { query: 'status=AVAILABLE', what: 'Nur Ladestationen, an denen etwas frei ist' },
    one: 'Eine einzelne Ladestation',
  },
  environment: {
    all: 'Alle Messstationen mit ihren letzten Werten',
    one: 'Eine einzelne Messstation',
  },
};

/** The sites of each kind, as they are. */
type Sites = Readonly<Record<SiteKind, readonly SiteFacts[]>>;

/** The paths of a kind of site. Examples name a site whose past may be told, if there is one. */
function familyLines(
  view: CityView,
  sites: Sites,
  { kind, path }: { readonly kind: SiteKind; readonly path: string },
): PathLine[] {
  const { all, narrowed, one } = words[kind];
  const ids = sites[kind].map(({ id }) => id);
  const hasPast = (id: string): boolean => 'assets' in (view.historyScope(kind, id) ?? {});
  const example = ids.find(hasPast) ?? ids[0];
  const lines = [{ href: path, what: all }];
  if (narrowed !== undefined) lines.push({ href: `${path}?${narrowed.query}`, what: narrowed.what });
  if (example === undefined) return lines;
  const site = `${path}/${encodeURIComponent(example)}`;
  lines.push({ href: site, what: one });
  if (hasPast(example)) {
    lines.push({ href: `${site}/history?bucket=1h`, what: 'Der letzte Tag dort, Stunde für Stunde' });
  }
  return lines;
}

/** Every path of the public API, as something to click. */
export function pathLines(view: CityView, sites: Sites): PathLine[] {
  return [
    ...[parking, charging, environment].flatMap((family) => familyLines(view, sites, family)),
    { href: '/v1/stream', what: 'Jede Änderung, sobald sie geschieht (Server-Sent Events)' },
    { href: '/openapi.json', what: 'Die Beschreibung der ganzen Schnittstelle (OpenAPI 3.1)' },
    { href: '/health/ready', what: 'Ob alles läuft, und was seit wann nicht' },
  ];
}
