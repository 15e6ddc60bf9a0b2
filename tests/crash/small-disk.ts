import { open, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Program, programPath } from '../services/programs.ts';

/** Namespaces to try: with the rights of root one is enough, without them it takes one where we are root. */
const ways = [['--mount'], ['--user', '--map-root-user', '--mount']];

/**
 * A disk of a few megabytes (tmpfs), in a mount namespace of its own that a waiting process holds: it is gone with that
 * process, whatever happens, and takes no rights of root where the kernel lets users make namespaces.
 */
export class SmallDisk {
  readonly #holder: Program;
  readonly #hasOwnUsers: boolean;
  /** Where it is for programs started with {@link wrapper}. */
  readonly folder = '/mnt';

  private constructor(holder: Program, hasOwnUsers: boolean) {
    this.#holder = holder;
    this.#hasOwnUsers = hasOwnUsers;
  }

  /** Gives the reason where this machine allows none. */
  static async create(bytesMax: number): Promise<SmallDisk | string> {
    if (!programPath('unshare') || !programPath('nsenter')) return 'unshare or nsenter is not installed';
    const script = `mount -t tmpfs -o size=${bytesMax},mode=0777 tmpfs /mnt && echo mounted && exec sleep infinity`;
    const reasons: string[] = [];
    for (const way of ways) {
      const holder = new Program('unshare', [...way, 'sh', '-c', script]);
      try {
        await holder.printed(/mounted/, 5000);
        return new SmallDisk(holder, way.includes('--user'));
      } catch {
        await holder.end('SIGKILL');
        reasons.push(holder.output.trim());
      }
    }
    return `no mount namespace: ${reasons.join('; ')}`;
  }

  /** Put before a command, so that it sees the disk; the process keeps its pid. */
  get wrapper(): readonly string[] {
    const users = this.#hasOwnUsers ? ['--user', '--preserve-credentials'] : [];
    const target = `--target=${this.#holder.child.pid}`;
    return ['nsenter', target, ...users, '--mount', `--wd=${process.cwd()}`];
  }

  /** The same folder as everyone else on this machine sees it. */
  get outside(): string {
    return `/proc/${this.#holder.child.pid}/root${this.folder}`;
  }

  get #filler(): string {
    return path.join(this.outside, 'filler');
  }

  /** Takes what room there is, to the last page. */
  async fill(): Promise<void> {
    const file = await open(this.#filler, 'a');
    try {
      for (const bytes of [1_048_576, 4096]) {
        const zeros = Buffer.alloc(bytes);
        while (await fits(file.write(zeros)));
      }
    } finally {
      await file.close();
    }
  }

  async free(): Promise<void> {
    await writeFile(this.#filler, '');
    await rm(this.#filler);
  }

  async remove(): Promise<void> {
    await this.#holder.end('SIGKILL');
  }
}

async function fits(write: Promise<{ bytesWritten: number }>): Promise<boolean> {
  try {
    return (await write).bytesWritten > 0;
  } catch {
    return false;
  }
}
