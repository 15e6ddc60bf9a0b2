import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, open, rename, rm, stat } from 'node:fs/promises';
import { isMap, Pair, parseDocument, Scalar } from 'yaml';
import { z } from 'zod';
import type { JoinSecret } from './desired.ts';
import { FileMistakes, orNothing, parseTexts, textOf } from './yaml-file.ts';

/*
 * The secrets file: YAML, one line a device. The simulator's radio reads the same file.
 *
 *   devices:
 *     "a84041ffff1c0001": { appKey: "000102030405060708090a0b0c0d0e0f", joinEui: "0000000000000000" }
 */

const hex = (digits: number) =>
  z
    .string('must be text')
    .regex(new RegExp(`^[\\da-fA-F]{${digits}}$`), `must be ${digits} hexadecimal digits`);

const secretsSchema = z.strictObject({
  devices: orNothing(
    z.record(
      z.string().regex(/^[\da-fA-F]{16}$/),
      z.strictObject({ appKey: hex(32), joinEui: hex(16).optional() }),
    ),
  ),
});

export interface Secrets {
  /** By DevEUI, lower case. */
  readonly devices: ReadonlyMap<string, JoinSecret>;
  /** One sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads a secrets file.
 * @throws {FileMistakes} naming all mistakes by their place, never a value
 */
export async function readSecrets(file: string): Promise<Secrets> {
  const text = await textOf(file);
  if (text === undefined)
    throw new FileMistakes(file, ['there is no such file: `stadtpegel provision secrets` makes it']);
  return { devices: secretsIn(file, text), warnings: await permissionWarnings(file) };
}

function secretsIn(file: string, text: string): Map<string, JoinSecret> {
  const entries = Object.entries(parseTexts(file, text, secretsSchema).devices ?? {});
  const devices = new Map<string, JoinSecret>();
  for (const [written, { appKey, joinEui }] of entries) {
    const devEui = written.toLowerCase();
    if (devices.has(devEui)) throw new FileMistakes(file, [`devices.${written}: it is there twice`]);
    devices.set(devEui, {
      appKey: appKey.toLowerCase(),
      ...(joinEui !== undefined && { joinEui: joinEui.toLowerCase() }),
    });
  }
  return devices;
}

async function permissionWarnings(file: string): Promise<string[]> {
  const { mode } = await stat(file);
  return (mode & 0o077) === 0 ? [] : [`${file} can be read by others: chmod 600 ${file}`];
}

const ownerOnly = 0o600;

/**
 * Gives every device without a key a random one, and writes the file whole or not at all, for its owner alone. What is in
 * it stays as it is, comments too.
 * @returns how many keys were made
 * @throws {FileMistakes} where the file that is there has mistakes
 */
export async function makeSecrets(file: string, devEuis: readonly string[]): Promise<number> {
  const text =
    (await textOf(file)) ??
    '# Root keys of the devices (OTAA). Whoever has them can read and forge what devices say.\ndevices: {}\n';
  const known = secretsIn(file, text);
  const missing = devEuis.filter((devEui) => !known.has(devEui));
  if (missing.length === 0) return 0;
  const document = parseDocument(text, { schema: 'failsafe' });
  const before = document.get('devices');
  // A map without anything in it would be written on, in one line.
  if (!isMap(before) || before.items.length === 0) document.set('devices', document.createNode({}));
  // Quoted: other readers of YAML take some of them for numbers.
  const quoted = (value: string): Scalar => Object.assign(new Scalar(value), { type: Scalar.QUOTE_DOUBLE });
  for (const devEui of missing) {
    const secret = document.createNode({ appKey: quoted(randomBytes(16).toString('hex')) }, { flow: true });
    document.addIn(['devices'], new Pair(quoted(devEui), secret));
  }
  await replaceFile(file, document.toString({ lineWidth: 0 }));
  return missing.length;
}

async function replaceFile(file: string, text: string): Promise<void> {
  const beside = `${file}.${randomUUID()}`;
  try {
    const handle = await open(beside, 'wx', ownerOnly);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // The umask may have taken rights away, never given any.
    await chmod(beside, ownerOnly);
    await rename(beside, file);
  } finally {
    await rm(beside, { force: true });
  }
}
