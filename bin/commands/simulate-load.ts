import { readFileSync } from 'node:fs';
import { InvalidArgumentError, Option } from 'commander';
import { readConfig, variableOf } from '#core';
import { ingestConfig } from '#ingest';
import {
  type Encoding,
  type LoadProgress,
  type LoadResult,
  type LoadStore,
  runLoad,
  storedUplinks,
  topicHeard,
} from '#simulator';

/** What can be asked of a load beside the rate that makes it one. */
export interface LoadOptions {
  readonly rate?: number;
  readonly devices: number;
  readonly duration: number;
  readonly uplinks: number;
  readonly connections: number;
  readonly window: number;
  readonly verify?: boolean;
  readonly force?: boolean;
  readonly seed: number;
  readonly encoding: Encoding;
  /** 0 to 1. */
  readonly poison: number;
}

/** A sensor that speaks more often is none, and the platform takes what comes twice for copies. */
const perDeviceSMax = 10;
/** What `--rate max` comes to at most, for that limit. */
const rateMaxPerS = 100_000;
const listenMs = 3000;
const unitsMs = { s: 1000, m: 60_000, h: 3_600_000 };

/** The options of a load, `--rate` first: it makes a load of a simulation. */
export function loadOptions(wholeNumber: (min: number, max: number) => (text: string) => number): Option[] {
  const townOnly = ['city', 'backfillHours', 'speed', 'scenario'];
  return [
    new Option('--rate <uplinks/s>', 'a load instead of a town: so many uplinks a second, or "max"')
      .argParser(rateOf)
      .conflicts(townOnly),
    new Option('--devices <number>', 'devices of the load')
      .argParser(wholeNumber(1, 1_000_000))
      .default(10_000),
    new Option('--duration <time>', 'ends the load after so long, as 60s, 5m or 1h')
      .argParser(durationOf)
      .default(Number.POSITIVE_INFINITY, 'until Ctrl-C'),
    new Option('--uplinks <number>', 'ends the load after so many')
      .argParser(wholeNumber(1, 1_000_000_000))
      .default(Number.POSITIVE_INFINITY, 'no limit'),
    new Option('--connections <number>', 'connections of the load').argParser(wholeNumber(1, 64)).default(4),
    new Option('--window <number>', 'unacknowledged uplinks of each connection')
      .argParser(wholeNumber(1, 20_000))
      .default(1000),
    new Option(
      '--poison <percent>',
      'so many of all are cut off, too large, or mean nothing, a third each, as 1%',
    )
      .argParser(shareOf)
      .default(0, '0%'),
    new Option(
      '--verify',
      'holds what InfluxDB (STADTPEGEL_INFLUX_URL) has stored against what was acknowledged',
    ),
    new Option('--force', 'loads a broker that others use'),
  ];
}

/** Uplinks a second. @throws {InvalidArgumentError} */
function rateOf(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  const perS = Number(/^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text)?.[1]);
  if (perS > 0 && perS <= 1_000_000) return perS;
  throw new InvalidArgumentError('It takes a number up to 1000000, as 20000/s, or "max".');
}

/** Milliseconds. @throws {InvalidArgumentError} */
function durationOf(text: string): number {
  const [, amount, unit] = /^(\d+)([smh])$/.exec(text) ?? [];
  const ms = Number(amount) * (unit === 's' || unit === 'm' || unit === 'h' ? unitsMs[unit] : Number.NaN);
  if (ms > 0) return ms;
  throw new InvalidArgumentError('It takes a time, as 60s, 5m or 1h.');
}

/** 0 to 1. @throws {InvalidArgumentError} */
function shareOf(text: string): number {
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]);
  if (percent <= 100) return percent / 100;
  throw new InvalidArgumentError('It takes a share of all up to 100%, as 1%.');
}

/** Why these options together make no load; undefined where they do. */
export function loadMistake(
  { rate, devices, verify }: LoadOptions,
  env: NodeJS.ProcessEnv,
): string | undefined {
  if (rate !== undefined && Math.min(rate, rateMaxPerS) > perDeviceSMax * devices) {
    const needed = Math.ceil(Math.min(rate, rateMaxPerS) / perDeviceSMax);
    return `error: --devices ${devices} are too few: no sensor speaks more than ${perDeviceSMax} times a second; at this rate it takes ${needed}`;
  }
  if (verify && !env.STADTPEGEL_INFLUX_URL)
    return 'error: --verify has nothing to ask: set STADTPEGEL_INFLUX_URL as the platform has it (its embedded store can be opened by itself only)';
  return undefined;
}

/**
 * Runs a load until it ends or a signal comes, tells about it on standard error and sums it up as JSON on standard
 * output. Gives the exit code: 1 where something acknowledged is not in the store exactly once.
 * @throws where the broker cannot be reached or is in use
 */
export async function simulateLoad(
  options: LoadOptions,
  url: string,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const { devices, duration, uplinks, connections, window, seed, encoding, poison, rate = 0 } = options;
  const store = options.verify ? storeOf(env) : undefined;
  if (!options.force) await refuseUsedBroker(url);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const terminal = process.stderr.isTTY && process.env.TERM !== 'dumb';
  const result = await runLoad(
    {
      url,
      encoding,
      seed,
      devices,
      perS: rate,
      durationMs: duration,
      uplinksMax: uplinks,
      connections,
      windowMax: window,
      poisonShare: poison,
    },
    stopping.signal,
    (progress) => process.stderr.write(terminal ? `\r${lineOf(progress)}\x1b[K` : `${lineOf(progress)}\n`),
  );
  if (terminal) process.stderr.write('\r\x1b[K');
  // From here on Ctrl-C ends the process as usual.
  process.off('SIGINT', stop).off('SIGTERM', stop);
  const verdict = store && (await verified(result, store));
  process.stdout.write(`${JSON.stringify({ ...summaryOf(result, options), ...verdict })}\n`);
  return verdict === undefined || verdict.verify.ok ? 0 : 1;
}

async function refuseUsedBroker(url: string): Promise<void> {
  process.stderr.write(`listening for ${listenMs / 1000} s whether somebody uses this broker\n`);
  const topic = await topicHeard(url, listenMs);
  if (topic === undefined) return;
  throw new Error(
    `somebody uses this broker: ${topic} was heard. A load belongs on one of its own; --force loads it all the same`,
  );
}

const count = (value: number): string => value.toLocaleString('en');

function lineOf({ elapsedMs, sent, acknowledged, late, errors }: LoadProgress): string {
  const perS = Math.round((1000 * acknowledged) / elapsedMs);
  const figures = [
    `${count(sent)} sent`,
    `${count(acknowledged)} acknowledged`,
    `${count(perS)}/s`,
    `${count(late)} late`,
    `${count(errors)} errors`,
  ];
  return `${Math.round(elapsedMs / 1000)} s  ${figures.join('  ')}`;
}

function summaryOf(
  result: LoadResult,
  { seed, devices, connections, window, encoding, poison, rate = 0 }: LoadOptions,
) {
  const { asked, sent, acknowledged, unacknowledged, late, errors, lastError, cpuS, elapsedMs } = result;
  return {
    seed,
    devices,
    connections,
    window,
    encoding,
    ratePerS: Number.isFinite(rate) ? rate : 'max',
    asked,
    sent,
    acknowledged,
    unacknowledged,
    ...(poison > 0 && { poisoned: result.tally.poisoned }),
    late,
    errors,
    ...(lastError !== undefined && { lastError }),
    seconds: Math.round(elapsedMs) / 1000,
    acknowledgedPerS: Math.round((1000 * acknowledged) / elapsedMs),
    cpuS,
    fromMs: result.fromMs,
    toMs: result.toMs,
    devEuiPrefix: result.devEuiPrefix,
  };
}

/** The platform's InfluxDB, as its settings have it. @throws {ConfigError} */
function storeOf(env: NodeJS.ProcessEnv): LoadStore {
  const ingest = ingestConfig
    .pick({
      influxUrl: true,
      influxDatabase: true,
      influxUsername: true,
      influxPasswordFile: true,
      influxTokenFile: true,
    })
    .required({ influxUrl: true });
  const own = Object.keys(ingest.shape).map((key) => [variableOf(key), env[variableOf(key)]]);
  const { influxUrl, influxDatabase, influxUsername, influxPasswordFile, influxTokenFile } = readConfig(
    { ingest },
    Object.fromEntries(own),
  ).ingest;
  // InfluxDB 2 takes a token as the password of any user.
  const secretFile = influxTokenFile ?? influxPasswordFile;
  const username = influxTokenFile === undefined ? influxUsername : 'token';
  return {
    url: influxUrl,
    database: influxDatabase,
    ...(username !== undefined && { username }),
    ...(secretFile !== undefined && { password: readFileSync(secretFile, 'utf8').trim() }),
  };
}

/** What the store holds of the load, as a part of the summary. @throws where InfluxDB does not answer */
async function verified(result: LoadResult, store: LoadStore) {
  process.stderr.write('waiting until InfluxDB has it all\n');
  const stored = await storedUplinks(store, result, result.tally.storable);
  const verdict = result.tally.verify((device) => stored.get(device));
  const nothing = verdict.stored === 0 && result.tally.storable > 0;
  const reason = 'the radio log holds none of it: does the platform run, with STADTPEGEL_UPLINK_ARCHIVE on?';
  return {
    verify: {
      ok: verdict.missing + verdict.surplus + verdict.otherThanSent === 0,
      ...verdict,
      ...(nothing && { reason }),
    },
  };
}
