export { type ModelNames, profileById, profileByName, profiles } from './catalog.ts';
export {
  type DecodedReading,
  type DecodeResult,
  decode,
  encodeDownlink,
  encodeUplink,
  type Frame,
} from './decode.ts';
export { exportCodec } from './export.ts';
export type { DeviceProfile } from './profile.ts';
