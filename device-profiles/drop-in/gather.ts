import type { Finding } from './finding.ts';

/** What one folder or archive may hold at most: many times what the public repository has (106 codecs). */
export interface SourceLimits {
  /** Files and folders looked at, whether they are read or not. */
  readonly entriesMax: number;
  /** All texts that are read, together. */
  readonly bytesMax: number;
  readonly fileBytesMax: number;
  readonly archiveBytesMax: number;
  /** How many times its compressed size a file of an archive may be. */
  readonly ratioMax: number;
  readonly pathCharsMax: number;
  /** Folders one in another, and the file. */
  readonly pathSegmentsMax: number;
}

export const sourceLimits: SourceLimits = {
  entriesMax: 20_000,
  bytesMax: 67_108_864,
  fileBytesMax: 2_097_152,
  archiveBytesMax: 33_554_432,
  ratioMax: 100,
  pathCharsMax: 240,
  pathSegmentsMax: 12,
};

/** What was read, as texts by path. */
export interface Gathered {
  readonly files: ReadonlyMap<string, string>;
  readonly findings: readonly Finding[];
}

/** A folder or archive nothing is taken of, because it is no such thing or too large altogether. */
export class SourceRefused extends Error {
  constructor(source: string, reason: string, remedy: string, options?: ErrorOptions) {
    super(`${source}: ${reason}; ${remedy}`, options);
    this.name = 'SourceRefused';
  }
}

/** The files the layout knows: github.com/chirpstack/chirpstack-device-profiles, README.md, "Structure". */
const layoutFile = /(?:^|\/)(?:vendor\.toml|(?:devices|profiles)\/[^/]+\.toml|codecs\/[^/]+\.(?:js|json))$/;

/** Why a path of an archive or folder is not to be trusted; undefined where it is. */
function pathProblem(path: string, limits: SourceLimits): string | undefined {
  const segments = path.split('/');
  if (/^([a-z]:|\/)/i.test(path)) return 'the path is absolute';
  if (segments.includes('..')) return 'the path leads out of its folder';
  if (segments.some((segment) => segment === '' || segment === '.')) return 'the path has an empty part';
  if (/[\p{Cc}\\]/u.test(path)) return 'the path holds a backslash or a control character';
  if (path.length > limits.pathCharsMax) return `the path is longer than ${limits.pathCharsMax} characters`;
  if (segments.length > limits.pathSegmentsMax)
    return `the path is deeper than ${limits.pathSegmentsMax} folders`;
  return undefined;
}

/** Whether a path is one of the layout's. */
export function isLayoutFile(path: string): boolean {
  return layoutFile.test(path);
}

/** Collects the texts of one source and holds it to its limits. */
export class Gathering {
  readonly files = new Map<string, string>();
  readonly findings: Finding[] = [];
  /** How many more files and folders may come. */
  get entriesLeft(): number {
    return this.#limits.entriesMax - this.#entries;
  }

  readonly #source: string;
  readonly #limits: SourceLimits;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true });
  #entries = 0;
  #bytes = 0;

  constructor(source: string, limits: SourceLimits) {
    this.#source = source;
    this.#limits = limits;
  }

  /**
   * Counts a file or folder and says whether to go near it.
   * @throws {SourceRefused} where the source has too many.
   */
  admits(path: string, isLink: boolean): boolean {
    const { entriesMax } = this.#limits;
    this.#entries += 1;
    if (this.#entries > entriesMax)
      throw new SourceRefused(this.#source, `more than ${entriesMax} files`, 'give one vendor at a time');
    const unsafe = pathProblem(path, this.#limits);
    if (unsafe !== undefined) this.refuse(path, unsafe, 'give it a plain name below its vendor’s folder');
    else if (isLink) this.refuse(path, 'it is a symbolic link', 'put the file itself in its place');
    return unsafe === undefined && !isLink;
  }

  /**
   * Whether a file of the layout is small enough to be read; `compressedBytes` where it lies in an archive.
   * @throws {SourceRefused} where the texts are too large together.
   */
  fits(path: string, sizeBytes: number, compressedBytes?: number): boolean {
    const { bytesMax, fileBytesMax, ratioMax } = this.#limits;
    if (sizeBytes > fileBytesMax) {
      this.refuse(path, `${sizeBytes} bytes, at most ${fileBytesMax} are read`, 'make the file smaller');
      return false;
    }
    if (compressedBytes !== undefined && sizeBytes > ratioMax * compressedBytes) {
      this.refuse(path, `it unpacks to more than ${ratioMax} times its size`, 'give it as a folder instead');
      return false;
    }
    this.#bytes += sizeBytes;
    if (this.#bytes > bytesMax)
      throw new SourceRefused(
        this.#source,
        `more than ${bytesMax} bytes of text`,
        'give one vendor at a time',
      );
    return true;
  }

  /** Takes the bytes of a file that fits. */
  take(path: string, bytes: Uint8Array): void {
    if (this.files.has(path)) {
      // Programs differ in which of two they unpack, so nobody can know which one was meant.
      this.refuse(path, 'the archive holds it twice; the first was taken', 'pack it again');
      return;
    }
    try {
      this.files.set(path, this.#utf8.decode(bytes));
    } catch {
      this.refuse(path, 'the text is not UTF-8', 'save it as UTF-8');
    }
  }

  refuse(path: string, reason: string, remedy: string): void {
    this.findings.push({ kind: 'refused', file: path, reason, remedy });
  }
}
