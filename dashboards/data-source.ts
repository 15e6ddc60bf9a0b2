/** Panels and alert rules refer to the data source by this, whatever its name on the screen. */
const uid = 'stadtpegel';

/** What Grafana's server (not the browser) reads from. */
export interface DataSourceOptions {
  readonly url: string;
  readonly database: string;
}

/** Grafana's provisioning document for one InfluxDB spoken to in InfluxQL. */
export interface DataSourceDocument {
  readonly apiVersion: 1;
  readonly datasources: readonly [
    {
      readonly name: string;
      readonly uid: string;
      readonly type: 'influxdb';
      readonly access: 'proxy';
      readonly url: string;
      readonly isDefault: boolean;
      readonly editable: boolean;
      readonly jsonData: { readonly dbName: string; readonly httpMode: 'POST'; readonly version: 'InfluxQL' };
    },
  ];
}

/**
 * The data source of all our dashboards, for an InfluxDB that asks for no password.
 * Keys: https://grafana.com/docs/grafana/latest/datasources/influxdb/configure/ (provisioning, InfluxQL).
 */
export function dataSource({ url, database }: DataSourceOptions): DataSourceDocument {
  return {
    apiVersion: 1,
    datasources: [
      {
        name: 'Stadtpegel',
        uid,
        type: 'influxdb',
        access: 'proxy',
        url,
        isDefault: true,
        editable: false,
        // POST: queries over many assets outgrow what servers take in a URL.
        jsonData: { dbName: database, httpMode: 'POST', version: 'InfluxQL' },
      },
    ],
  };
}
