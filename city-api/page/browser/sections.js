/**
 * The parts of the page that change.
 *
 * @import { ChargingStation, EnvironmentStation, ParkingSite } from '#city-state'
 * @import { Html } from './html.js'
 * @import { Moment } from './words.js'
 */
import { chargingCard, environmentCard, parkingCard } from './cards.js';
import { html } from './html.js';
import { stationWords } from './words.js';

/** @typedef {{ parking: readonly ParkingSite[], charging: readonly ChargingStation[], environment: readonly EnvironmentStation[] }} City */

/** Cards of one kind shown at once; the rest folds away. */
const cardsShownMax = 12;

/** @type {(cards: readonly Html[]) => Html} */
function grid(cards) {
  if (cards.length === 0) return html`<p>Hier ist noch nichts erfasst.</p>`;
  const more = cards.slice(cardsShownMax);
  const folded = html`<details><summary>${more.length} weitere</summary><div class="cards">${more}</div></details>`;
  return html`<div class="cards">${cards.slice(0, cardsShownMax)}</div>${more.length > 0 ? folded : undefined}`;
}

/** @type {(id: string, title: string, intro: string | Html, content: Html | readonly Html[]) => Html} */
function section(id, title, intro, content) {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2><p class="intro">${intro}</p>${content}</section>`;
}

const legend = html`<span class="bay free">1</span> frei <span class="bay busy">2</span> belegt <span class="bay none">3</span> unbekannt`;

/** @type {(sites: readonly ParkingSite[], moment: Moment) => Html} */
export function parkingSection(sites, moment) {
  const cards = sites.map((site) => parkingCard(site, moment));
  return section('parken', 'Parken', legend, grid(cards));
}

/** @type {(stations: readonly ChargingStation[], moment: Moment) => Html} */
export function chargingSection(stations, moment) {
  const cards = stations.map((station) => chargingCard(station, moment));
  return section('laden', 'Laden', '„Zugeparkt“: Dort steht ein Fahrzeug, das nicht lädt.', grid(cards));
}

/** @type {(stations: readonly EnvironmentStation[]) => readonly EnvironmentStation[]} */
const telling = (stations) => stations.filter(({ measurements }) => measurements.length > 0);

/** @type {(stations: readonly EnvironmentStation[], moment: Moment) => Html} */
export function environmentSection(stations, moment) {
  // Those that measure most come first: so cards of one size stand side by side.
  const sorted = telling(stations).toSorted((a, b) => b.measurements.length - a.measurements.length);
  const groups = Object.entries(stationWords).flatMap(([type, words]) => {
    const cards = sorted.filter((one) => one.type === type).map((one) => environmentCard(one, moment));
    return cards.length === 0 ? [] : [html`<p class="group">${words}</p>`, grid(cards)];
  });
  if (groups.length === 0) groups.push(grid([]));
  return section('umwelt', 'Umwelt', 'Die letzten Werte jeder Messstation.', groups);
}

/** @type {(numbers: readonly number[]) => number} */
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** @type {(id: string, count: number, words: string) => Html} */
const tile = (id, count, words) =>
  html`<li><a class="tile" href="#${id}"><strong>${count}</strong> ${words}</a></li>`;

/** The city in three figures, each leading to its section. @type {(city: City) => Html} */
export function overview({ parking, charging, environment }) {
  const free = sum(parking.map((site) => site.free));
  const bays = sum(parking.map(({ capacity }) => capacity));
  const available = sum(charging.map((station) => station.available));
  const points = sum(charging.map(({ capacity }) => capacity));
  const stations = telling(environment).length;
  const tiles = [
    tile('parken', free, `von ${bays} Parkplätzen frei`),
    tile('laden', available, `von ${points} Ladepunkten frei`),
    tile('umwelt', stations, stations === 1 ? 'Messstation meldet Werte' : 'Messstationen melden Werte'),
  ];
  return html`<ul id="tiles">${tiles}</ul>`;
}
