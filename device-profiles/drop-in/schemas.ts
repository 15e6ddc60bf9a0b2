/**
 * The files of the public device-profile repository as they really are: tolerant of what is missing or unknown, strict
 * where a wrong word would make a wrong device. github.com/chirpstack/chirpstack-device-profiles, README.md "Structure"
 * and the files below `vendors/`; names of regions and versions: chirpstack, `lrwn::region`.
 */
import { z } from 'zod';

const regions = [
  'AS923',
  'AS923_2',
  'AS923_3',
  'AS923_4',
  'AU915',
  'CN470',
  'CN779',
  'EU433',
  'EU868',
  'IN865',
  'ISM2400',
  'KR920',
  'RU864',
  'US915',
] as const;

const macVersions = ['1.0.0', '1.0.1', '1.0.2', '1.0.3', '1.0.4', '1.1.0'] as const;

const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words, what: string) =>
  z.enum(words, `unknown ${what}; known are ${words.join(', ')}`);

/** A file named by another: in the folder of its kind, nowhere else. */
const fileName = z
  .string()
  .regex(/^(?!\.)[^/\\\p{Cc}]+$/u, 'a file is named without folders and without a dot in front');

const name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*$/u, 'a name is one line of plain text');
/** Several times what the largest vendor has: each is looked for, and told of where it is missing. */
const devicesMax = 1000;
const firmwareMax = 100;
const profilesMax = 100;
const metadata = z.record(z.string(), z.unknown()).optional();

export const vendorSchema = z.object({
  vendor: z.object({
    name: name.optional(),
    devices: z.array(fileName).max(devicesMax).default([]),
    metadata,
  }),
});

export const deviceSchema = z.object({
  device: z.object({
    name,
    description: z.string().default(''),
    firmware: z
      .array(
        z.object({
          version: z.coerce.string().default(''),
          profiles: z.array(fileName).max(profilesMax).default([]),
          // An empty text is what forms leave behind where there is no codec.
          codec: z.union([z.literal(''), fileName]).optional(),
        }),
      )
      .max(firmwareMax)
      .default([]),
    metadata,
  }),
});

export const profileSchema = z.object({
  profile: z.object({
    region: oneOf(regions, 'region'),
    mac_version: oneOf(macVersions, 'LoRaWAN version'),
    reg_params_revision: z.string().optional(),
    supports_otaa: z.boolean().default(true),
    supports_class_b: z.boolean().default(false),
    supports_class_c: z.boolean().default(false),
  }),
});

/** A radio profile: what a device's firmware can do in one region. */
export interface RadioProfile {
  readonly region: (typeof regions)[number];
  readonly macVersion: (typeof macVersions)[number];
  readonly deviceClass: 'A' | 'B' | 'C';
  readonly supportsOtaa: boolean;
}

const byte = z.int().min(0).max(255);

export const decodeTestsSchema = z.array(
  z
    .object({
      name: z.string().optional(),
      description: z.string().optional(),
      input: z.object({
        bytes: z.array(byte),
        fPort: byte.default(1),
        recvTime: z.string().optional(),
      }),
      expected: z.object({
        data: z.record(z.string(), z.json()).optional(),
        errors: z.array(z.string()).default([]),
      }),
    })
    .transform(({ name: called, description, ...rest }) => ({ name: called ?? description ?? '', ...rest })),
);
