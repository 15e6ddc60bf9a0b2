/** What all panels have in common: data source, size, how much is drawn. Sizes are cells of Grafana's 24 wide grid. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueGraphMode,
  GraphGradientMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type Panel,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { dataSourceUid } from './data-source.ts';
import type { InfluxQuery } from './influx-query.ts';

/** A panel before it is built. */
export type PanelOf = Builder<Panel>;

/** A row of a dashboard: a title and its panels, from left to right. */
export interface Row {
  readonly title: string;
  readonly panels: readonly PanelOf[];
}

/** Where every panel and variable reads from. */
export const dataSourceRef = { type: 'influxdb', uid: dataSourceUid };

const rowCells = 8;

/** Queries of one panel need names of their own. */
function named(queries: readonly InfluxQuery[]): InfluxQuery[] {
  return queries.map((query, index) => query.refId(String.fromCharCode(65 + index)));
}

/** Lines over time; `widthCells` of 24. */
export function lines(title: string, widthCells: number, ...queries: InfluxQuery[]): TimeseriesPanel {
  return new TimeseriesPanel()
    .title(title)
    .datasource(dataSourceRef)
    .targets(named(queries))
    .height(rowCells)
    .span(widthCells)
    .lineWidth(1)
    .fillOpacity(10)
    .gradientMode(GraphGradientMode.Opacity)
    .showPoints(VisibilityMode.Auto)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
}

/** One large figure; `widthCells` of 24. */
export function figure(title: string, widthCells: number, query: InfluxQuery): StatPanel {
  return new StatPanel()
    .title(title)
    .datasource(dataSourceRef)
    .targets([query])
    .height(4)
    .span(widthCells)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
}

/** Rows and columns; `widthCells` of 24. */
export function rows(title: string, widthCells: number, query: InfluxQuery): TablePanel {
  return new TablePanel()
    .title(title)
    .datasource(dataSourceRef)
    .targets([query.asTable()])
    .height(rowCells)
    .span(widthCells)
    .showHeader(true);
}

/** Colours by value: the first one counts from below, each later one from its own value on. */
export function thresholds(first: string, ...later: readonly (readonly [value: number, color: string])[]) {
  const steps: Threshold[] = [
    { value: null, color: first },
    ...later.map(([value, color]) => ({ value, color })),
  ];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}
