import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';

const searched = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];

/** Full path of a program, or undefined where it is not installed. */
export function programPath(name: string): string | undefined {
  for (const folder of searched) {
    try {
      accessSync(path.join(folder, name), constants.X_OK);
      return path.join(folder, name);
    } catch {
      // Not here.
    }
  }
  return undefined;
}

/**
 * Whether one of these Debian programs is missing, for `describe.skipIf`: a laptop without them skips what needs them.
 * @throws in CI, where a missing service is a failure.
 */
export function missing(...names: readonly string[]): boolean {
  const absent = names.filter((name) => programPath(name) === undefined);
  if (absent.length === 0) return false;
  const reason = `not installed: ${absent.join(', ')} (apt-get install mosquitto influxdb strace chromium)`;
  if (process.env.CI) throw new Error(reason);
  process.stderr.write(`skipped, ${reason}\n`);
  return true;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A new empty folder under the system's temporary one, and the function that removes it. */
export async function temporaryFolder(
  name: string,
): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), `stadtpegel-${name}-`));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** A program we started; only ever ended by its own pid. */
export class Program {
  readonly child: ChildProcess;
  #output = '';

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env, cwd?: string) {
    this.child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'], env, ...(cwd && { cwd }) });
    const collect = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-200_000);
    };
    this.child.stdout?.on('data', collect);
    this.child.stderr?.on('data', collect);
  }

  /** What it printed, both streams, the last 200,000 characters. */
  get output(): string {
    return this.#output;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves when it has printed something that matches; rejects when it ends before, or in time. */
  async printed(pattern: RegExp, timeoutMs = 20_000): Promise<RegExpExecArray> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match) return match;
      if (!this.running || Date.now() > until) throw new Error(`no ${pattern} in:\n${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Sends the signal and resolves with the exit code (or the signal) when it has ended. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    if (this.running) {
      this.child.kill(signal);
      await once(this.child, 'exit');
    }
    return this.child.exitCode ?? this.child.signalCode ?? -1;
  }
}

/** Repeats a check until it does not throw, and gives its value; rethrows its last failure when time is up. */
export async function eventually<T>(
  check: () => Promise<T> | T,
  timeoutMs = 20_000,
  everyMs = 50,
): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (cause) {
      if (Date.now() > until) throw cause;
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }
}
