/**
 * The page in the browser: follows the live stream and makes the parts that change anew, in place.
 *
 * @import { ChargingStation, EnvironmentStation, ParkingSite } from '#city-state'
 */
import { chargingSection, environmentSection, overview, parkingSection } from './sections.js';

/** How often ages are told anew while nothing else changes. */
const tellAgeMs = 30_000;
/** A browser gives up on a stream that was refused (too many are open); we come again. */
const comeAgainMs = 30_000;

const { timeZone = 'UTC', decimals = '{}' } = document.body.dataset;

/** Every site as the stream last told it, in the order of the first telling. */
const city = {
  /** @type {Map<string, ParkingSite>} */
  parking: new Map(),
  /** @type {Map<string, ChargingStation>} */
  charging: new Map(),
  /** @type {Map<string, EnvironmentStation>} */
  environment: new Map(),
};
/** Whether the stream has told every site since it was opened. */
let complete = false;
let planned = false;

/**
 * Makes an element like another one of its kind, touching only what differs: nothing flickers, and what is selected,
 * focused or unfolded stays so.
 *
 * @type {(old: Node, fresh: Node) => void}
 */
function liken(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (!(old instanceof Element && fresh instanceof Element && old.nodeName === fresh.nodeName)) {
    old.replaceWith(fresh);
    return;
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    // Whether something is unfolded is up to who reads.
    if (name !== 'open' && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  const children = [...old.childNodes];
  const wanted = [...fresh.childNodes];
  for (const surplus of children.slice(wanted.length)) surplus.remove();
  for (const [index, child] of wanted.entries()) {
    const there = children[index];
    if (there === undefined) old.append(child);
    else liken(there, child);
  }
}

/** @type {(id: string, text: string) => void} */
function show(id, text) {
  const template = document.createElement('template');
  template.innerHTML = text;
  const [place, fresh] = [document.getElementById(id), template.content.firstElementChild];
  if (place && fresh) liken(place, fresh);
}

function showAll() {
  planned = false;
  if (!complete) return;
  const moment = { timeZone, decimals: JSON.parse(decimals), nowMs: Date.now(), ticking: true };
  const now = {
    parking: [...city.parking.values()],
    charging: [...city.charging.values()],
    environment: [...city.environment.values()],
  };
  show('tiles', overview(now).text);
  show('parken', parkingSection(now.parking, moment).text);
  show('laden', chargingSection(now.charging, moment).text);
  show('umwelt', environmentSection(now.environment, moment).text);
}

/** Shows all before the next frame, however much changes until then; in a tab nobody sees, not at all. */
function plan() {
  if (!planned) requestAnimationFrame(showAll);
  planned = true;
}

/** @type {(word: 'live' | 'lost') => void} */
function tellConnection(word) {
  const place = document.getElementById('connection');
  if (place === null || place.dataset.state === word) return;
  place.dataset.state = word;
  place.textContent = place.dataset[word] ?? '';
}

function follow() {
  const stream = new EventSource('/v1/stream');
  stream.onopen = () => {
    complete = false;
    for (const sites of Object.values(city)) sites.clear();
  };
  for (const [kind, sites] of Object.entries(city)) {
    stream.addEventListener(kind, ({ data }) => {
      const site = JSON.parse(data);
      sites.set(site.id, site);
      plan();
    });
  }
  stream.addEventListener('ready', () => {
    complete = true;
    tellConnection('live');
    plan();
  });
  stream.onerror = () => {
    tellConnection('lost');
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, comeAgainMs);
  };
}

follow();
setInterval(plan, tellAgeMs);
