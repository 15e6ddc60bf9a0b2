import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Document, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { messageOf } from '#core';
import { crossCheck, periodOf } from './inventory-check.ts';
import { InventoryError, type InventoryMistake, mistakeAt, type Source } from './inventory-mistakes.ts';
import { type InventoryFile, inventoryFileSchema, type Site } from './inventory-schema.ts';

/** A device, or one channel of it, stood at an asset from `fromMs` (inclusive) to `toMs` (exclusive), ms UTC. */
export interface Assignment {
  /** DevEUI, 16 lower-case hex digits. */
  readonly device: string;
  readonly channel?: string;
  readonly asset: string;
  readonly fromMs: number;
  /** Infinity while it lasts. */
  readonly toMs: number;
}

/** What stands in the city, who runs it, and which device watches what since when. */
export interface Inventory {
  readonly city: { readonly id: string; readonly name: string; readonly timeZone: string };
  readonly organisations: readonly { readonly id: string; readonly name: string }[];
  readonly sites: readonly Site[];
  readonly devices: readonly { readonly devEui: string; readonly profile?: string }[];
  readonly assignments: readonly Assignment[];
  /** SHA-256 of all of the above in hex: the same for the same city, however it is spread over files. */
  readonly hash: string;
}

/** One inventory file: its name for messages, and its text. */
export interface InventoryText {
  readonly file: string;
  readonly text: string;
}

function schemaMistakes(source: Omit<Source, 'content'>, error: z.ZodError): InventoryMistake[] {
  return error.issues.map((issue) => {
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    if (issue.code === 'unrecognized_keys')
      return mistakeAt(
        { source, path: [...path, ...issue.keys.slice(0, 1)] },
        `no such key: ${issue.keys.join(', ')}`,
        'Check the spelling; docs/inventory.schema.json lists the keys',
      );
    return mistakeAt(
      { source, path },
      issue.message,
      'Correct the value; docs/inventory.schema.json describes it',
    );
  });
}

function syntaxMistakes(file: string, document: Document): InventoryMistake[] {
  return document.errors.map((error) => ({
    file,
    line: error.linePos?.[0].line ?? 1,
    path: '',
    problem: error.message.split('\n')[0] ?? error.code,
    remedy: 'Correct the YAML',
  }));
}

function readSource({ file, text }: InventoryText): Source | InventoryMistake[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) return syntaxMistakes(file, document);
  const source = { file, document, lines };
  try {
    const parsed = inventoryFileSchema.safeParse(document.toJS() ?? {});
    return parsed.success ? { ...source, content: parsed.data } : schemaMistakes(source, parsed.error);
  } catch (error) {
    // Aliases are resolved only now: one that leads nowhere, or more of them than any honest file has.
    return [mistakeAt({ source, path: [] }, messageOf(error), 'Correct the YAML')];
  }
}

const byText =
  <T>(textOf: (item: T) => string) =>
  (a: T, b: T): number => {
    const [left, right] = [textOf(a), textOf(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  };

function assignmentOf(written: InventoryFile['assignments'][number]): Assignment {
  const { channel, asset } = written;
  const device = written.device.toLowerCase();
  return { device, ...(channel === undefined ? {} : { channel }), asset, ...periodOf(written) };
}

/** Lists are put in order of their ids, so that neither file names nor the order of writing mean anything. */
function merge(contents: readonly InventoryFile[], city: Inventory['city']): Inventory {
  const everything = {
    city,
    organisations: contents.flatMap((content) => content.organisations).toSorted(byText(({ id }) => id)),
    sites: contents.flatMap((content) => content.sites).toSorted(byText(({ id }) => id)),
    devices: contents
      .flatMap((content) => content.devices)
      .map(({ devEui, profile }) => ({
        devEui: devEui.toLowerCase(),
        ...(profile === undefined ? {} : { profile }),
      }))
      .toSorted(byText(({ devEui }) => devEui)),
    assignments: contents
      .flatMap((content) => content.assignments)
      .map(assignmentOf)
      .toSorted(byText(({ device, channel, fromMs }) => `${device} ${channel ?? ''} ${fromMs}`)),
  };
  return { ...everything, hash: createHash('sha256').update(JSON.stringify(everything)).digest('hex') };
}

/**
 * The inventory that these files make together.
 * @throws {InventoryError} (`inventory_invalid`) naming all mistakes of all files with file, line, problem and remedy
 */
export function parseInventory(files: readonly InventoryText[]): Inventory {
  const read = files.map(readSource);
  const sources = read.filter((result): result is Source => !Array.isArray(result));
  const mistakes = read.flatMap((result) => (Array.isArray(result) ? result : []));
  mistakes.push(...crossCheck(sources, mistakes.length === 0));
  const city = sources.find(({ content }) => content.city !== undefined)?.content.city;
  if (mistakes.length > 0 || city === undefined) throw new InventoryError(mistakes);
  return merge(
    sources.map(({ content }) => content),
    city,
  );
}

/**
 * Reads all `*.yaml` and `*.yml` files of a folder as one inventory.
 * @throws {InventoryError} (`inventory_invalid`) naming all mistakes; also where the folder cannot be read or is empty
 */
export async function loadInventory(folder: string): Promise<Inventory> {
  const nothing = (problem: string): InventoryError =>
    new InventoryError([
      { file: folder, line: 1, path: '', problem, remedy: 'Name a folder with the city’s *.yaml files' },
    ]);
  const names = await readdir(folder).catch((error: unknown) => {
    throw nothing(messageOf(error));
  });
  const files = names.filter((name) => /\.ya?ml$/.test(name)).toSorted();
  if (files.length === 0) throw nothing('there is no inventory file in this folder');
  return parseInventory(
    await Promise.all(
      files.map(async (file) => ({
        file: join(folder, file),
        text: await readFile(join(folder, file), 'utf8'),
      })),
    ),
  );
}
