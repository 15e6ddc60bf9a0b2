/** Where ingest writes what, as InfluxQL names it ("Layout in InfluxDB" in ARCHITECTURE.md). */
import type { QuantityKey, Theme } from '#core';

/** The radio log: a row per uplink. */
export const uplinks = '"uplinks"."uplink"';

/** What ChirpStack tells of devices beside uplinks; tag `type`. */
export const events = '"uplinks"."event"';

/** Readings of some themes. */
export function readingsOf(...themes: readonly Theme[]): string {
  return themes.map((theme) => `"readings"."${theme}"`).join(', ');
}

/** Readings of every theme. */
export const allReadings = '"readings"./.*/';

/** Leaves out values that cannot be, and copies of a frame that counts already. */
export function sound(key: QuantityKey): string {
  return `"flags" !~ /(^| )(duplicate|range:${key})( |$)/`;
}
