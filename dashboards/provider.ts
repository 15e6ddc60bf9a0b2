/** Grafana's provisioning document that names the folder its dashboards are read from. */
export interface ProviderDocument {
  readonly apiVersion: 1;
  readonly providers: readonly [
    {
      readonly name: string;
      readonly folder: string;
      readonly type: 'file';
      readonly allowUiUpdates: boolean;
      readonly options: { readonly path: string };
    },
  ];
}

/**
 * Makes Grafana read every dashboard in a folder; they are changed here and not in the browser.
 * Keys: https://grafana.com/docs/grafana/latest/administration/provisioning/#dashboards.
 * @param path the folder as Grafana sees it
 */
export function dashboardProvider(path: string): ProviderDocument {
  return {
    apiVersion: 1,
    providers: [
      { name: 'Stadtpegel', folder: 'Stadtpegel', type: 'file', allowUiUpdates: false, options: { path } },
    ],
  };
}
