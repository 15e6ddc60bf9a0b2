/** `npm run bench -- backlog`: InfluxDB is away while uplinks come, then it is back: how fast they are stored, and how live answers are meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { InfluxServer } from '../services/influxdb.ts';
import type { Platform } from '../services/platform.ts';
import { tell } from './document.ts';
import { markdownTable, quantileOf } from './figures.ts';
import { generate } from './generator.ts';
import { untilWritten } from './points.ts';
import type { Probe } from './probe.ts';
import { cpuSOf, rssMbOf } from './processes.ts';
import { type Surroundings, withPlatform } from './surroundings.ts';

const whole = { uplinks: 1_000_000, waitS: 20 };
/** To see that it runs; the figures mean nothing. */
const quick = { uplinks: 5000, waitS: 1 };
/** Of the backlog, so many are sent before it to warm up, and to see the live rate. */
const warmUpShare = 0.05;
const liveShare = 0.2;
/** Readings and the row of the radio log. */
const pointsEach = 2;
const everyMs = 1000;
/** Nothing has come for so long: the rest never will. */
const stalledMs = 30_000;
const wanted = { share: 0.8, freshMs: 2000 };

/** How to ask for it. */
export const usage = `npm run bench -- backlog [options]
  --n ${whole.uplinks}     uplinks that wait
  --quick         only to see that it runs
  --write DATE    puts the table into docs/benchmarks.md, as of that date
`;

/** What a part of the run came to. */
interface Phase {
  readonly name: string;
  readonly uplinks: number;
  readonly seconds: number;
  readonly cpuS: number;
  readonly rssMbMost: number;
  readonly spoolBytesMost: number;
  readonly freshMs: readonly number[];
}

class Backlog {
  readonly #platform: Platform;
  readonly #probe: Probe;
  readonly phases: Phase[] = [];

  constructor(platform: Platform, probe: Probe) {
    this.#platform = platform;
    this.#probe = probe;
  }

  get #pid(): number | undefined {
    return this.#platform.program.child.pid;
  }

  /** Does the work and looks at the platform each second meanwhile; with `probed` a bay changes each second, too. */
  async phase(name: string, uplinks: number, probed: boolean, work: () => Promise<unknown>): Promise<Phase> {
    const [cpuBeforeS, startMs] = [cpuSOf(this.#pid), performance.now()];
    const rssMb: number[] = [];
    const spoolBytes: number[] = [];
    const freshMs: number[] = [];
    const taken = { done: false, seconds: 0, cpuS: 0 };
    const working = work().finally(() => {
      const seconds = (performance.now() - startMs) / 1000;
      Object.assign(taken, { done: true, seconds, cpuS: cpuSOf(this.#pid) - cpuBeforeS });
    });
    const looking = this.#eachSecond(taken, async () => {
      rssMb.push(rssMbOf(this.#pid));
      spoolBytes.push(await this.#platform.metric('spool_bytes '));
      if (probed) freshMs.push(await this.#freshMs());
    });
    await Promise.all([working, looking]);
    const { seconds, cpuS } = taken;
    const most = { rssMbMost: Math.max(...rssMb), spoolBytesMost: Math.max(...spoolBytes) };
    const phase = { name, uplinks, seconds, cpuS, ...most, freshMs };
    this.phases.push(phase);
    process.stderr.write(`${name}: ${seconds.toFixed(1)} s\n`);
    return phase;
  }

  async #eachSecond(working: { readonly done: boolean }, look: () => Promise<void>): Promise<void> {
    for (let dueMs = performance.now(); !working.done; dueMs += everyMs) {
      await look();
      await sleep(Math.max(0, dueMs + everyMs - performance.now()));
    }
  }

  /** From the PUBLISH of a bay's change until the API answers it. */
  async #freshMs(): Promise<number> {
    const { sentMs } = this.#probe.change();
    return (await this.#probe.untilAnswered()) - sentMs;
  }

  /** Resolves when so many messages wait in the spool. @throws {Error} where no more come */
  async untilWaiting(messages: number): Promise<void> {
    const seen = { waiting: -1, atMs: performance.now() };
    for (;;) {
      const waiting = await this.#platform.metric('spool_pending_messages');
      if (waiting >= messages) return;
      if (waiting > seen.waiting) Object.assign(seen, { waiting, atMs: performance.now() });
      if (performance.now() > seen.atMs + stalledMs)
        throw new Error(`${waiting} of ${messages} uplinks came`);
      await sleep(100);
    }
  }
}

const perS = ({ uplinks, seconds }: Phase): number => uplinks / seconds;

function tableOf(phases: readonly Phase[]): string {
  const rows = phases.map((phase) => {
    const { name, uplinks, cpuS, rssMbMost, spoolBytesMost, freshMs } = phase;
    const fresh = [0.5, 1].map((share) => (freshMs.length > 0 ? quantileOf(freshMs, share).toFixed(0) : '–'));
    const rate = uplinks > 0 ? Math.round(perS(phase)).toLocaleString('en') : '–';
    const cpu = uplinks > 0 ? ((cpuS * 100_000) / uplinks).toFixed(2) : '–';
    return [name, rate, cpu, rssMbMost.toFixed(0), (spoolBytesMost / 1e6).toFixed(0), ...fresh];
  });
  const titles = ['while', 'uplinks/s', 'CPU-s per 100k', 'RSS most, MB', 'spool most, MB'];
  return markdownTable([...titles, 'change → API p50, ms', 'most, ms'], rows);
}

function verdictOf(live: Phase, drained: Phase, stored: string): string {
  const share = perS(drained) / perS(live);
  const freshMs = Math.max(...drained.freshMs);
  const met = share >= wanted.share && freshMs < wanted.freshMs;
  return (
    `Drained at ${(100 * share).toFixed(0)} % of the live rate (wanted: ${100 * wanted.share} %), a change answered ` +
    `within ${freshMs.toFixed(0)} ms (wanted: ${wanted.freshMs} ms): ${met ? 'met' : 'NOT met'}. ${stored}`
  );
}

/** Each uplink is in the radio log exactly once. @throws where it is not so */
async function storedOnce(influx: InfluxServer, uplinks: number): Promise<string> {
  const count = await influx.count('SELECT count(f_cnt) FROM uplinks.uplink');
  if (count !== uplinks) throw new Error(`${count} uplinks are stored, ${uplinks} were sent`);
  return `All ${uplinks.toLocaleString('en')} uplinks are stored, each once.`;
}

async function measure(
  { mosquitto, influx, platform, probe }: Surroundings,
  uplinks: number,
  waitS: number,
): Promise<string> {
  const backlog = new Backlog(platform, probe);
  const warmUp = Math.ceil(uplinks * warmUpShare);
  const measured = Math.ceil(uplinks * liveShare);
  const publish = (count: number): Promise<unknown> => generate(mosquitto.url, count);
  const settled = (count: number): Promise<void> => untilWritten(influx.url, pointsEach * count);
  await Promise.all([publish(warmUp), settled(warmUp)]);
  const live = await backlog.phase('live', measured, false, () =>
    Promise.all([publish(measured), settled(warmUp + measured)]),
  );
  await influx.stop();
  await backlog.phase('InfluxDB away, uplinks come', uplinks, false, () =>
    Promise.all([publish(uplinks), backlog.untilWaiting(uplinks)]),
  );
  await backlog.phase('InfluxDB away, nothing comes', 0, true, () => sleep(1000 * waitS));
  await influx.start();
  // Its counter begins anew with it.
  const drained = await backlog.phase('InfluxDB back', uplinks, true, () => settled(uplinks));
  await settled(uplinks + probe.sent);
  const stored = await storedOnce(influx, warmUp + measured + uplinks + probe.sent);
  return `${tableOf(backlog.phases)}\n\n${verdictOf(live, drained, stored)}`;
}

/** @throws {Error} with how to use it */
export async function benchBacklog(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      n: { type: 'string' },
      quick: { type: 'boolean', default: false },
      write: { type: 'string' },
    },
  });
  const usual = values.quick ? quick : whole;
  const uplinks = Number(values.n ?? usual.uplinks);
  if (!Number.isInteger(uplinks) || uplinks < 1) throw new Error(`--n is a whole number\n${usage}`);
  const text = await withPlatform({}, (all) => measure(all, uplinks, usual.waitS));
  tell('backlog', text, `${uplinks.toLocaleString('en')} uplinks wait`, values.write);
}
