/** A made-up vendor and what packs it, for tests. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';

/** A codec of the kind vendors write: sloppy, with a global that leaks. */
const codec = `// ACME weather, all models
function decodeUplink(input) {
  bytes = input.bytes;
  if (bytes.length < 3) return { errors: ['too short'] };
  return { data: { TempC: ((bytes[0] << 24) >> 16 | bytes[1]) / 10, humidity: bytes[2], model: 'W' + input.fPort } };
}
`;

const decodeTests = `[
  { name: 'mild', input: { fPort: 0x02, bytes: [0x00, 0xd7, 48] }, expected: { data: { TempC: 21.5, humidity: 48, model: 'W2' } } },
  { description: "frost", "input": { "fPort": 2, "bytes": [255, 206, 90,] }, expected: { data: { TempC: -5, humidity: 90, model: 'W2' } } },
  { name: 'short', input: { fPort: 2, bytes: [1] }, expected: { errors: ['too short'] } }, // all three of them
]`;

const radio = (region: string, version: string): string => `[profile]
id = "0a8b8b5e-0000-4000-8000-000000000001"
vendor_profile_id = 0
region = "${region}"
mac_version = "${version}"
reg_params_revision = "A"
supports_otaa = true
supports_class_b = false
supports_class_c = true
max_eirp = 14

[profile.class_b]
timeout_secs = 0
ping_slot_nb_k = 0
`;

const device = (name: string, description: string): string => `[device]
name = "${name}"
description = "${description}"
colour = "unknown keys are no mistake"

[[device.firmware]]
version = "1.9"
profiles = ["EU868-1_0_3.toml", "US915-1_0_3.toml"]

[[device.firmware]]
version = "1.10"
profiles = ["EU868-1_0_3.toml"]
codec = "weather.js"

[device.metadata]
product_url = "https://acme.example/weather"
`;

/** Two models of one vendor that share a codec, in the public repository's layout, by path. */
export const acme: Readonly<Record<string, string>> = {
  'acme/vendor.toml':
    '[vendor]\nname = "ACME Sensors"\nvendor_id = 0\nouis = []\ndevices = ["acme-w1.toml", "w2.toml"]\n',
  'acme/devices/acme-w1.toml': device('Weather W1', 'with wind'),
  'acme/devices/w2.toml': device('Weather W2', ''),
  'acme/profiles/EU868-1_0_3.toml': radio('EU868', '1.0.3'),
  'acme/profiles/US915-1_0_3.toml': radio('US915', '1.0.3'),
  'acme/codecs/weather.js': codec,
  'acme/codecs/test_decode_weather.json': decodeTests,
};

/** Writes files by their paths below a folder, and gives the folder. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

/** A file of an archive; the sizes it declares may be lies. */
export interface Packed {
  readonly path: string;
  readonly text: string;
  /** Unix mode, where it is no plain file: 0o120777 is a link. */
  readonly mode?: number;
  readonly declaredBytes?: number;
}

/** The fields both headers of a file have in common: APPNOTE.TXT 4.3.7, from "version needed" on. */
function commonHeader({ text, declaredBytes }: Packed, name: Buffer, packed: Buffer): Buffer {
  const header = Buffer.alloc(26);
  header.writeUInt16LE(20, 0);
  header.writeUInt16LE(0x0800, 2);
  header.writeUInt16LE(8, 4);
  header.writeUInt32LE(crc32(text), 10);
  header.writeUInt32LE(packed.length, 14);
  header.writeUInt32LE(declaredBytes ?? Buffer.byteLength(text), 18);
  header.writeUInt16LE(name.length, 22);
  return header;
}

/** A zip archive, whatever its files are called: APPNOTE.TXT 4.3. */
export function zipOf(files: readonly Packed[]): Buffer {
  const bodies: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const name = Buffer.from(file.path);
    const packed = deflateRawSync(file.text);
    const common = commonHeader(file, name, packed);
    const body = Buffer.concat([Buffer.from('PK\x03\x04'), common, name, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((file.mode ?? 0o100644) << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    entries.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03'), common, rest, name]));
    bodies.push(body);
    offset += body.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, directory, end]);
}

/** An archive of the files, as a code forge packs them: below one folder. */
export function zipOfFiles(files: Readonly<Record<string, string>>, below: string): Buffer {
  return zipOf(Object.entries(files).map(([path, text]) => ({ path: `${below}/${path}`, text })));
}
