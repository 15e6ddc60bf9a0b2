/** What the city's state costs: filing away, memory, snapshots and the pauses they make, restoring. No broker, no store. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CityState, loadInventory } from '#city-state';
import type { ProfileFacts, QuantityKey, Uplink } from '#core';
import { StateLog } from '#ingest';
import { translatedUplink } from '../services/uplinks.ts';

/** Any time does: nothing here reads the clock of the city. */
const startMs = Date.UTC(2026, 2, 2, 8);
const everyMs = 60_000;
const profile: ProfileFacts = { id: 'milesight/am307', theme: 'building', rhythm: {} };
const quantities: readonly QuantityKey[] = ['air_temperature', 'relative_humidity', 'co2', 'air_pressure'];
const batchUplinks = 1000;
const cases = [
  { devices: 10_000, frames: 1 },
  { devices: 10_000, frames: 12 },
  { devices: 10_000, frames: 96 },
  { devices: 100_000, frames: 12 },
];

function uplink(device: number, fCnt: number): Uplink {
  const devEui = (0x70b3_d500_0000 + device).toString(16).padStart(16, '0');
  const time = startMs + fCnt * everyMs + device;
  const id = device.toString(16).padStart(6, '0') + fCnt.toString(16).padStart(6, '0');
  return translatedUplink({
    deduplicationId: `0d6ebeeb-cb02-4b5b-b2d9-${id}`,
    devEui,
    devAddr: (0x0100_0000 + device).toString(16).padStart(8, '0'),
    fCnt,
    time,
    data: Buffer.from([fCnt, ...Array.from({ length: 23 }, (_, n) => n)]),
    profile,
    readings: quantities.map((quantity, n) => ({
      device: devEui,
      time,
      quantity,
      value: 20 + (device % 7) + n / 10 + fCnt / 100,
    })),
  });
}

/** Time and CPU time of something done once or in parts, and the longest the event loop waited for it. */
class Watch {
  wallMs = 0;
  cpuMs = 0;
  pauseMs = 0;

  sync<T>(work: () => T): T {
    const [cpu, beganMs] = [process.cpuUsage(), performance.now()];
    const result = work();
    this.#add(cpu, beganMs);
    this.pauseMs = Math.max(this.pauseMs, performance.now() - beganMs);
    return result;
  }

  async async<T>(work: () => Promise<T>): Promise<T> {
    const [cpu, beganMs] = [process.cpuUsage(), performance.now()];
    let turnMs = beganMs;
    const ticking = setInterval(() => {
      this.pauseMs = Math.max(this.pauseMs, performance.now() - turnMs);
      turnMs = performance.now();
    }, 1);
    const result = await work();
    clearInterval(ticking);
    this.#add(cpu, beganMs);
    return result;
  }

  #add(cpu: NodeJS.CpuUsage, beganMs: number): void {
    const { user, system } = process.cpuUsage(cpu);
    this.cpuMs += (user + system) / 1000;
    this.wallMs += performance.now() - beganMs;
  }
}

function collected(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Files uplinks away; making them is not counted. */
function fill(state: CityState, devices: number, frames: number): Watch {
  const watch = new Watch();
  for (let fCnt = 0; fCnt < frames; fCnt++)
    for (let from = 0; from < devices; from += batchUplinks) {
      const batch = Array.from({ length: batchUplinks }, (_, n) => uplink(from + n, fCnt));
      watch.sync(() => {
        for (const one of batch) state.apply(one);
      });
    }
  return watch;
}

async function rowOf(folder: string, devices: number, frames: number): Promise<string> {
  const inventory = await loadInventory(path.join(import.meta.dirname, '..', '..', 'cities', 'captured'));
  const newState = (): CityState => new CityState({ inventory, now: () => startMs });
  const [state, before] = [newState(), collected()];
  const filled = fill(state, devices, frames);
  const bytesEach = (collected() - before) / devices;
  const log = new StateLog(path.join(folder, `${devices}-${frames}`));
  const save = (watch: Watch): Promise<number> =>
    watch.async(() =>
      log.save(
        (which) => state.rows(which),
        () => ({ position: 0, copies: [], frames: [] }),
      ),
    );
  const [whole, tenth, restoring] = [new Watch(), new Watch(), new Watch()];
  const bytes = await save(whole);
  for (let device = 0; device < devices; device += 10) state.apply(uplink(device, frames));
  await save(tenth);
  await log.close();
  restoring.sync(() =>
    newState().restore(new StateLog(path.join(folder, `${devices}-${frames}`)).load()?.rows ?? []),
  );
  const applyUs = (filled.cpuMs / devices / frames) * 1000;
  const shown = ({ wallMs, cpuMs, pauseMs }: Watch): string =>
    `${wallMs.toFixed(0)} / ${cpuMs.toFixed(0)} / ${pauseMs.toFixed(0)}`;
  return (
    `| ${devices.toLocaleString('en')} × ${frames} | ${applyUs.toFixed(1)} | ${Math.round(bytesEach).toLocaleString('en')} | ` +
    `${(bytes / 1e6).toFixed(1)} | ${shown(whole)} | ${shown(tenth)} | ${restoring.wallMs.toFixed(0)} |`
  );
}

/** Prints a Markdown table, a row for each size of a city. */
export async function benchState(): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-bench-state-'));
  try {
    const head =
      '| devices × uplinks of 4 values | CPU µs an uplink | bytes a device | snapshot, MB | all: ms / CPU ms / longest pause | a tenth: the same | restoring, ms |';
    process.stdout.write(`${head}\n|---|---:|---:|---:|---:|---:|---:|\n`);
    for (const { devices, frames } of cases)
      process.stdout.write(`${await rowOf(folder, devices, frames)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
