/** `npm run bench -- soak`: the platform under an even load for long: does it stay as it is? */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { windowItemsMax } from '#city-state';
import type { Platform } from '../services/platform.ts';
import { tell } from './document.ts';
import { markdownTable } from './figures.ts';
import type { Probe } from './probe.ts';
import { cpuSOf, openFilesOf, rssMbOf } from './processes.ts';
import { withPlatform } from './surroundings.ts';

const usual = { minutes: 30, rate: 1000, devices: 10_000 };
const sampleS = 10;
/** To see that it runs; the figures mean nothing. */
const quick = { fillSamples: 1, samples: 4, sampleS: 1 };
const samplesPerRow = 6;
/**
 * Not before each device's window is full, and what is short-lived has left the old generation since, does growth mean
 * anything: until then more uplinks are more to remember.
 */
const fillings = 1.25;
const wanted = { rssMbMost: 400, risePercent: 5 };

/** How to ask for it. */
export const usage = `npm run bench -- soak [options]
  --minutes ${usual.minutes}    behind the time in which all windows become full; --rate ${usual.rate} (uplinks/s)    --devices ${usual.devices}
  --quick         only to see that it runs
  --write DATE    puts the table into docs/benchmarks.md, as of that date
`;

interface Asked {
  readonly minutes: number;
  readonly rate: number;
  readonly devices: number;
  /** Until all windows are full: the half hour begins behind them. */
  readonly fillSamples: number;
  /** With those. */
  readonly samples: number;
  readonly sampleS: number;
}

/** How the platform was during one stretch of time. */
interface Sample {
  /** Of its end, in minutes from the begin. */
  readonly atMin: number;
  readonly rssMb: number;
  readonly heapMb: number;
  /** 100 is one core. */
  readonly cpuPercent: number;
  readonly spoolMb: number;
  readonly openFiles: number;
  readonly handles: number;
  readonly loopP99Ms: number;
  readonly toldMs: number;
}

const columns: readonly [title: string, key: keyof Sample, digits: number][] = [
  ['RSS, MB', 'rssMb', 0],
  ['heap, MB', 'heapMb', 0],
  ['CPU, % of a core', 'cpuPercent', 0],
  ['spool, MB', 'spoolMb', 1],
  ['open files', 'openFiles', 0],
  ['handles', 'handles', 0],
  ['event loop p99, ms', 'loopP99Ms', 0],
  ['change → stream, ms', 'toldMs', 0],
];

/** Of a figure in MB. */
interface Rise {
  readonly text: string;
  readonly percent: number;
}

function textOf(sample: Sample): string {
  const figures = columns.map(([title, key, digits]) => `${title} ${sample[key].toFixed(digits)}`);
  return `${sample.atMin.toFixed(1)} min  ${figures.join('; ')}\n`;
}

/** Looks at the process and lets a bay change; `before` is when it was last looked at, and becomes now. */
async function sampleOf(
  platform: Platform,
  probe: Probe,
  before: { atMs: number; cpuS: number },
): Promise<Omit<Sample, 'atMin'>> {
  const pid = platform.program.child.pid;
  const { sentMs, untilTold } = probe.change();
  const toldMs = (await untilTold()) - sentMs;
  const metric = (name: string): Promise<number> => platform.metric(name);
  const [now, cpuS] = [performance.now(), cpuSOf(pid)];
  const sample = {
    rssMb: rssMbOf(pid),
    cpuPercent: (100_000 * (cpuS - before.cpuS)) / (now - before.atMs),
    openFiles: openFilesOf(pid),
    // First of those that ask: the delay is that since it was last asked for.
    loopP99Ms: 1000 * (await metric('nodejs_eventloop_lag_p99_seconds')),
    heapMb: (await metric('nodejs_heap_size_used_bytes')) / 1e6,
    spoolMb: (await metric('spool_bytes ')) / 1e6,
    handles: await metric('nodejs_active_handles_total'),
    toldMs,
  };
  Object.assign(before, { atMs: now, cpuS });
  return sample;
}

async function samplesOf(asked: Asked, platform: Platform, probe: Probe): Promise<Sample[]> {
  const samples: Sample[] = [];
  const startMs = performance.now();
  const before = { atMs: startMs, cpuS: cpuSOf(platform.program.child.pid) };
  while (samples.length < asked.samples) {
    const dueMs = startMs + (samples.length + 1) * 1000 * asked.sampleS;
    await sleep(Math.max(0, dueMs - performance.now()));
    const measured = await sampleOf(platform, probe, before);
    const sample = { atMin: (performance.now() - startMs) / 60_000, ...measured };
    samples.push(sample);
    process.stderr.write(textOf(sample));
  }
  return samples;
}

/** A row a minute, of each figure the most. */
function tableOf(samples: readonly Sample[]): string {
  const minutes = Array.from({ length: Math.ceil(samples.length / samplesPerRow) }, (_, minute) =>
    samples.slice(minute * samplesPerRow, (minute + 1) * samplesPerRow),
  );
  const rows = minutes.map((some, minute) => [
    String(minute + 1),
    ...columns.map(([, key, digits]) => Math.max(...some.map((sample) => sample[key])).toFixed(digits)),
  ]);
  return markdownTable(['minute', ...columns.map(([title]) => title)], rows);
}

/** How much more the last third of them comes to than the first. */
function riseOf(samples: readonly Sample[], figure: (some: readonly Sample[]) => number): Rise {
  const third = Math.ceil(samples.length / 3);
  const [first, last] = [figure(samples.slice(0, third)), figure(samples.slice(-third))];
  const text = `${last.toFixed(0)} MB after ${first.toFixed(0)}`;
  return { text, percent: 100 * (last / first - 1) };
}

const meanRssOf = (samples: readonly Sample[]): number =>
  samples.reduce((sum, { rssMb }) => sum + rssMb, 0) / samples.length;
const leastHeapOf = (samples: readonly Sample[]): number => Math.min(...samples.map(({ heapMb }) => heapMb));

/**
 * Whether memory stays as it is once all windows are full. What is resident rises by steps, when a collection comes late
 * once, and never falls; so it is asked how high it is, not how steep. The least of the heap is about what lives.
 */
function verdictOf(samples: readonly Sample[], fillSamples: number): string {
  const full = samples.slice(fillSamples);
  const rssMb = Math.max(...samples.map((sample) => sample.rssMb));
  const [rss, heap] = [riseOf(full, meanRssOf), riseOf(full, leastHeapOf)];
  const met = rssMb < wanted.rssMbMost && Math.max(rss.percent, heap.percent) < wanted.risePercent;
  const said = ({ text, percent }: Rise): string =>
    `${text} (${percent < 0 ? '' : '+'}${percent.toFixed(1)} %)`;
  return (
    `RSS at most ${rssMb.toFixed(0)} MB (wanted: < ${wanted.rssMbMost}). From minute ` +
    `${(full[0]?.atMin ?? 0).toFixed(1)} on all windows are full; the last third of the time from there compared with the first: ` +
    `RSS ${said(rss)}, the least heap ${said(heap)} (wanted: less than +${wanted.risePercent} %): ${met ? 'met' : 'NOT met'}.`
  );
}

function run(asked: Asked): Promise<string> {
  return withPlatform({}, async ({ platform, probe, load }) => {
    await load({ perS: asked.rate, devices: asked.devices });
    const samples = await samplesOf(asked, platform, probe);
    return `${tableOf(samples)}\n\n${verdictOf(samples, asked.fillSamples)}`;
  });
}

/** @throws {Error} with how to use it */
function askedFor(values: { minutes?: string; rate?: string; devices?: string; quick: boolean }): Asked {
  const number = (name: 'minutes' | 'rate' | 'devices'): number => {
    const value = Number(values[name] ?? usual[name]);
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} is a whole number\n${usage}`);
    return value;
  };
  const [minutes, rate, devices] = [number('minutes'), number('rate'), number('devices')];
  const fillSamples = Math.ceil((fillings * windowItemsMax * devices) / rate / sampleS);
  const samples = fillSamples + (minutes * 60) / sampleS;
  return { minutes, rate, devices, ...(values.quick ? quick : { fillSamples, samples, sampleS }) };
}

/** @throws {Error} with how to use it */
export async function benchSoak(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string' },
      rate: { type: 'string' },
      devices: { type: 'string' },
      quick: { type: 'boolean', default: false },
      write: { type: 'string' },
    },
  });
  const asked = askedFor(values);
  const text = await run(asked);
  const { minutes, rate, devices } = asked;
  const how = `${rate.toLocaleString('en')} uplinks/s of ${devices.toLocaleString('en')} devices for ${minutes} min`;
  tell('soak', text, `${how}; of each minute the most`, values.write);
}
