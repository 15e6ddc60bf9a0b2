import type { Logger } from '#core';
import type { DecoderProcess } from './decoder-process.ts';
import { Keeper } from './keeper.ts';
import type { Call, Group, Lane } from './lane.ts';
import type { SandboxLimits } from './limits.ts';
import type { SandboxMetrics } from './metrics.ts';
import { failure, resultOf, type StrangerResult } from './results.ts';
import type { Answer, Fault } from './wire.ts';

/** How often the child's memory and silence are looked at while it has work. */
const watchMs = 100;

/** A group under way in the child. */
interface Flight {
  readonly group: Group;
  readonly sentAtMs: number;
  /** It was found to be late once: the answer may still lie unread where this process was busy itself. */
  late: boolean;
}

/**
 * Sends groups of calls to the child, codec by codec in turn, and decides what becomes of those that fail: a group
 * that hits a limit or was under way when the child died is tried once more, then call by call, and what fails again
 * alone is the culprit.
 */
export class Scheduler {
  readonly #limits: SandboxLimits;
  readonly #metrics: SandboxMetrics;
  readonly #log: Logger;
  readonly #keeper: Keeper;
  /** Lanes that may have work, the next in turn first. */
  readonly #busy = new Set<Lane>();
  readonly #suspects: Group[] = [];
  readonly #flights = new Map<number, Flight>();
  /** What the child holds under an id, the one not used for longest first. */
  readonly #loaded = new Map<string, Lane>();
  #flightId = 0;
  #pending = 0;
  #pumpSet = false;
  #idle: (() => void) | undefined;
  #watch: NodeJS.Timeout | undefined;

  constructor(limits: SandboxLimits, log: Logger, metrics: SandboxMetrics) {
    this.#limits = limits;
    this.#metrics = metrics;
    this.#log = log;
    this.#keeper = new Keeper(limits, log, {
      answer: (answer) => this.#answered(answer),
      gone: (reason, started) => this.#gone(reason, started),
    });
  }

  /** The child's process id while there is one. */
  get pid(): number | undefined {
    return this.#keeper.process?.pid;
  }

  /** Calls not settled yet. */
  get pending(): number {
    return this.#pending;
  }

  /** Why the child does not start, and whether the next attempt is still to come. */
  get failing(): { readonly reason: string; readonly resting: boolean } | undefined {
    const reason = this.#keeper.failing;
    return reason === undefined ? undefined : { reason, resting: this.#keeper.resting };
  }

  /** Takes a call; those of one event-loop turn leave together. */
  add(lane: Lane, call: Call): void {
    lane.add(call);
    this.#pending++;
    this.#busy.add(lane);
    if (this.#pumpSet) return;
    this.#pumpSet = true;
    setImmediate(() => {
      this.#pumpSet = false;
      this.#pump();
    });
  }

  /** Gives up what waits for a codec that is gone. */
  remove(lane: Lane): void {
    this.#busy.delete(lane);
    this.#fail(lane.clear(), goneText(lane), 'refused');
    this.unload(lane.codec.id);
  }

  /** Lets the child forget a codec; a call under way is tried again with what the lane holds then. */
  unload(id: string): void {
    if (this.#loaded.delete(id)) this.#keeper.process?.send({ op: 'drop', codec: id });
  }

  /** Waits for what is under way, but not for ever, and ends the child. */
  async stop(): Promise<void> {
    if (this.#pending > 0) {
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, this.#limits.drainMsMax);
        this.#idle = () => {
          clearTimeout(late);
          resolve();
        };
      });
    }
    await this.#keeper.close();
    this.#failAll('the decoder was stopped');
    this.#loaded.clear();
  }

  /** Sends what may be sent now. */
  #pump(): void {
    if (this.#busy.size === 0 && this.#suspects.length === 0) return;
    const process = this.#keeper.wake();
    if (process === undefined) return;
    if (this.#flights.size > 0 && [...this.#flights.values()].some(({ group }) => group.suspect)) return;
    if (this.#suspects.length > 0) {
      const suspect = this.#flights.size === 0 ? this.#suspects.shift() : undefined;
      if (suspect !== undefined) this.#send(process, suspect);
      return;
    }
    for (const lane of this.#busy) {
      if (this.#flights.size >= this.#limits.runningMax) return;
      if (lane.running !== undefined) continue;
      const group = lane.next();
      if (group === undefined) this.#busy.delete(lane);
      else this.#send(process, group);
    }
  }

  #send(process: DecoderProcess, group: Group): void {
    const { lane, calls } = group;
    this.#load(process, lane);
    lane.running = group;
    this.#flights.set(++this.#flightId, { group, sentAtMs: performance.now(), late: false });
    const frames = `[${calls.map(({ text }) => text).join(',')}]`;
    process.send({ op: 'run', id: this.#flightId, codec: lane.codec.id, frames });
    this.#watch ??= setInterval(() => this.#look(), watchMs);
  }

  /** Sees to it that the child holds the codec, and marks it as the one used last. */
  #load(process: DecoderProcess, lane: Lane): void {
    const { id, source, stateful = false } = lane.codec;
    if (!this.#loaded.delete(id)) {
      const idle = [...this.#loaded].find(([, { running }]) => running === undefined);
      if (this.#loaded.size >= this.#limits.realmsMax && idle !== undefined) this.unload(idle[0]);
      process.send({ op: 'load', codec: id, source, stateful });
    }
    this.#loaded.set(id, lane);
  }

  /** Ends a child that has grown too large or does not come back from a call. */
  #look(): void {
    const { rssBytesMax, silenceMsMax, suspectSilenceMsMax } = this.#limits;
    const process = this.#keeper.process;
    if (process === undefined) return;
    const now = performance.now();
    for (const flight of this.#flights.values()) {
      const silentMsMax = flight.group.suspect ? suspectSilenceMsMax : silenceMsMax;
      if (now - flight.sentAtMs <= silentMsMax) continue;
      if (flight.late) process.kill(`gave no answer for ${silentMsMax} ms`);
      flight.late = true;
    }
    if (process.rssBytes > rssBytesMax) process.kill(`took more than ${rssBytesMax} bytes of memory`);
  }

  #answered(answer: Answer): void {
    if ('ready' in answer) {
      this.#pump();
      return;
    }
    const flight = this.#flights.get(answer.id);
    if (flight === undefined) return;
    const { group } = flight;
    if ('results' in answer && !this.#settleResults(group, answer.results)) {
      this.#keeper.process?.kill('gave results that are none');
      return;
    }
    this.#land(answer.id, group);
    if ('fault' in answer) this.#faulted(group, answer.fault, group.suspect);
    if ('unusable' in answer) this.#fail(group.calls, answer.unusable, 'error');
    this.#pump();
  }

  #land(id: number, group: Group): void {
    this.#flights.delete(id);
    group.lane.running = undefined;
    // At the end of the queue: every codec has its turn.
    this.#busy.delete(group.lane);
    this.#busy.add(group.lane);
    if (this.#flights.size === 0) {
      clearInterval(this.#watch);
      this.#watch = undefined;
    }
  }

  /** Hands out the results of the first calls; the others are sent again. False where these are no results. */
  #settleResults(group: Group, wires: readonly unknown[]): boolean {
    const { lane, calls } = group;
    const results = wires.map(resultOf).filter((result) => result !== undefined);
    if (results.length !== wires.length || results.length === 0 || results.length > calls.length)
      return false;
    const failed = results.filter(({ errors }) => errors.length > 0).length;
    this.#metrics.decodes.inc({ outcome: 'ok' }, results.length - failed);
    this.#metrics.decodes.inc({ outcome: 'error' }, failed);
    for (const [at, result] of results.entries()) this.#settle(calls[at], result);
    if (lane.breaker.cutOff !== undefined) {
      lane.breaker.success();
      this.#log.info({ codec: lane.codec.id }, `the codec ${lane.codec.id} works again`);
    }
    if (results.length < calls.length) this.#again([{ ...group, calls: calls.slice(results.length) }]);
    return true;
  }

  /** Tries again what hit a limit: once as it was, then call by call; what fails twice alone is given up. */
  #faulted(group: Group, fault: Fault, suspect: boolean): void {
    const { lane, calls } = group;
    const faults = group.faults + 1;
    const onTrial = lane.breaker.cutOff !== undefined;
    if (faults >= 2 && calls.length > 1) {
      this.#again(calls.map((call) => ({ lane, calls: [call], faults: 1, suspect })));
    } else if (faults < 2 && !onTrial) {
      this.#again([{ lane, calls, faults, suspect }]);
    } else {
      this.#blame(group, fault);
    }
  }

  #again(groups: readonly Group[]): void {
    const [first] = groups;
    if (first === undefined) return;
    if (first.lane.gone) {
      for (const { calls } of groups) this.#fail(calls, goneText(first.lane), 'refused');
    } else if (first.suspect) {
      this.#suspects.unshift(...groups);
    } else {
      first.lane.addFirst(groups);
      this.#busy.add(first.lane);
    }
  }

  #blame({ lane, calls }: Group, { kind, message }: Fault): void {
    this.#metrics.faults.inc({ codec: lane.codec.id, kind });
    this.#fail(calls, message, 'fault');
    const onTrial = lane.breaker.cutOff !== undefined;
    lane.breaker.fault(Date.now(), message, kind === 'death');
    if (lane.breaker.cutOff === undefined) return;
    if (!onTrial) this.#log.warn({ codec: lane.codec.id, kind }, lane.cutOffText);
    this.#fail(lane.clear(), lane.cutOffText, 'refused');
    const innocent = this.#suspects.filter((group) => group.lane !== lane);
    const others = this.#suspects.filter((group) => group.lane === lane);
    this.#suspects.splice(0, this.#suspects.length, ...innocent);
    for (const group of others) this.#fail(group.calls, lane.cutOffText, 'refused');
  }

  #gone(reason: string, started: boolean): void {
    this.#metrics.ends.inc();
    this.#loaded.clear();
    if (!started) {
      this.#failAll(`the decoder process ${reason}`);
      return;
    }
    const flights = [...this.#flights];
    const fault: Fault = { kind: 'death', message: `ended the decoder, which ${reason}` };
    for (const [id, { group }] of flights) {
      this.#land(id, group);
      // With others beside it, it may be innocent: a count of one, and the next time it is alone.
      if (flights.length === 1) this.#faulted(group, fault, true);
      else this.#again([{ ...group, faults: 1, suspect: true }]);
    }
    this.#pump();
  }

  #settle(call: Call | undefined, result: StrangerResult): void {
    if (call === undefined) return;
    call.settle(result);
    if (--this.#pending === 0) this.#idle?.();
  }

  #fail(calls: readonly Call[], problem: string, outcome: 'error' | 'fault' | 'refused'): void {
    if (calls.length === 0) return;
    this.#metrics.decodes.inc({ outcome }, calls.length);
    for (const call of calls) this.#settle(call, failure(problem));
  }

  /** Gives up everything that waits or is under way. */
  #failAll(problem: string): void {
    const groups = [...[...this.#flights.values()].map(({ group }) => group), ...this.#suspects.splice(0)];
    for (const [id, { group }] of this.#flights) this.#land(id, group);
    for (const { calls } of groups) this.#fail(calls, problem, 'refused');
    for (const lane of this.#busy) this.#fail(lane.clear(), problem, 'refused');
    this.#busy.clear();
  }
}

function goneText({ codec }: Lane): string {
  return `the codec ${codec.id} was taken away`;
}
