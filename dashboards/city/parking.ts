import { VisibilityMode } from '@grafana/grafana-foundation-sdk/common';
import { MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StateTimelinePanel } from '@grafana/grafana-foundation-sdk/statetimeline';
import { InfluxQuery } from '../influx-query.ts';
import { readingsOf, sound } from '../layout.ts';
import { dataSourceRef, figure, type PanelOf, type Row } from '../panels.ts';

const where = `WHERE "asset" != '' AND "site" =~ /^$site$/ AND ${sound('bay_occupied')} AND $timeFilter`;

const occupancy: ValueMapping = {
  type: MappingType.ValueToText,
  options: { true: { text: 'belegt', color: 'red' }, false: { text: 'frei', color: 'green' } },
};

/** Bays as their sensors said last within the chosen time; the API knows besides which of them can still be believed. */
export function parking(): Row {
  const latest = `SELECT last("bay_occupied") AS "occupied" FROM ${readingsOf('parking')} ${where} GROUP BY "asset", "site"`;
  const bays = (occupied: boolean, rest = ''): InfluxQuery =>
    new InfluxQuery(
      `SELECT count("occupied") FROM (${latest}) WHERE "occupied" = ${occupied} AND $timeFilter${rest}`,
    );
  return {
    title: 'Parken',
    panels: [
      figure('Stellplätze frei', 6, bays(false)).noValue('0'),
      figure('Stellplätze belegt', 6, bays(true)).noValue('0'),
      figure('Frei je Ort', 12, bays(false, ' GROUP BY "site"').alias('$tag_site')),
      timeline(),
    ],
  };
}

function timeline(): PanelOf {
  const query = `SELECT "bay_occupied" FROM ${readingsOf('parking')} ${where} GROUP BY "asset"`;
  return new StateTimelinePanel()
    .title('Stellplätze im Verlauf')
    .datasource(dataSourceRef)
    .targets([new InfluxQuery(query).alias('$tag_asset')])
    .height(8)
    .span(24)
    .showValue(VisibilityMode.Never)
    .mappings([occupancy]);
}
