import type { z } from 'zod';
import { type Checked, checkCodec, checkToml, type Problem } from './checked.ts';
import {
  type DeviceParts,
  deviceIdOf,
  deviceOf,
  type StrangerDevice,
  type StrangerFirmware,
} from './device.ts';
import type { Finding } from './finding.ts';
import type { Gathered } from './gather.ts';
import { deviceSchema, profileSchema, type RadioProfile, vendorSchema } from './schemas.ts';
import { lineOf } from './toml.ts';

/** Where a vendor's folder lies in what was read. */
export interface VendorPlace {
  /** Path of the folder with `/` at its end, or empty. */
  readonly prefix: string;
  readonly slug: string;
}

type Firmware = z.infer<typeof deviceSchema>['device']['firmware'][number];

/** Reads one vendor's folder; a file that several devices name is looked at once. */
export class VendorFolder {
  readonly findings: Finding[] = [];
  readonly devices: StrangerDevice[] = [];
  /** Sources of all codecs that devices name, by file name. */
  readonly codecs = new Map<string, string>();
  readonly #gathered: Gathered;
  readonly #place: VendorPlace;
  readonly #radio = new Map<string, Checked<RadioProfile>>();
  readonly #sources = new Map<string, Checked<string>>();

  constructor(gathered: Gathered, place: VendorPlace) {
    this.#gathered = gathered;
    this.#place = place;
  }

  /** Reads everything; what is wrong is in `findings`, and all else in `devices` and `codecs`. */
  read(): void {
    const { prefix, slug } = this.#place;
    const path = `${prefix}vendor.toml`;
    const checked = checkToml(path, this.#gathered.files.get(path) ?? '', vendorSchema);
    if ('problems' in checked) {
      this.#refuse(slug, checked.problems);
      return;
    }
    const { name = slug, devices: listed } = checked.value.vendor;
    const present = this.#namesIn('devices', '.toml');
    for (const file of new Set([...listed, ...present])) {
      if (!listed.includes(file)) this.#noteUnlisted(path, file);
      const parts = this.#readDevice(file, { slug, name }, path);
      if (parts !== undefined) this.#add(parts);
    }
  }

  #namesIn(folder: string, ending: string): string[] {
    const start = `${this.#place.prefix}${folder}/`;
    return [...this.#gathered.files.keys()]
      .filter((path) => path.startsWith(start) && path.endsWith(ending))
      .map((path) => path.slice(start.length));
  }

  #add(parts: DeviceParts): void {
    const device = deviceOf(parts);
    const file = `${this.#place.prefix}devices/${parts.file}`;
    if (this.devices.some(({ id }) => id === device.id)) {
      const reason =
        'another file of this vendor has the same name but for case or the vendor’s own in front';
      this.#refuse(device.id, [{ file, reason, remedy: 'rename one of them' }]);
      return;
    }
    if (device.codecId === undefined) {
      const remedy = 'name a codec in [[device.firmware]] if there is one';
      this.findings.push({
        kind: 'note',
        file,
        about: device.id,
        reason: 'no codec: payloads stay bytes',
        remedy,
      });
    }
    this.devices.push(device);
  }

  #noteUnlisted(file: string, device: string): void {
    const reason = `${device} is not in the list of devices, but is loaded`;
    this.findings.push({
      kind: 'note',
      file,
      reason,
      remedy: 'add it to the list: ChirpStack passes it over',
    });
  }

  #readDevice(file: string, vendor: DeviceParts['vendor'], vendorFile: string): DeviceParts | undefined {
    const id = deviceIdOf(vendor.slug, file);
    const path = `${this.#place.prefix}devices/${file}`;
    const text = this.#gathered.files.get(path);
    if (text === undefined) {
      this.#refuse(id, [this.#missing(vendorFile, ['vendor', 'devices'], path)]);
      return undefined;
    }
    const checked = checkToml(path, text, deviceSchema);
    if ('problems' in checked) {
      this.#refuse(id, checked.problems);
      return undefined;
    }
    const { name, firmware, metadata } = checked.value.device;
    const problems: Problem[] = [];
    const versions = firmware.map((one, index) => this.#readFirmware(one, path, index, problems));
    if (problems.length > 0) {
      this.#refuse(id, problems);
      return undefined;
    }
    const theme = typeof metadata?.theme === 'string' ? metadata.theme : undefined;
    return { vendor, file, name, firmware: versions, theme };
  }

  #readFirmware(one: Firmware, path: string, index: number, problems: Problem[]): StrangerFirmware {
    const radio = one.profiles.flatMap((file) => {
      const checked = this.#profile(file, path, ['device', 'firmware', index, 'profiles']);
      if ('value' in checked) return [checked.value];
      problems.push(...checked.problems);
      return [];
    });
    if (one.codec === undefined || one.codec === '') return { version: one.version, radio };
    const checked = this.#codec(one.codec, path, ['device', 'firmware', index, 'codec']);
    if ('value' in checked) this.codecs.set(one.codec, checked.value);
    else problems.push(...checked.problems);
    return { version: one.version, radio, codecId: `${this.#place.slug}/${one.codec}` };
  }

  #profile(file: string, namedBy: string, at: readonly PropertyKey[]): Checked<RadioProfile> {
    const path = `${this.#place.prefix}profiles/${file}`;
    const text = this.#gathered.files.get(path);
    if (text === undefined) return { problems: [this.#missing(namedBy, at, path)] };
    const known = this.#radio.get(path);
    if (known !== undefined) return known;
    const checked = checkToml(path, text, profileSchema);
    const radio = 'value' in checked ? { value: radioOf(checked.value) } : checked;
    this.#radio.set(path, radio);
    return radio;
  }

  #codec(file: string, namedBy: string, at: readonly PropertyKey[]): Checked<string> {
    const path = `${this.#place.prefix}codecs/${file}`;
    const source = this.#gathered.files.get(path);
    if (source === undefined) return { problems: [this.#missing(namedBy, at, path)] };
    const known = this.#sources.get(path) ?? checkCodec(path, source);
    this.#sources.set(path, known);
    return known;
  }

  /** What is wrong where a file names another that is not there, or that was refused already. */
  #missing(file: string, at: readonly PropertyKey[], path: string): Problem {
    const line = lineOf(this.#gathered.files.get(file) ?? '', at);
    const refused = this.#gathered.findings.find((finding) => finding.file === path);
    return {
      file,
      ...(line !== undefined && { line }),
      reason: refused === undefined ? `there is no ${path}` : `${path} was refused: ${refused.reason}`,
      remedy: refused?.remedy ?? 'add the file or correct its name; upper and lower case matter',
    };
  }

  #refuse(about: string, problems: readonly Problem[]): void {
    this.findings.push(...problems.map((problem) => ({ kind: 'refused' as const, about, ...problem })));
  }
}

function radioOf({ profile }: z.infer<typeof profileSchema>): RadioProfile {
  const { region, mac_version: macVersion, supports_otaa: supportsOtaa } = profile;
  const deviceClass = profile.supports_class_c ? 'C' : profile.supports_class_b ? 'B' : 'A';
  return { region, macVersion, deviceClass, supportsOtaa };
}
