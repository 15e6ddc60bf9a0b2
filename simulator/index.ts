export { placesOf, type TownPlaces } from './places.ts';
export { Rng } from './rng.ts';
export { type BackfillProgress, Simulation } from './simulation.ts';
export { createTown, type Town } from './town.ts';
export { type Hearing, type MqttMessage, type UpEventOptions, upEvent } from './up-event.ts';
