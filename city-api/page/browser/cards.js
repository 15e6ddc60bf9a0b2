/**
 * One place of the city on a card, made from its answer of the API alone.
 *
 * @import { ChargePoint, ChargingStation, EnvironmentStation, Freshness, Measurement, Observed, ParkingSite, SiteFacts } from '#city-state'
 * @import { Html } from './html.js'
 * @import { Moment, Tone } from './words.js'
 */
import { html } from './html.js';
import {
  accessWords,
  agoText,
  bayWords,
  clockText,
  freshnessWords,
  plugText,
  pointWords,
  valueText,
} from './words.js';

/** Bays drawn one by one; a larger site is told in figures alone. */
const baysDrawnMax = 60;

/** @type {(freshness: Freshness) => Html} */
const freshnessText = (freshness) =>
  html`<span class="fresh ${freshness}">${freshnessWords[freshness]}</span>`;

/** What is less than live says so. @type {(part: Observed) => Html | undefined} */
const doubtOf = ({ freshness }) => (freshness === 'live' ? undefined : freshnessText(freshness));

/** @type {(status: readonly [word: string, tone: Tone]) => Html} */
const badge = ([word, tone]) => html`<span class="badge ${tone}">${word}</span>`;

/** @type {(observedAt: string, moment: Moment) => Html} */
function heard(observedAt, moment) {
  const timeMs = Date.parse(observedAt);
  const words = moment.ticking ? agoText(timeMs, moment) : clockText(timeMs, moment);
  return html`<span>gemeldet <time datetime="${observedAt}">${words}</time></span>`;
}

/**
 * How far the site can be trusted, and when the last of its parts was heard of.
 *
 * @type {(site: Observed, parts: readonly Observed[], moment: Moment) => Html}
 */
function age({ freshness }, parts, moment) {
  const times = parts.flatMap(({ observedAt }) => observedAt ?? []);
  // Texts of one form: the greatest is the latest.
  const [last] = times.toSorted().reverse();
  return html`<p class="age">${freshnessText(freshness)}${last && heard(last, moment)}</p>`;
}

/** @type {(site: SiteFacts, content: readonly (Html | undefined)[]) => Html} */
function card({ name, address, operator, access }, content) {
  const where = [address ?? operator, accessWords[access]].filter(Boolean).join(' · ');
  return html`<article class="card"><h3>${name}</h3><p class="where">${where}</p>${content}</article>`;
}

/** @type {(count: number, capacity: number, rest?: string) => Html} */
function figure(count, capacity, rest) {
  return html`<p class="figure"><strong>${count}</strong> von ${capacity} frei${rest && ` · ${rest}`}</p>`;
}

/** @type {(site: ParkingSite, moment: Moment) => Html} */
export function parkingCard(site, moment) {
  const { bays, capacity, free, unknown } = site;
  const drawn = bays.length > baysDrawnMax ? [] : bays;
  const list = drawn.map(({ id, label, status }) => {
    const [word, tone] = bayWords[status];
    return html`<li class="${tone}">${label ?? id}<span class="unseen"> ${word}</span></li>`;
  });
  return card(site, [
    figure(free, capacity, unknown > 0 ? `${unknown} unbekannt` : undefined),
    drawn.length > 0 ? html`<ul class="bays">${list}</ul>` : undefined,
    bays.length === 0 && capacity > 0 ? html`<p class="rest">Nur als Summe gezeigt</p>` : undefined,
    age(site, bays, moment),
  ]);
}

/** @type {(point: ChargePoint) => Html} */
function pointRow(point) {
  const plug = [...new Set(point.connectors.map(plugText))].join(' · ');
  const name = html`<span class="point"><span class="unseen">Ladepunkt </span>${point.label ?? point.id}</span>`;
  const doubt = point.status === 'UNKNOWN' ? undefined : doubtOf(point);
  return html`<li>${name}<span class="plug">${plug}${doubt}</span>${badge(pointWords[point.status])}</li>`;
}

/** @type {(station: ChargingStation, moment: Moment) => Html} */
export function chargingCard(station, moment) {
  const { points, capacity, available } = station;
  return card(station, [
    figure(available, capacity),
    points.length > 0 ? html`<ul class="points">${points.map(pointRow)}</ul>` : undefined,
    age(station, points, moment),
  ]);
}

/** @type {(measurement: Measurement, named: boolean, moment: Moment) => Html} */
function measured(measurement, named, moment) {
  const { label, channel, asset } = measurement;
  const [value, unit] = valueText(measurement, moment);
  const which = [named ? asset : null, channel].filter(Boolean).join(', ');
  return html`<div><dt>${label.de}${which && ` (${which})`}</dt><dd><b>${value}</b>${unit && html` <span class="unit">${unit}</span>`}${doubtOf(measurement)}</dd></div>`;
}

/** @type {(station: EnvironmentStation, moment: Moment) => Html} */
export function environmentCard(station, moment) {
  const { measurements } = station;
  const several = new Set(measurements.map(({ asset }) => asset)).size > 1;
  return card(station, [
    html`<dl class="values">${measurements.map((one) => measured(one, several, moment))}</dl>`,
    age(station, measurements, moment),
  ]);
}
