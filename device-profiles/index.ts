export { type ModelNames, profileById, profileByName, profiles } from './catalog.ts';
export { cayenneFacts, decodeCayenne, isCayenne } from './cayenne.ts';
export {
  type DecodedReading,
  type DecodeResult,
  decode,
  encodeDownlink,
  encodeUplink,
  type Frame,
} from './decode.ts';
export { StrangerCatalogue } from './drop-in/catalogue.ts';
export { dropInConfig } from './drop-in/config.ts';
export { decodeStranger } from './drop-in/decode-stranger.ts';
export type { StrangerDevice } from './drop-in/device.ts';
export { exportProfiles } from './drop-in/export-layout.ts';
export { type Installed, install } from './drop-in/install.ts';
export { type DropIns, gather, understand } from './drop-in/load.ts';
export { DropInProfiles } from './drop-in/profiles.ts';
export { type CodecReport, isClean, jsonOfReport, runVectors, textOfReport } from './drop-in/report.ts';
export { exportCodec } from './export.ts';
export { type DeviceProfile, fieldsOf } from './profile.ts';
export { regionalParameters } from './regional-parameters.ts';
export { DecoderSandbox } from './sandbox/index.ts';
export { type ModelSheet, sheetOf } from './sheet.ts';
export { meaningOf } from './synonyms.ts';
