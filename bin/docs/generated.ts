import { stringify } from 'yaml';
import { inventoryJsonSchema } from '#city-state';
import { dataSource } from '#dashboards';
import { ingestConfig } from '#ingest';
import { configSchemas } from '../config.ts';
import { configurationPage, environmentSample } from './configuration.ts';
import { errorsPage } from './errors.ts';
import { notice } from './markdown.ts';
import { quantitiesPage } from './quantities.ts';

/** A file that is committed and can be made again at any time. */
export interface Generated {
  /** From the top of the repository. */
  readonly path: string;
  readonly render: () => string | Promise<string>;
}

function grafanaDataSource(): string {
  const database = ingestConfig.shape.influxDatabase.parse(undefined);
  const comment = `# ${notice('dashboards/data-source.ts').replaceAll('`', '')}\n`;
  // Where InfluxDB listens when it is installed on Grafana's machine.
  return comment + stringify(dataSource({ url: 'http://127.0.0.1:8086', database }));
}

/** Everything that is made and not written. */
export const generated: readonly Generated[] = [
  { path: 'docs/errors.md', render: errorsPage },
  { path: 'docs/quantities.md', render: quantitiesPage },
  { path: 'docs/configuration.md', render: () => configurationPage(configSchemas) },
  { path: 'docs/inventory.schema.json', render: () => `${JSON.stringify(inventoryJsonSchema(), null, 2)}\n` },
  { path: 'deploy/stadtpegel.env.sample', render: () => environmentSample(configSchemas) },
  { path: 'deploy/grafana/provisioning/datasources/stadtpegel.yaml', render: grafanaDataSource },
];
