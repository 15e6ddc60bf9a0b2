export { dashboards } from './dashboards.ts';
export { type DataSourceDocument, type DataSourceOptions, dataSource } from './data-source.ts';
export { dashboardProvider, type ProviderDocument } from './provider.ts';
