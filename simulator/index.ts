export { type Encoding, encodings, upEventWriter } from './encoding.ts';
export { placesOf, type TownPlaces } from './places.ts';
export { Rng } from './rng.ts';
export { type BackfillProgress, Simulation } from './simulation.ts';
export { createTown, type Town } from './town.ts';
export type { Hearing, MqttMessage, UpEventOptions, UpEventWriter } from './up-event.ts';
export { upEvent } from './up-event-json.ts';
