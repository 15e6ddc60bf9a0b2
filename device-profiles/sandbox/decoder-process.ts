import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { messageOf } from '#core';
import type { SandboxLimits } from './limits.ts';
import { type Answer, PacketReader, packed, type Request } from './wire.ts';

const stderrCharsMax = 2000;
const exitMsMax = 1000;

/** Files the child may read: its own, and those with which the native part of isolated-vm is found and loaded. */
function readableFiles(): string[] {
  const isolatedVm = createRequire(import.meta.url).resolve('isolated-vm');
  const nodeGypBuild = createRequire(isolatedVm).resolve('node-gyp-build');
  return [
    fileURLToPath(new URL('.', import.meta.url)),
    fileURLToPath(new URL('../../package.json', import.meta.url)),
    `${dirname(isolatedVm)}/`,
    `${dirname(nodeGypBuild)}/`,
    '/etc/alpine-release',
  ];
}

/** What the life of a child process is followed by. */
export interface DecoderEvents {
  answer(answer: Answer): void;
  /** Once, when the process has ended; `reason` says how. */
  gone(reason: string): void;
}

/** One life of the decoder child process. */
export class DecoderProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #gone: Promise<void>;
  #stderr = '';
  #killedFor: string | undefined;
  /** Whether it has said so. */
  ready = false;

  constructor(limits: SandboxLimits, events: DecoderEvents) {
    const flags = [
      '--no-warnings',
      // isolated-vm asks for this on Node 20 and later.
      '--no-node-snapshot',
      // Should a codec ever leave its isolate, there is no environment, no file to write and no program to start.
      '--permission',
      '--allow-addons',
      ...readableFiles().map((path) => `--allow-fs-read=${path}`),
    ];
    const program = fileURLToPath(new URL('./child.ts', import.meta.url));
    this.#child = spawn(process.execPath, [...flags, program, JSON.stringify(limits)], {
      env: { TZ: 'UTC' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#gone = this.#watch(events, limits.answerBytesMax);
  }

  /** Undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What it takes of the machine's memory, 0 where the system does not say. */
  get rssBytes(): number {
    try {
      // proc_pid_status(5): the resident set in kB, which are KiB.
      const status = readFileSync(`/proc/${this.pid}/status`, 'ascii');
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
    } catch {
      return 0;
    }
  }

  send(request: Request): void {
    this.#child.stdin.write(packed(JSON.stringify(request)));
  }

  /** Ends it at once; `gone` follows with this reason. */
  kill(reason: string): void {
    this.#killedFor ??= reason;
    this.#child.kill('SIGKILL');
  }

  /** Lets it end by itself, or ends it after a second; resolves when it is gone. */
  async close(): Promise<void> {
    this.#child.stdin?.end();
    const late = setTimeout(() => this.kill('did not end when asked to'), exitMsMax);
    await this.#gone;
    clearTimeout(late);
  }

  #watch(events: DecoderEvents, answerBytesMax: number): Promise<void> {
    const child = this.#child;
    const gone = new Promise<void>((resolve) => {
      const end = (how: string) => {
        resolve();
        events.gone(this.#killedFor ?? how);
      };
      child.once('error', (cause) => end(`could not be started: ${cause.message}`));
      child.once('close', (code, signal) =>
        end(`ended with ${signal ?? `code ${code}`}${this.#firstWords()}`),
      );
    });
    const reader = new PacketReader(answerBytesMax, (text) => {
      const answer: Answer = JSON.parse(text);
      if ('ready' in answer) this.ready = true;
      events.answer(answer);
    });
    // Where the system had no file descriptors left there are no streams, whatever the types say.
    child.stdout?.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (cause) {
        this.kill(`said what cannot be read: ${messageOf(cause)}`);
      }
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(0, stderrCharsMax);
    });
    // Writing to a process that has just died: its end is told by 'exit'.
    child.stdin?.on('error', () => {});
    return gone;
  }

  /** What it said on standard error, in one line. */
  #firstWords(): string {
    const words = this.#stderr
      .split('\n')
      .map((line) => line.replaceAll(/^[#\s]+/g, ''))
      .filter((line) => line !== '')
      .slice(0, 4)
      .join(' ');
    return words === '' ? '' : `: ${words.slice(0, 300)}`;
  }
}
