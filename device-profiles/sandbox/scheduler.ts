import type { Logger } from '#core';
import { Chamber, type ChamberEnd, type GroupAnswer } from './chamber.ts';
import type { Call, Group, Lane } from './lane.ts';
import type { SandboxLimits } from './limits.ts';
import type { SandboxMetrics } from './metrics.ts';
import { failure, later, resultOf, type StrangerResult } from './results.ts';
import type { Fault } from './wire.ts';

/** How often it is looked for frames that have waited too long. */
const lookMs = 250;

/**
 * Sends groups of calls to the decoder, codec by codec in turn, and decides what becomes of those that fail: a group
 * that hits a limit or was under way when the child died is tried once more, then call by call, and what fails again
 * alone is the culprit.
 *
 * There are two children. In the hall many codecs run at a time. Whatever has hit a limit there, and every codec that
 * was to blame for that not long ago, runs in the ward, one group at a time: there it is certain who is to blame, and
 * whatever it does there nobody else waits for. The ward is started when it is needed.
 */
export class Scheduler {
  readonly #limits: SandboxLimits;
  readonly #metrics: SandboxMetrics;
  readonly #log: Logger;
  readonly #hall: Chamber;
  readonly #ward: Chamber;
  /** Lanes that may have work, the next in turn first. */
  readonly #busy = new Set<Lane>();
  #pending = 0;
  #pumpSet = false;
  #idle: (() => void) | undefined;
  #watch: NodeJS.Timeout | undefined;

  constructor(limits: SandboxLimits, log: Logger, metrics: SandboxMetrics) {
    this.#limits = limits;
    this.#metrics = metrics;
    this.#log = log;
    const { runningMax, silenceMsMax, suspectSilenceMsMax } = limits;
    this.#hall = this.#chamber({ runningMax, silenceMsMax });
    this.#ward = this.#chamber({ runningMax: 1, silenceMsMax: suspectSilenceMsMax });
  }

  #chamber(own: ConstructorParameters<typeof Chamber>[1]): Chamber {
    const chamber: Chamber = new Chamber(this.#limits, own, this.#log, {
      free: () => this.#pump(),
      answer: (group, answer) => this.#answered(chamber, group, answer),
      gone: (end) => this.#gone(end),
    });
    return chamber;
  }

  /** A child's process id while there is one. */
  get pid(): number | undefined {
    return this.#hall.pid ?? this.#ward.pid;
  }

  /** Calls not settled yet. */
  get pending(): number {
    return this.#pending;
  }

  /** Why the child does not start, and whether the next attempt is still to come. */
  get failing(): Chamber['failing'] {
    return this.#hall.failing ?? this.#ward.failing;
  }

  /** Takes a call; those of one event-loop turn leave together. */
  add(lane: Lane, call: Call): void {
    lane.add(call);
    this.#pending++;
    this.#busy.add(lane);
    this.#watch ??= setInterval(() => this.#look(), lookMs);
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

  /** Lets the children forget a codec; a call under way is tried again with what the lane holds then. */
  unload(id: string): void {
    this.#hall.unload(id);
    this.#ward.unload(id);
  }

  /** Waits for what is under way, but not for ever, and ends the children. */
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
    const underWay = [...this.#hall.running, ...this.#ward.running];
    await Promise.all([this.#hall.close(), this.#ward.close()]);
    this.#failAll(`the decoder was stopped${later}`, underWay);
  }

  /** Sends what may be sent now. */
  #pump(): void {
    const now = Date.now();
    for (const lane of this.#busy) {
      if (lane.running !== undefined) continue;
      this.#expire(lane);
      const chamber = lane.isSuspect(now) ? this.#ward : this.#hall;
      if (lane.isEmpty) this.#busy.delete(lane);
      else if (chamber.hasRoom()) {
        lane.running = lane.next();
        if (lane.running !== undefined) chamber.send(lane.running);
      }
    }
  }

  #look(): void {
    for (const lane of this.#busy) this.#expire(lane);
  }

  /** Gives up what has waited for too long: behind a codec that is slow, or a child that does not come. */
  #expire(lane: Lane): void {
    const { waitMsMax } = this.#limits;
    const late = lane.expire(performance.now() - waitMsMax);
    const problem = `waited ${waitMsMax} ms for the codec ${lane.codec.id}${later}`;
    this.#fail(late, problem, 'refused');
  }

  #answered(chamber: Chamber, group: Group, answer: GroupAnswer): void {
    const { lane } = group;
    this.#land(group);
    if ('fault' in answer) this.#faulted(group, answer.fault);
    else if ('unusable' in answer) this.#fail(group.calls, answer.unusable, 'error');
    else if (this.#settleResults(group, answer.results)) {
      const slow = lane.charge(answer.cpuMs, answer.results.length);
      if (slow !== undefined) this.#record(lane, { kind: 'slow', message: slow });
    } else {
      this.#faulted(group, { kind: 'death', message: 'gave results that are none' });
      chamber.kill('gave results that are none');
    }
  }

  #land({ lane }: Group): void {
    lane.running = undefined;
    // At the end of the queue: every codec has its turn.
    this.#busy.delete(lane);
    this.#busy.add(lane);
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
  #faulted(group: Group, fault: Fault): void {
    const { lane, calls } = group;
    const faults = group.faults + 1;
    const onTrial = lane.breaker.cutOff !== undefined;
    if (faults >= 2 && calls.length > 1) {
      this.#again(calls.map((call) => ({ lane, calls: [call], faults: 1, suspect: true })));
    } else if (faults < 2 && !onTrial) {
      this.#again([{ lane, calls, faults, suspect: true }]);
    } else {
      this.#fail(calls, fault.message, 'fault');
      this.#record(lane, fault);
    }
  }

  #again(groups: readonly Group[]): void {
    const [first] = groups;
    if (first === undefined) return;
    if (first.lane.gone) {
      for (const { calls } of groups) this.#fail(calls, goneText(first.lane), 'refused');
    } else {
      first.lane.addFirst(groups);
      this.#busy.add(first.lane);
    }
  }

  /** Holds a fault against a codec, and cuts it off where it is one too many. */
  #record(lane: Lane, { kind, message }: Fault): void {
    this.#metrics.faults.inc({ codec: lane.codec.id, kind });
    const onTrial = lane.breaker.cutOff !== undefined;
    lane.breaker.fault(Date.now(), message, kind === 'death');
    if (lane.breaker.cutOff === undefined) return;
    if (!onTrial) this.#log.warn({ codec: lane.codec.id, kind }, lane.cutOffText);
    this.#fail(lane.clear(), lane.cutOffText, 'refused');
  }

  #gone({ reason, started, silent, others }: ChamberEnd): void {
    this.#metrics.ends.inc();
    if (!started) {
      this.#failAll(`the decoder process ${reason}${later}`, [...silent, ...others]);
      return;
    }
    const fault: Fault = { kind: 'death', message: `ended the decoder, which ${reason}` };
    const blamed = silent.length > 0 ? silent : others.length === 1 ? others : [];
    for (const group of [...silent, ...others]) {
      this.#land(group);
      if (blamed.includes(group)) this.#faulted(group, fault);
      // Ended for the silence of another: innocent.
      else if (silent.length > 0) this.#again([group]);
      // Perhaps innocent: a count of one, and the next time it is alone.
      else this.#again([{ ...group, faults: 1, suspect: true }]);
    }
  }

  #settle(call: Call | undefined, result: StrangerResult): void {
    if (call === undefined) return;
    call.settle(result);
    if (--this.#pending > 0) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
    this.#idle?.();
  }

  #fail(calls: readonly Call[], problem: string, outcome: 'error' | 'fault' | 'refused'): void {
    if (calls.length === 0) return;
    this.#metrics.decodes.inc({ outcome }, calls.length);
    for (const call of calls) this.#settle(call, failure(problem));
  }

  /** Gives up everything that waits, and what was under way. */
  #failAll(problem: string, underWay: readonly Group[]): void {
    for (const group of underWay) {
      this.#land(group);
      this.#fail(group.calls, problem, 'refused');
    }
    for (const lane of this.#busy) {
      if (lane.running === undefined) this.#busy.delete(lane);
      this.#fail(lane.clear(), problem, 'refused');
    }
  }
}

function goneText({ codec }: Lane): string {
  return `the codec ${codec.id} was taken away`;
}
