export { Rng } from './rng.ts';
export { type Hearing, type MqttMessage, type UpEventOptions, upEvent } from './up-event.ts';
