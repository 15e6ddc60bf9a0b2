import { readFileSync } from 'node:fs';
import ivm from 'isolated-vm';
import type { SandboxLimits } from './limits.ts';

/** Frames with a realm each give their results one by one; so many characters go into one answer. */
const apartCharsMax = 524_288;

type FramesRunner = ivm.Reference<(framesText: string) => string>;

/** The codec itself is at fault: it has a syntax error, throws while loading or has no decodeUplink. */
export class UnusableCodec extends Error {}

/** Each after those it imports. */
const insideFiles = [
  new URL('./inside/text.js', import.meta.url),
  new URL('./inside/buffer.js', import.meta.url),
  new URL('./inside/clock.js', import.meta.url),
  new URL('./inside/language.js', import.meta.url),
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

/** A realm with the codec in it. */
interface Realm {
  readonly context: ivm.Context;
  readonly run: FramesRunner;
}

/** One codec in a V8 isolate of its own. Not to be called while a call is under way. */
export class CodecIsolate {
  readonly #limits: Pick<SandboxLimits, 'timeoutMs'>;
  readonly #isolate: ivm.Isolate;
  readonly #inside: ivm.Script;
  readonly #codec: ivm.Script;
  /** Each frame is to have a realm of its own. */
  #apart: boolean;
  #kept: Realm | undefined;

  /** @throws {UnusableCodec} on a syntax error. */
  constructor(source: string, stateful: boolean, limits: Pick<SandboxLimits, 'timeoutMs' | 'heapMibMax'>) {
    this.#limits = limits;
    this.#apart = stateful;
    this.#isolate = new ivm.Isolate({ memoryLimit: limits.heapMibMax });
    this.#inside = this.#isolate.compileScriptSync(insideSource(), { filename: 'sandbox.js' });
    try {
      // A codec's last value is of no interest, and could be large.
      this.#codec = this.#isolate.compileScriptSync(`${source}\n;0`, { filename: 'codec.js' });
    } catch (cause) {
      this.dispose();
      throw new UnusableCodec(`the codec cannot be read: ${String(cause).slice(0, 300)}`, { cause });
    }
  }

  get isDisposed(): boolean {
    return this.#isolate.isDisposed;
  }

  dispose(): void {
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
  }

  /** Processor time it has taken since it was made. */
  get cpuMs(): number {
    return this.#isolate.isDisposed ? 0 : Number(this.#isolate.cpuTime / 1000n) / 1000;
  }

  /**
   * The results of the first of the frames, at least one, as JSON text. A frame that fails is tried again in a realm
   * that has seen no other, and what it gives there counts: what went before must not decide. A codec that changes
   * what belongs to the language has a realm for each frame from then on. Rejects where a limit is hit.
   */
  async run(framesText: string): Promise<string> {
    while (!this.#apart) {
      this.#kept ??= await this.#realm();
      const said = await this.#call(this.#kept.run, framesText);
      const results = said.slice(1);
      if (said.startsWith('=')) return results;
      this.#release(this.#kept);
      this.#kept = undefined;
      if (said.startsWith('~')) this.#apart = true;
      else if (results !== '[]') return results;
    }
    return await this.#runApart(framesText);
  }

  /** Each frame in a realm that has seen no other. */
  async #runApart(framesText: string): Promise<string> {
    const frames: unknown[] = JSON.parse(framesText);
    const untilMs = performance.now() + this.#limits.timeoutMs / 2;
    let text = '';
    for (const frame of frames) {
      const realm = await this.#realm();
      try {
        const said = await this.#call(realm.run, JSON.stringify([frame]));
        text += (text === '' ? '' : ',') + said.slice(2, -1);
      } finally {
        this.#release(realm);
      }
      if (performance.now() > untilMs || text.length > apartCharsMax) break;
    }
    return `[${text}]`;
  }

  #release({ context, run }: Realm): void {
    run.release();
    context.release();
  }

  async #call(run: FramesRunner, framesText: string): Promise<string> {
    const said = await run.apply(undefined, [framesText], { timeout: this.#limits.timeoutMs });
    if (typeof said !== 'string') throw new Error('the realm gave no text');
    return said;
  }

  async #realm(): Promise<Realm> {
    const timeout = this.#limits.timeoutMs;
    const context = await this.#isolate.createContext();
    const adopt: ivm.Reference<(codec: unknown, legacy: boolean) => (framesText: string) => string> =
      await this.#inside.run(context, { reference: true, timeout });
    const { decode, legacy } = await this.#load(context);
    const run: FramesRunner = await adopt.apply(undefined, [decode.derefInto(), legacy], {
      result: { reference: true },
      timeout,
    });
    adopt.release();
    decode.release();
    return { context, run };
  }

  /** Lets the codec into a realm, and finds its function there. */
  async #load(context: ivm.Context): Promise<{ decode: ivm.Reference<unknown>; legacy: boolean }> {
    const timeout = this.#limits.timeoutMs;
    try {
      await this.#codec.run(context, { timeout });
      const decode: ivm.Reference<unknown> = await context.eval(entryPoint, { reference: true, timeout });
      if (decode.typeof !== 'function') throw new UnusableCodec('the codec has no function decodeUplink');
      return { decode, legacy: (await context.eval(isLegacy, { timeout })) === true };
    } catch (cause) {
      if (this.#isolate.isDisposed || isTimeout(cause) || cause instanceof UnusableCodec) throw cause;
      throw new UnusableCodec(`the codec fails when it is loaded: ${String(cause).slice(0, 300)}`, { cause });
    }
  }
}

/** Whether this is how isolated-vm says that a call ran out of time. */
export function isTimeout(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message === 'Script execution timed out.';
}
