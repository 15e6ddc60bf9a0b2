export { buildOperatorApp, buildPublicApp } from './app.ts';
export { type CityApiConfig, cityApiConfig } from './config.ts';
export type { OperatorDeps, PublicDeps, Readiness } from './deps.ts';
export { HttpListener } from './listener.ts';
