import { readFileSync } from 'node:fs';
import type { DeviceProfile } from './profile.ts';

/** The interpreter's files, each after those it imports. */
const interpreterFiles = [
  'values.js',
  'texts.js',
  'derived.js',
  'fields.js',
  'channels.js',
  'layouts.js',
  'compile.js',
];

/** The interpreter's own source as one script: in one scope there is nothing to import or export. */
function interpreterSource(): string {
  const sources = interpreterFiles.map((name) =>
    readFileSync(new URL(`./interpreter/${name}`, import.meta.url), 'utf8'),
  );
  return sources
    .join('\n')
    .replaceAll(/^import [^;]*;\n/gm, '')
    .replaceAll(/^export /gm, '');
}

/**
 * The model as a payload codec for ChirpStack and other servers: JavaScript by LoRa Alliance TS013-1.0.0 with
 * `decodeUplink` and `encodeDownlink`. It holds the very interpreter and table used here and needs nothing of its
 * surroundings.
 */
export function exportCodec(profile: DeviceProfile): string {
  return `// Payload codec of ${profile.id}, made by Stadtpegel. SPDX-License-Identifier: Apache-2.0
${interpreterSource()}
const codec = compile(${JSON.stringify(profile.frame)});

function decodeUplink(input) {
  const { data, warnings, errors } = codec.decodeFrame(input.bytes, input.fPort);
  return errors.length > 0 ? { errors, warnings } : { data, warnings };
}

function encodeDownlink(input) {
  const { fPort, bytes, errors } = codec.encodeCommand(input.data);
  return errors.length > 0 ? { errors } : { fPort, bytes };
}
`;
}
