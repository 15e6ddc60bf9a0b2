import type { PanelBuilder as TimeseriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { type QuantityKey, quantity, type Theme } from '#core';
import { InfluxQuery } from './influx-query.ts';
import { readingsOf, sound } from './layout.ts';
import { lines } from './panels.ts';

/**
 * A quantity over time, one line per asset and channel, at the sites chosen in the variable `site`. Name, unit and
 * digits come from the table of quantities.
 * @throws {Error} for a quantity of which a period's mean says nothing
 */
export function quantityLines(key: QuantityKey, widthCells: number, ...themes: Theme[]): TimeseriesPanel {
  const { aggregate, label, grafanaUnit, decimals } = quantity(key);
  if (aggregate !== 'mean') throw new Error(`${key}: a period has no plain mean, but ${aggregate}`);
  const query = new InfluxQuery(
    `SELECT mean("${key}") FROM ${readingsOf(...themes)} WHERE "site" =~ /^$site$/ AND ${sound(key)} ` +
      'AND $timeFilter GROUP BY time($__interval), "asset", "channel" fill(none)',
  );
  return lines(label.de, widthCells, query.alias('$tag_asset $tag_channel'))
    .unit(grafanaUnit)
    .decimals(decimals);
}
