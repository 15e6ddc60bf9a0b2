export { type DataSourceDocument, type DataSourceOptions, dataSource } from './data-source.ts';
