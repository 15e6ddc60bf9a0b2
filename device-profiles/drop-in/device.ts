import { type ProfileFacts, type Theme, themes } from '#core';
import { isTelling, slugOf } from './names.ts';
import type { RadioProfile } from './schemas.ts';

/** One version of a device's firmware, with what it brings. */
export interface StrangerFirmware {
  readonly version: string;
  /** `vendor/file.js`; absent where the vendor gives none. */
  readonly codecId?: string;
  readonly radio: readonly RadioProfile[];
}

/** A device model somebody else described. */
export interface StrangerDevice {
  /** `vendor/model`, from the names of folder and file. */
  readonly id: string;
  readonly vendor: string;
  readonly name: string;
  /** What device-profile names and tags may call it. */
  readonly names: readonly string[];
  /** Newest first. */
  readonly firmware: readonly StrangerFirmware[];
  /** The codec of the newest firmware that has one: an uplink does not say its firmware. */
  readonly codecId?: string;
  /** How it works in Europe, by the newest firmware that does. */
  readonly eu868?: RadioProfile;
  readonly facts: ProfileFacts;
}

/** What the vendor's files say of a model. */
export interface DeviceParts {
  readonly vendor: { readonly slug: string; readonly name: string };
  /** File name in `devices/`, with `.toml`. */
  readonly file: string;
  readonly name: string;
  readonly firmware: readonly StrangerFirmware[];
  readonly theme: string | undefined;
}

/** The id of the model a file describes: `milesight-am102.toml` of milesight is `milesight/am102`. */
export function deviceIdOf(vendorSlug: string, file: string): string {
  const stem = slugOf(file.replace(/\.toml$/, ''));
  const model = stem.startsWith(`${vendorSlug}-`) ? stem.slice(vendorSlug.length + 1) : stem;
  return `${vendorSlug}/${model || 'device'}`;
}

const newestFirst = new Intl.Collator('en', { numeric: true });

/** Where nothing says what a model is mainly for. */
const usualTheme: Theme = 'environment';

/** Puts a model together. */
export function deviceOf({ vendor, file, name, firmware, theme }: DeviceParts): StrangerDevice {
  const id = deviceIdOf(vendor.slug, file);
  const sorted = firmware.toSorted((a, b) => newestFirst.compare(b.version, a.version));
  const codecId = sorted.find((one) => one.codecId !== undefined)?.codecId;
  const eu868 = sorted.flatMap(({ radio }) => radio).find(({ region }) => region === 'EU868');
  return Object.freeze({
    id,
    vendor: vendor.name,
    name,
    names: [`${vendor.name} ${name}`, id, ...(isTelling(name) ? [name] : [])],
    firmware: sorted,
    ...(codecId !== undefined && { codecId }),
    ...(eu868 !== undefined && { eu868 }),
    facts: Object.freeze({
      id,
      theme: themes.find((known) => known === theme) ?? usualTheme,
      // How often a stranger sends, nobody says.
      rhythm: {},
    }),
  });
}
