import type { CityView, EnvironmentStation, SiteChange } from '#city-state';
import { type QuantityKey, quantity, type Value } from '#core';

/** Digits of a share of time, 0..1: tenths of a percent. */
const shareDecimals = 3;

/**
 * A value as it is answered: with as many digits after the point as its quantity is worth. Of yes/no a number is the
 * share of time that it was so. What is no number stays as it is.
 */
export function rounded<V extends Value>(key: QuantityKey, value: V): V | number {
  if (typeof value !== 'number') return value;
  const { type, decimals } = quantity(key);
  // + 0, because -0.04 is -0 with one digit.
  return Number(value.toFixed(type === 'number' ? decimals : shareDecimals)) + 0;
}

function roundedStation(station: EnvironmentStation): EnvironmentStation {
  const measurements = station.measurements.map((one) => ({
    ...one,
    value: rounded(one.quantity, one.value),
  }));
  return { ...station, measurements };
}

function roundedChange(change: SiteChange): SiteChange {
  return change.kind === 'environment' ? { kind: 'environment', site: roundedStation(change.site) } : change;
}

/** The city as it is answered: the same as `view`, each measured value {@link rounded}. What is known stays exact. */
export function roundedView(view: CityView): CityView {
  return {
    chargingStations: (nowMs) => view.chargingStations(nowMs),
    parkingSites: (nowMs) => view.parkingSites(nowMs),
    environmentStations: (nowMs) => view.environmentStations(nowMs).map(roundedStation),
    historyScope: (kind, siteId) => view.historyScope(kind, siteId),
    onChange: (listener) => view.onChange((changes) => listener(changes.map(roundedChange))),
  };
}
