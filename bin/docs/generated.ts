import { stringify } from 'yaml';
import { inventoryJsonSchema } from '#city-state';
import { type DataSourceOptions, dashboardProvider, dashboards, dataSource } from '#dashboards';
import { ingestConfig } from '#ingest';
import { configSchemas } from '../config.ts';
import { configurationPage, environmentSample } from './configuration.ts';
import { devicesPage } from './devices.ts';
import { errorsPage } from './errors.ts';
import { notice } from './markdown.ts';
import { metricsPage } from './metrics.ts';
import { quantitiesPage } from './quantities.ts';
import { readmePage } from './readme.ts';
import { simulatorPage } from './simulator.ts';

/** A file that is committed and can be made again at any time. */
export interface Generated {
  /** From the top of the repository. */
  readonly path: string;
  readonly render: () => string | Promise<string>;
}

function grafanaDataSource(options: Omit<DataSourceOptions, 'database'>): string {
  const database = ingestConfig.shape.influxDatabase.parse(undefined);
  return commented('dashboards/data-source.ts') + stringify(dataSource({ ...options, database }));
}

const commented = (source: string): string => `# ${notice(source).replaceAll('`', '')}\n`;

const grafanaFolder = 'deploy/grafana/provisioning';

/** Grafana's files: two data sources, for an InfluxDB on Grafana's machine and for the one of docker-compose.yml. */
const grafanaFiles: readonly Generated[] = [
  {
    path: `${grafanaFolder}/datasources/stadtpegel.yaml`,
    render: () => grafanaDataSource({ url: 'http://127.0.0.1:8086' }),
  },
  {
    path: 'deploy/grafana/compose/stadtpegel.yaml',
    render: () =>
      grafanaDataSource({
        url: 'http://influxdb:8086',
        credentials: { user: 'grafana', password: '$INFLUX_GRAFANA_PASSWORD' },
      }),
  },
  {
    path: `${grafanaFolder}/dashboards/stadtpegel.yaml`,
    render: () =>
      commented('dashboards/provider.ts') +
      stringify(dashboardProvider('/etc/grafana/provisioning/dashboards')),
  },
  ...Object.entries(dashboards()).map(([name, dashboard]) => ({
    path: `${grafanaFolder}/dashboards/${name}.json`,
    render: () => `${JSON.stringify(dashboard, null, 2)}\n`,
  })),
];

/** Everything that is made and not written. */
export const generated: readonly Generated[] = [
  { path: 'README.md', render: readmePage },
  { path: 'docs/errors.md', render: errorsPage },
  { path: 'docs/metrics.md', render: metricsPage },
  { path: 'docs/quantities.md', render: quantitiesPage },
  { path: 'docs/devices.md', render: devicesPage },
  { path: 'docs/simulator.md', render: simulatorPage },
  { path: 'docs/configuration.md', render: () => configurationPage(configSchemas) },
  { path: 'docs/inventory.schema.json', render: () => `${JSON.stringify(inventoryJsonSchema(), null, 2)}\n` },
  { path: 'deploy/stadtpegel.env.sample', render: () => environmentSample(configSchemas) },
  ...grafanaFiles,
];
