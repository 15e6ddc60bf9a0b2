import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { themes } from '#core';
import { air } from './city/air.ts';
import { charging } from './city/charging.ts';
import { parking } from './city/parking.ts';
import { readingsOf } from './layout.ts';
import { devices } from './operations/devices.ts';
import { overview } from './operations/overview.ts';
import { problems } from './operations/problems.ts';
import { radio } from './operations/radio.ts';
import { dataSourceRef, type Row } from './panels.ts';

/** Dashboards by the name of their file. */
export function dashboards(): Readonly<Record<string, Dashboard>> {
  return {
    betrieb: operations(),
    stadt: city(),
  };
}

/** For those who run the platform: is everything heard, and understood? */
function operations(): Dashboard {
  const builder = common('Stadtpegel: Betrieb', 'stadtpegel-betrieb').time({ from: 'now-24h', to: 'now' });
  return composed(builder, [overview(), radio(), devices(), problems()]);
}

/** For those who look at the city. */
function city(): Dashboard {
  // A quiet bay reports once in 24 hours.
  const builder = common('Stadt jetzt', 'stadtpegel-stadt').time({ from: 'now-24h', to: 'now' });
  return composed(builder.withVariable(siteVariable()), [parking(), charging(), air()]);
}

function common(title: string, uid: string): DashboardBuilder {
  return new DashboardBuilder(title)
    .uid(uid)
    .tags(['stadtpegel'])
    .readonly()
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh('1m');
}

/** Sites that have readings; all of them, and what stands at none, until someone chooses. */
function siteVariable(): QueryVariableBuilder {
  return new QueryVariableBuilder('site')
    .label('Ort')
    .datasource(dataSourceRef)
    .query(`SHOW TAG VALUES FROM ${readingsOf(...themes)} WITH KEY = "site"`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all', selected: true });
}

/** Rows one below the other, and panels numbered, so that links to a panel stay what they are. */
function composed(builder: DashboardBuilder, rows: readonly Row[]): Dashboard {
  let id = 1;
  for (const { title, panels } of rows) {
    builder.withRow(new RowBuilder(title).id(id++));
    for (const panel of panels) {
      const built = { ...panel.build(), id: id++ };
      builder.withPanel({ build: () => built });
    }
  }
  return builder.build();
}
