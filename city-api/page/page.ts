import { quantities } from '#core';
import type { PublicDeps } from '../deps.ts';
import { html } from './browser/html.js';
import { chargingSection, environmentSection, overview, parkingSection } from './browser/sections.js';
import { type PathLine, pathLines } from './paths.ts';

/** What the page may load: its own files, from where it came from itself. Inline scripts and styles may not run. */
export const pagePolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

/** Digits worth showing, of those quantities that are not whole numbers. */
const decimals = Object.fromEntries(
  Object.entries(quantities).flatMap(([key, quantity]) =>
    quantity.decimals > 0 ? [[key, quantity.decimals]] : [],
  ),
);

const links = [
  ['parken', 'Parken'],
  ['laden', 'Laden'],
  ['umwelt', 'Umwelt'],
  ['schnittstelle', 'Schnittstelle'],
].map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`);

function pathTable(lines: readonly PathLine[]) {
  const rows = lines.map(
    ({ href, what }) => html`<div><dt><a href="${href}">${href}</a></dt><dd>${what}</dd></div>`,
  );
  return html`<section id="schnittstelle" aria-labelledby="schnittstelle-title">
<h2 id="schnittstelle-title">Schnittstelle</h2>
<p class="intro">Alles auf dieser Seite gibt es auch als JSON für Programme, ohne Anmeldung und für jede andere Webseite.</p>
<dl class="paths">${rows}</dl>
</section>`;
}

/**
 * The city as a page for people, complete without a script. It holds no time of its own making but today's date, so that
 * an unchanged city is an unchanged page, byte for byte.
 */
export function cityPage({ city: { name, timeZone }, view, now }: PublicDeps): string {
  const nowMs = now();
  const moment = { timeZone, nowMs, decimals, ticking: false };
  const sites = {
    parking: view.parkingSites(nowMs),
    charging: view.chargingStations(nowMs),
    environment: view.environmentStations(nowMs),
  };
  return html`<!doctype html>
<html lang="de">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="Freie Parkplätze, Ladepunkte und Messwerte: was in ${name} gerade ist.">
<title>${name} – Stadtpegel</title>
<link rel="icon" type="image/svg+xml" href="/page/icon.svg">
<link rel="stylesheet" href="/page/page.css">
<script type="module" src="/page/page.js"></script>
</head>
<body data-time-zone="${timeZone}" data-decimals="${JSON.stringify(decimals)}">
<a class="skip" href="#inhalt">Zum Inhalt springen</a>
<header>
<div class="top"><p class="brand"><img src="/page/icon.svg" alt="" width="28" height="28">Stadtpegel</p>
<nav aria-label="Abschnitte"><ul>${links}</ul></nav></div>
<h1>${name}</h1>
<p class="lead">Was in der Stadt gerade ist: freie Parkplätze, Ladepunkte und Messwerte, von Sensoren gemeldet.</p>
<p id="connection" role="status" data-live="Live – Änderungen erscheinen von selbst" data-lost="Verbindung unterbrochen – der Stand kann veraltet sein">Momentaufnahme – neu laden zeigt den neuesten Stand</p>
</header>
<main id="inhalt" tabindex="-1">
${overview(sites)}
${parkingSection(sites.parking, moment)}
${chargingSection(sites.charging, moment)}
${environmentSection(sites.environment, moment)}
${pathTable(pathLines(view, sites))}
</main>
<footer><p>Läuft mit Stadtpegel, freier Software für Städte (Apache-2.0).</p></footer>
</body>
</html>
`.text;
}
