import { readFileSync } from 'node:fs';
import ivm from 'isolated-vm';
import type { SandboxLimits } from './limits.ts';

type FramesRunner = ivm.Reference<(framesText: string) => string>;

/** The codec itself is at fault: it has a syntax error, throws while loading or has no decodeUplink. */
export class UnusableCodec extends Error {}

/** Each after those it imports. */
const insideFiles = [
  new URL('./inside/text.js', import.meta.url),
  new URL('./inside/buffer.js', import.meta.url),
  new URL('./inside/clock.js', import.meta.url),
  new URL('./inside/run.js', import.meta.url),
];

/** What is put before each codec, as one script in a scope of its own; its value is `adopt` of inside/run.js. */
function insideSource(): string {
  const sources = insideFiles.map((file) =>
    readFileSync(file, 'utf8')
      .replaceAll(/^import [^;]*;\n/gm, '')
      .replaceAll(/^export /gm, ''),
  );
  return `(() => { 'use strict';\n${sources.join('\n')}\nreturn adopt; })()`;
}

/** Found by name, because `const decodeUplink` of a script is no property of the global object. */
const entryPoint =
  "typeof decodeUplink === 'function' ? decodeUplink : typeof Decode === 'function' ? Decode : undefined";
const isLegacy = "typeof decodeUplink !== 'function'";

/** One codec in a V8 isolate of its own. Not to be called while a call is under way. */
export class CodecIsolate {
  readonly #limits: Pick<SandboxLimits, 'timeoutMs'>;
  readonly #isolate: ivm.Isolate;
  readonly #inside: ivm.Script;
  readonly #codec: ivm.Script;
  readonly #stateful: boolean;
  #kept: { readonly context: ivm.Context; readonly run: FramesRunner } | undefined;

  /** @throws {UnusableCodec} on a syntax error. */
  constructor(source: string, stateful: boolean, limits: Pick<SandboxLimits, 'timeoutMs' | 'heapMibMax'>) {
    this.#limits = limits;
    this.#stateful = stateful;
    this.#isolate = new ivm.Isolate({ memoryLimit: limits.heapMibMax });
    this.#inside = this.#isolate.compileScriptSync(insideSource(), { filename: 'sandbox.js' });
    try {
      // A codec's last value is of no interest, and could be large.
      this.#codec = this.#isolate.compileScriptSync(`${source}\n;0`, { filename: 'codec.js' });
    } catch (cause) {
      this.dispose();
      throw new UnusableCodec(`the codec cannot be read: ${String(cause)}`, { cause });
    }
  }

  get isDisposed(): boolean {
    return this.#isolate.isDisposed;
  }

  dispose(): void {
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
  }

  /** The results of the first of the frames, at least one, as JSON text. Rejects where a limit is hit. */
  async run(framesText: string): Promise<string> {
    if (this.#stateful) return await this.#runApart(framesText);
    this.#kept ??= await this.#realm();
    return await this.#call(this.#kept.run, framesText);
  }

  /** Each frame in a realm that has seen no other. */
  async #runApart(framesText: string): Promise<string> {
    const frames: unknown[] = JSON.parse(framesText);
    const untilMs = performance.now() + this.#limits.timeoutMs / 2;
    const results: string[] = [];
    for (const frame of frames) {
      const { context, run } = await this.#realm();
      try {
        results.push((await this.#call(run, JSON.stringify([frame]))).slice(1, -1));
      } finally {
        run.release();
        context.release();
      }
      if (performance.now() > untilMs) break;
    }
    return `[${results.join(',')}]`;
  }

  async #call(run: FramesRunner, framesText: string): Promise<string> {
    const results = await run.apply(undefined, [framesText], { timeout: this.#limits.timeoutMs });
    if (typeof results !== 'string') throw new Error('the realm gave no text');
    return results;
  }

  async #realm(): Promise<{ readonly context: ivm.Context; readonly run: FramesRunner }> {
    const timeout = this.#limits.timeoutMs;
    const context = await this.#isolate.createContext();
    const adopt: ivm.Reference<(codec: unknown, legacy: boolean) => (framesText: string) => string> =
      await this.#inside.run(context, { reference: true, timeout });
    try {
      await this.#codec.run(context, { timeout });
    } catch (cause) {
      if (this.#isolate.isDisposed || isTimeout(cause)) throw cause;
      throw new UnusableCodec(`the codec fails when it is loaded: ${String(cause).slice(0, 300)}`, { cause });
    }
    const decode: ivm.Reference<unknown> = await context.eval(entryPoint, { reference: true, timeout });
    if (decode.typeof !== 'function') throw new UnusableCodec('the codec has no function decodeUplink');
    const legacy = (await context.eval(isLegacy, { timeout })) === true;
    const run: FramesRunner = await adopt.apply(undefined, [decode.derefInto(), legacy], {
      result: { reference: true },
      timeout,
    });
    adopt.release();
    decode.release();
    return { context, run };
  }
}

/** Whether this is how isolated-vm says that a call ran out of time. */
export function isTimeout(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message === 'Script execution timed out.';
}
