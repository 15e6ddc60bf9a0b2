export { Bridge } from './bridge.ts';
export { bridgeConfig } from './config.ts';
export { createTranslate } from './translate.ts';
