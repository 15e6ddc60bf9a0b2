/**
 * What the page says, in German: statuses, units, numbers, times.
 *
 * @import { Access, BayStatus, ChargePointStatus, Connector, Freshness, Measurement, StationType } from '#city-state'
 */

/**
 * @typedef {object} Moment for whom and when the page is made
 * @property {string} timeZone IANA name
 * @property {number} nowMs milliseconds UTC
 * @property {boolean} ticking whether it will be made again soon, so that it may count minutes; a page that stays says
 *   the time, and stays the same while nothing changes
 * @property {Readonly<Record<string, number>>} decimals digits after the point worth showing, by quantity; none if absent
 */

/** @type {Readonly<Record<Freshness, string>>} */
export const freshnessWords = {
  live: 'aktuell',
  stale: 'nicht bestätigt',
  offline: 'keine Verbindung',
  unknown: 'noch nie gehört',
};

/** @type {Readonly<Record<Access, string>>} */
export const accessWords = { public: '', resident: 'nur für Anwohner', private: 'nicht öffentlich' };

/** In the order the page shows them. @type {Readonly<Record<StationType, string>>} */
export const stationWords = {
  'environment-station': 'Wetter und Luft',
  room: 'Räume, je Gebäude im Mittel',
  tree: 'Bäume',
};

/** @typedef {'free' | 'busy' | 'warn' | 'none'} Tone how a status is drawn */

/** @type {Readonly<Record<BayStatus, readonly [word: string, tone: Tone]>>} */
export const bayWords = {
  FREE: ['frei', 'free'],
  OCCUPIED: ['belegt', 'busy'],
  UNKNOWN: ['unbekannt', 'none'],
};

/** @type {Readonly<Record<ChargePointStatus, readonly [word: string, tone: Tone]>>} */
export const pointWords = {
  AVAILABLE: ['frei', 'free'],
  CHARGING: ['lädt', 'busy'],
  OCCUPIED: ['belegt', 'busy'],
  RESERVED: ['reserviert', 'busy'],
  BLOCKED: ['zugeparkt', 'warn'],
  INOPERATIVE: ['außer Betrieb', 'warn'],
  OUTOFORDER: ['gestört', 'warn'],
  PLANNED: ['geplant', 'none'],
  REMOVED: ['abgebaut', 'none'],
  UNKNOWN: ['unbekannt', 'none'],
};

/** What people call OCPI's connector types; others keep their name. */
const plugs = new Map([
  ['IEC_62196_T1', 'Typ 1'],
  ['IEC_62196_T1_COMBO', 'CCS 1'],
  ['IEC_62196_T2', 'Typ 2'],
  ['IEC_62196_T2_COMBO', 'CCS'],
  ['CHADEMO', 'CHAdeMO'],
  ['DOMESTIC_F', 'Schuko'],
]);

/** UCUM codes (https://ucum.org) that people write in another way than the rules of {@link unitText} say. */
const units = new Map([
  ['1', ''],
  ['Cel', '°C'],
  ['deg', '°'],
  ['[ppm]', 'ppm'],
  ['[ppb]', 'ppb'],
  ['dB[SPL]', 'dB'],
  ['dB[SPL]{A}', 'dB(A)'],
  ['dB[SPL]{C}', 'dB(C)'],
  ['dB[SPL]{Z}', 'dB(Z)'],
  ['V.A{reactive}', 'var'],
  ['kV.A.h{reactive}', 'kvarh'],
]);

/** @type {(unit: string) => string} */
function unitText(unit) {
  const known = units.get(unit);
  if (known !== undefined) return known;
  const plain = unit.replaceAll(/\{.*?\}|\./g, '').replace(/^u/, 'µ');
  return plain.replace(/m2$/, 'm²').replace(/m3$/, 'm³');
}

/**
 * The function, with its results kept: making one of Intl's formats takes a hundred times as long as using it. There are
 * as many results as numbers of digits and time zones in use, so a handful.
 *
 * @template Made
 * @param {(key: string) => Made} make
 */
function kept(make) {
  /** @type {Map<string, Made>} */
  const made = new Map();
  return (/** @type {string} */ key) => {
    const one = made.get(key) ?? make(key);
    made.set(key, one);
    return one;
  };
}

const wholeOrTenths = new Intl.NumberFormat('de-DE', { maximumFractionDigits: 1 });
const withDigits = kept((digits) => {
  const fraction = { minimumFractionDigits: Number(digits), maximumFractionDigits: Number(digits) };
  return new Intl.NumberFormat('de-DE', fraction);
});
const clockIn = kept(
  (timeZone) => new Intl.DateTimeFormat('de-DE', { hour: '2-digit', minute: '2-digit', timeZone }),
);
const dayIn = kept(
  (timeZone) => new Intl.DateTimeFormat('de-DE', { day: 'numeric', month: 'long', timeZone }),
);

/** @type {(connector: Connector) => string} e.g. `Typ 2, 22 kW` */
export function plugText({ standard, maxPowerKw }) {
  return `${plugs.get(standard) ?? standard}, ${wholeOrTenths.format(maxPowerKw)} kW`;
}

/** @type {(measurement: Measurement, moment: Moment) => readonly [value: string, unit: string]} */
export function valueText({ quantity, value, unit }, { decimals }) {
  if (typeof value === 'boolean') return [value ? 'ja' : 'nein', ''];
  if (typeof value === 'string') return [value, ''];
  return [withDigits(`${decimals[quantity] ?? 0}`).format(value), unitText(unit)];
}

/** @type {(timeMs: number, moment: Moment) => string} e.g. `um 09:05 Uhr`, `am 7. Mai um 17:53 Uhr` */
export function clockText(timeMs, { timeZone, nowMs }) {
  const clock = `um ${clockIn(timeZone).format(timeMs)} Uhr`;
  const date = dayIn(timeZone).format(timeMs);
  return date === dayIn(timeZone).format(nowMs) ? clock : `am ${date} ${clock}`;
}

const minuteMs = 60_000;
const past = new Intl.RelativeTimeFormat('de-DE');

/** @type {(timeMs: number, moment: Moment) => string} e.g. `vor 3 Minuten`, `vor 2 Stunden`, `vor 1 Tag` */
export function agoText(timeMs, { nowMs }) {
  const minutes = Math.floor((nowMs - timeMs) / minuteMs);
  if (minutes < 1) return 'gerade eben';
  if (minutes < 60) return past.format(-minutes, 'minute');
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? past.format(-hours, 'hour') : past.format(-Math.floor(hours / 24), 'day');
}
