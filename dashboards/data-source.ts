/** Panels and alert rules refer to the data source by this, whatever its name on the screen. */
export const dataSourceUid = 'stadtpegel';

/** What Grafana's server (not the browser) reads from. */
export interface DataSourceOptions {
  readonly url: string;
  readonly database: string;
  /** Where InfluxDB asks for a password; `$NAME` stands for a variable of Grafana's environment. */
  readonly credentials?: { readonly user: string; readonly password: string };
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
      readonly user?: string;
      readonly jsonData: { readonly dbName: string; readonly httpMode: 'POST'; readonly version: 'InfluxQL' };
      readonly secureJsonData?: { readonly password: string };
    },
  ];
}

/**
 * The data source of all our dashboards.
 * Keys: https://grafana.com/docs/grafana/latest/datasources/influxdb/configure/ (provisioning, InfluxQL).
 */
export function dataSource({ url, database, credentials }: DataSourceOptions): DataSourceDocument {
  return {
    apiVersion: 1,
    datasources: [
      {
        name: 'Stadtpegel',
        uid: dataSourceUid,
        type: 'influxdb',
        access: 'proxy',
        url,
        isDefault: true,
        editable: false,
        ...(credentials && { user: credentials.user }),
        // POST: queries over many assets outgrow what servers take in a URL.
        jsonData: { dbName: database, httpMode: 'POST', version: 'InfluxQL' },
        ...(credentials && { secureJsonData: { password: credentials.password } }),
      },
    ],
  };
}
