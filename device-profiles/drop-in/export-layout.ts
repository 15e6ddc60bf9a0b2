/**
 * Our models in the layout of the public device-profile repository, for other network servers:
 * github.com/chirpstack/chirpstack-device-profiles, README.md, "Structure", and the files below `vendors/`.
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify, type TomlTable } from 'smol-toml';
import { profiles } from '../catalog.ts';
import { exportCodec } from '../export.ts';
import type { DeviceProfile } from '../profile.ts';
import { regionalParameters } from '../regional-parameters.ts';
import { bytesOf, vectorsOf } from '../vectors.ts';

/** A UUID that is always the same for the same name: version 8, RFC 9562 section 5.8. */
function uuidOf(name: string): string {
  const bytes = createHash('sha256').update(`stadtpegel ${name}`).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Vendor and model as the id has them, and as people write them. */
function namesOf({ id, names: [name = id] }: DeviceProfile) {
  const [vendor = '', model = ''] = id.split('/');
  const words = name.split(' ');
  const count = vendor.split('-').length;
  return { vendor, model, vendorName: words.slice(0, count).join(' '), modelName: name };
}

function radioFile({ lorawan: { macVersion, deviceClass } }: DeviceProfile): string {
  return `EU868-${macVersion.replaceAll('.', '_')}${deviceClass === 'C' ? '-CLASS_C' : ''}.toml`;
}

function radioOf(profile: DeviceProfile): TomlTable {
  const { macVersion, deviceClass } = profile.lorawan;
  return {
    profile: {
      id: uuidOf(`${namesOf(profile).vendor} ${radioFile(profile)}`),
      vendor_profile_id: 0,
      region: 'EU868',
      mac_version: macVersion,
      reg_params_revision: regionalParameters[macVersion],
      supports_otaa: true,
      supports_class_b: false,
      supports_class_c: deviceClass === 'C',
      max_eirp: 14,
      abp: { rx1_delay: 0, rx1_dr_offset: 0, rx2_dr: 0, rx2_freq: 0 },
      class_b: { timeout_secs: 0, ping_slot_nb_k: 0, ping_slot_dr: 0, ping_slot_freq: 0 },
      class_c: { timeout_secs: 0 },
    },
  };
}

function deviceOf(profile: DeviceProfile): TomlTable {
  const { model, modelName } = namesOf(profile);
  return {
    device: {
      id: uuidOf(profile.id),
      name: modelName,
      description: `${modelName} (${profile.theme})`,
      firmware: [{ version: 'any', profiles: [radioFile(profile)], codec: `${model}.js` }],
      metadata: { theme: profile.theme },
    },
  };
}

/** The model's golden frames, with what the codec says of them; other servers have no words for broken ones. */
function decodeTests(profile: DeviceProfile): unknown[] {
  return vectorsOf(profile).flatMap(({ id, direction, fPort, bytesHex }) => {
    const bytes = [...bytesOf(bytesHex)];
    const { data, errors } = profile.codec.decodeFrame(bytes, fPort);
    if (direction !== 'uplink' || errors.length > 0) return [];
    return [{ name: id, input: { fPort, bytes }, expected: { data } }];
  });
}

function encodeTests(profile: DeviceProfile): unknown[] {
  return vectorsOf(profile).flatMap(({ id, direction, input }) => {
    if (direction !== 'downlink' || input === undefined) return [];
    const { fPort, bytes, errors } = profile.codec.encodeCommand(input);
    return errors.length > 0 ? [] : [{ name: id, input: { data: input }, expected: { fPort, bytes } }];
  });
}

function vendorOf(first: DeviceProfile, devices: readonly string[]): TomlTable {
  const { vendor, vendorName } = namesOf(first);
  return { vendor: { id: uuidOf(vendor), name: vendorName, vendor_id: 0, ouis: [], devices: [...devices] } };
}

const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** All files of the layout, by their paths below `vendors/`. */
export function layoutFiles(all: readonly DeviceProfile[] = profiles): Map<string, string> {
  const files = new Map<string, string>();
  for (const [vendor, models] of Map.groupBy(all, (profile) => namesOf(profile).vendor)) {
    const devices = models.map((profile) => `${namesOf(profile).model}.toml`);
    const [first] = models;
    if (first !== undefined) files.set(`${vendor}/vendor.toml`, stringify(vendorOf(first, devices)));
    for (const profile of models) {
      const { model } = namesOf(profile);
      files.set(`${vendor}/devices/${model}.toml`, stringify(deviceOf(profile)));
      files.set(`${vendor}/profiles/${radioFile(profile)}`, stringify(radioOf(profile)));
      files.set(`${vendor}/codecs/${model}.js`, exportCodec(profile));
      files.set(`${vendor}/codecs/test_decode_${model}.json`, jsonText(decodeTests(profile)));
      files.set(`${vendor}/codecs/test_encode_${model}.json`, jsonText(encodeTests(profile)));
    }
  }
  return files;
}

/** Writes all our models below `folder/vendors/`, over what is there of the same name, and gives the paths. */
export async function exportProfiles(folder: string): Promise<string[]> {
  const files = layoutFiles();
  for (const [path, text] of files) {
    const place = join(folder, 'vendors', path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, text);
  }
  return [...files.keys()];
}
