import path from 'node:path';
import { verifySpool } from '#ingest';
import { eventually } from '../services/programs.ts';
import type { Scale, Scenario } from './scenario.ts';
import { judge, type Verdict } from './verdict.ts';
import { NotHere, World } from './world.ts';

const arrivalMsMax = 180_000;

/** What a run of a scenario came to. */
export interface Outcome {
  readonly scenario: Scenario;
  readonly seed: number;
  /** Uplinks, each counted once however often it came. */
  readonly published: number;
  readonly received: number;
  readonly acknowledged: number;
  /** Acknowledged by the broker, and never sent to us. */
  readonly lost: number;
  /** Packets sent to us beyond the first of each uplink. */
  readonly again: number;
  readonly once: number;
  readonly missing: number;
  readonly tooMany: number;
  readonly deadLetters: number;
  /** From the end of fault and load until the spool was empty. */
  readonly thereAfterS: number;
  readonly signs: readonly string[];
  /** Why this is no pass; empty where it is one. */
  readonly problems: readonly string[];
}

/** Why a scenario cannot be shown here. */
export interface Skipped {
  readonly scenario: Scenario;
  readonly skipped: string;
}

/** Runs a scenario on real parts; what goes wrong in it is among the outcome's problems. */
export async function runScenario(
  scenario: Scenario,
  scale: Scale,
  seed: number,
): Promise<Outcome | Skipped> {
  let world: World;
  try {
    world = await World.create(scenario, scale, seed);
  } catch (cause) {
    if (cause instanceof NotHere) return { scenario, skipped: cause.message };
    throw cause;
  }
  try {
    return await outcomeOf(world, scenario, seed);
  } finally {
    await world.remove();
  }
}

/** What went wrong on the way: one step that fails does not keep the others from being looked at. */
class Problems {
  readonly all: string[] = [];

  async trying<T>(what: string, step: Promise<T>, otherwise: T): Promise<T> {
    try {
      return await step;
    } catch (cause) {
      this.all.push(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`);
      return otherwise;
    }
  }
}

async function outcomeOf(world: World, scenario: Scenario, seed: number): Promise<Outcome> {
  const { acks, load, store, signs } = world;
  const problems = new Problems();
  await problems.trying(
    'the start',
    world.start().then(() => world.untilReady()),
    undefined,
  );
  const { perSecond } = world.scale;
  const published = problems.trying('publishing', load.publish(world.broker.url, perSecond), undefined);
  await problems.trying('the fault', scenario.fault(world), undefined);
  await published;
  const thereAfterS = await problems.trying('afterwards', arrival(world, scenario), Number.NaN);
  const letters = await problems.trying('dead letters', world.deadLetters(), []);
  await problems.trying('the end', settle(world), undefined);
  const held = await problems.trying('the store', store.held(world.dataDir), { uplinks: [], readings: [] });
  const verdict = judge(load.published, acks.acknowledged, held);
  const lost = [...load.published.keys()].filter((id) => !acks.received.has(id)).length;
  if (lost > 0 && !scenario.mayLose) problems.all.push(`${lost} never came from the broker`);
  if (letters[0])
    problems.all.push(`${letters.length} dead letters, e.g. ${letters[0].code}: ${letters[0].reason}`);
  problems.all.push(...mistakesOf(verdict));
  return {
    scenario,
    seed,
    published: load.published.size,
    received: acks.received.size,
    acknowledged: acks.acknowledged.size,
    lost,
    again: acks.deliveries - acks.received.size,
    once: verdict.once,
    missing: verdict.missing.length,
    tooMany: verdict.tooMany.length,
    deadLetters: letters.length,
    thereAfterS,
    signs,
    problems: problems.all,
  };
}

function mistakesOf(verdict: Verdict): string[] {
  return (['missing', 'tooMany', 'miscounted'] as const).flatMap((what) => {
    const [first] = verdict[what];
    return first === undefined ? [] : [`${verdict[what].length} ${what}, e.g. ${first}`];
  });
}

/** One more uplink comes behind all others; then everything arrives by itself. Gives how long that took, in s. */
async function arrival(world: World, { mayLose }: Scenario): Promise<number> {
  const sinceMs = performance.now();
  const { acks, load } = world;
  await world.untilReady();
  const last = await load.publishLast(world.broker.url);
  await eventually(
    () => {
      const wanted = mayLose ? [last] : [...load.published.keys()];
      const open = wanted.filter((id) => !acks.acknowledged.has(id)).length;
      if (open > 0) throw new Error(`${open} are not acknowledged`);
    },
    arrivalMsMax,
    100,
  );
  await eventually(
    async () => {
      const pending = await world.platform.metric('spool_pending_messages');
      if (pending > 0) throw new Error(`${pending} messages wait in the spool for ever`);
    },
    arrivalMsMax,
    100,
  );
  await world.untilReady();
  return (performance.now() - sinceMs) / 1000;
}

/** Stops, looks into the spool, starts once more, waits until all hours are summed up, and stops. */
async function settle(world: World): Promise<void> {
  await stopCleanly(world);
  const { pending, damagedBytes, tornBytes } = await verifySpool(path.join(world.dataDir, 'spool'));
  if (pending + damagedBytes + tornBytes > 0)
    throw new Error(`spool: ${JSON.stringify({ pending, damagedBytes, tornBytes })}`);
  // A store that stays slow would only make this last longer: it is asked for every day since the first reading.
  if (world.storeLine) world.storeLine.delayMs = 0;
  await world.start();
  await world.untilReady();
  await eventually(
    async () => {
      const waiting = await world.platform.metric('downsampling_waiting_device_hours');
      if (waiting > 0) throw new Error(`${waiting} hours of devices are not summed up`);
    },
    arrivalMsMax,
    200,
  );
  await stopCleanly(world);
}

async function stopCleanly(world: World): Promise<void> {
  const how = await world.end('SIGTERM');
  if (how !== 0) throw new Error(`asked to stop, it ended with ${how}`);
}
