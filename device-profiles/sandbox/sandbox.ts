import type { Component, Health, Logger, Registry } from '#core';
import { Lane, type StrangerCodec, type StrangerFrame } from './lane.ts';
import { type SandboxLimits, sandboxLimits } from './limits.ts';
import { type SandboxMetrics, sandboxMetrics } from './metrics.ts';
import { failure, later, type StrangerResult } from './results.ts';
import { Scheduler } from './scheduler.ts';

/** What the sandbox is made of; `limits` where others than the usual are wanted. */
export interface SandboxParts {
  readonly registry: Registry;
  readonly log: Logger;
  readonly limits?: Partial<SandboxLimits>;
}

const probePrefix = 'probe ';

/**
 * Runs codecs nobody here has read, in a child process and there each in a V8 isolate of its own. Whatever one of
 * them does ends as the decode error of its own frames; one that goes on like that is cut off for a while. The child
 * is started when the first frame comes, and again when it dies.
 */
export class DecoderSandbox implements Component {
  readonly name = 'decoder-sandbox';
  readonly #limits: SandboxLimits;
  readonly #metrics: SandboxMetrics;
  readonly #scheduler: Scheduler;
  readonly #lanes = new Map<string, Lane>();
  #probes = 0;
  #stopped = false;

  constructor({ registry, log, limits }: SandboxParts) {
    this.#limits = { ...sandboxLimits, ...limits };
    this.#metrics = sandboxMetrics(registry, () => this.#cutOff().length);
    this.#scheduler = new Scheduler(this.#limits, log, this.#metrics);
  }

  /** The decoder's process id while there is one. */
  get pid(): number | undefined {
    return this.#scheduler.pid;
  }

  async start(): Promise<void> {
    this.#stopped = false;
  }

  /** Takes nothing more, waits for what is under way, and ends the child. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#scheduler.stop();
  }

  health(): Health {
    const { failing } = this.#scheduler;
    if (failing !== undefined) return { status: 'degraded', detail: `the decoder process ${failing.reason}` };
    const cutOff = this.#cutOff();
    if (cutOff.length === 0) return { status: 'ok' };
    return {
      status: 'degraded',
      detail: `codecs cut off for a while: ${cutOff.map(({ id, reason }) => `${id} (${reason})`).join(', ')}`,
      sinceMs: Math.min(...cutOff.map(({ sinceMs }) => sinceMs)),
    };
  }

  /** Replaces all codecs; those with the same id and source keep their realm. Idempotent. */
  async setCodecs(codecs: readonly StrangerCodec[]): Promise<void> {
    const wanted = new Map(codecs.map((codec) => [codec.id, codec]));
    for (const id of this.#lanes.keys()) {
      if (!wanted.has(id) && !id.startsWith(probePrefix)) this.#remove(id);
    }
    for (const codec of wanted.values()) this.#put(codec);
  }

  /** Never rejects: whatever goes wrong is one error in the result. Calls of one event-loop turn travel as one batch. */
  decode(frame: StrangerFrame): Promise<StrangerResult> {
    const lane = this.#lanes.get(frame.codecId);
    if (lane === undefined) return this.#refused(`there is no codec ${frame.codecId}`);
    const refusal = this.#refusal(frame, lane);
    if (refusal !== undefined) return this.#refused(refusal);
    const text = JSON.stringify([frame.fPort, frame.receivedAtMs, Array.from(frame.bytes)]);
    return new Promise((settle) => this.#scheduler.add(lane, { text, sinceMs: performance.now(), settle }));
  }

  /**
   * Whether one call of the codec changes what a later one gives. The frames are decoded forwards and then backwards
   * in one realm, so that each is seen with two pasts; any difference means state.
   */
  async probeState(
    codec: StrangerCodec,
    frames: readonly Omit<StrangerFrame, 'codecId'>[],
  ): Promise<'stateless' | 'stateful'> {
    const codecId = `${probePrefix}${++this.#probes} ${codec.id}`;
    this.#put({ id: codecId, source: codec.source });
    const decoded = await Promise.all(
      [...frames, ...frames.toReversed()].map((frame) => this.decode({ ...frame, codecId })),
    );
    this.#remove(codecId);
    const texts = decoded.map((result) => JSON.stringify(result));
    return texts.every((text, at) => text === texts[texts.length - 1 - at]) ? 'stateless' : 'stateful';
  }

  /** Why a frame is not even tried. */
  #refusal({ bytes }: StrangerFrame, { codec, breaker, cutOffText }: Lane): string | undefined {
    const { payloadBytesMax, sourceCharsMax, waitingFramesMax } = this.#limits;
    const { pending, failing } = this.#scheduler;
    if (this.#stopped) return `the decoder was stopped${later}`;
    if (bytes.length > payloadBytesMax) {
      return `the payload is ${bytes.length} bytes long; at most ${payloadBytesMax} are decoded`;
    }
    if (codec.source.length > sourceCharsMax) {
      return `the codec is ${codec.source.length} characters long; at most ${sourceCharsMax} are run`;
    }
    if (pending >= waitingFramesMax) return `${pending} frames wait for the decoder already${later}`;
    if (failing?.resting === true) return `the decoder process ${failing.reason}${later}`;
    return breaker.admits(Date.now()) ? undefined : cutOffText;
  }

  #refused(problem: string): Promise<StrangerResult> {
    this.#metrics.decodes.inc({ outcome: 'refused' });
    return Promise.resolve(failure(problem));
  }

  #put(codec: StrangerCodec): void {
    const lane = this.#lanes.get(codec.id);
    if (lane === undefined) {
      this.#lanes.set(codec.id, new Lane(codec, this.#limits));
    } else if (lane.codec.source !== codec.source || lane.codec.stateful !== codec.stateful) {
      lane.replace(codec);
      this.#scheduler.unload(codec.id);
    }
  }

  #remove(id: string): void {
    const lane = this.#lanes.get(id);
    if (lane === undefined) return;
    this.#lanes.delete(id);
    lane.gone = true;
    this.#scheduler.remove(lane);
  }

  #cutOff(): { readonly id: string; readonly reason: string; readonly sinceMs: number }[] {
    return [...this.#lanes].flatMap(([id, { breaker }]) =>
      breaker.cutOff === undefined ? [] : [{ id, ...breaker.cutOff }],
    );
  }
}
