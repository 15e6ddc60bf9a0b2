import { type Document, isNode, type LineCounter } from 'yaml';
import { StadtpegelError } from '#core';
import type { InventoryFile } from './inventory-schema.ts';

/** One mistake of the inventory: where it is, what is wrong, what to do. */
export interface InventoryMistake {
  readonly file: string;
  /** Line in the file, from 1. */
  readonly line: number;
  /** Way to the place in the document: `sites[0].assets[2].evse`. */
  readonly path: string;
  readonly problem: string;
  readonly remedy: string;
}

/** Every mistake found, not just the first. */
export class InventoryError extends StadtpegelError {
  readonly mistakes: readonly InventoryMistake[];

  constructor(mistakes: readonly InventoryMistake[]) {
    const lines = mistakes.map(
      ({ file, line, path, problem, remedy }) =>
        `  ${file}:${line}${path === '' ? '' : ` ${path}`}: ${problem}. ${remedy}`,
    );
    super('inventory_invalid', `${mistakes.length} mistake(s) in the city inventory:\n${lines.join('\n')}`);
    this.mistakes = mistakes;
  }
}

type Path = readonly (string | number)[];

/** A file as it was read: its text's structure, to find lines, and what it says. */
export interface Source {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly content: InventoryFile;
}

/** A place in a file that something can be said about. */
export interface Spot {
  readonly source: Pick<Source, 'file' | 'document' | 'lines'>;
  readonly path: Path;
}

/** The place one step or more further in. */
export function within(spot: Spot, ...steps: Path): Spot {
  return { source: spot.source, path: [...spot.path, ...steps] };
}

/** The line of a place, or of the nearest thing around it that stands in the file. */
function lineOf({ source, path }: Spot): number {
  for (let length = path.length; length > 0; length--) {
    const node = source.document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return source.lines.linePos(node.range[0]).line;
  }
  return 1;
}

function textOf(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('');
}

/** A mistake at that place. */
export function mistakeAt(spot: Spot, problem: string, remedy: string): InventoryMistake {
  return { file: spot.source.file, line: lineOf(spot), path: textOf(spot.path), problem, remedy };
}
