export { Bridge } from './bridge.ts';
export { bridgeConfig } from './config.ts';
export { MqttFeed } from './feed.ts';
export type { Strangers } from './profile.ts';
export { createRedecoder } from './redecode.ts';
export { createTranslate } from './translate.ts';
