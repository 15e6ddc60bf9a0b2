export type { StrangerCodec, StrangerFrame } from './lane.ts';
export type { StrangerResult } from './results.ts';
export { DecoderSandbox } from './sandbox.ts';
