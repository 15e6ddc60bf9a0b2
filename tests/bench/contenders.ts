/** Who takes part in the ingest benchmark. Each runs on a broker and a store of its own, started for it and ended after it. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { InfluxServer } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { Program, temporaryFolder } from '../services/programs.ts';
import { cpuSOf, rssPeakMbOf } from './processes.ts';
import type { Stage } from './stage-names.ts';

/** Of the broker, as in the measurements the figures are compared with. */
export const inflightMax = 20_000;
const waitMsMax = 600_000;

/** What one contender's round came to. CPU in seconds per 100,000 uplinks. */
export interface Round {
  readonly perS: number;
  /** Of whoever is measured. */
  readonly cpuS: number;
  readonly brokerCpuS: number;
  readonly storeCpuS: number;
  readonly generatorCpuS: number;
  readonly rssMb: number;
}

/** What a contender is given: how many uplinks, and more of the platform's settings. */
export interface Task {
  readonly uplinks: number;
  readonly env: NodeJS.ProcessEnv;
}

export interface IngestContender {
  readonly name: string;
  run(task: Task): Promise<Round>;
}

/** Something that consumes what the broker has, once it is started. */
interface Consumer {
  readonly pid: number | undefined;
  /** Resolves when it has consumed it all; throws where it has not. */
  done(): Promise<void>;
  stop(): Promise<unknown>;
}

const program = (name: string, args: readonly string[]): Program =>
  new Program(process.execPath, [path.join(import.meta.dirname, 'programs', `${name}.ts`), ...args]);

const generated = z.object({ acknowledged: z.number(), fromMs: z.number(), cpuS: z.number() });

/** Publishes uplinks as fast as the broker takes them. */
async function generate(mqttUrl: string, uplinks: number): Promise<z.infer<typeof generated>> {
  const options = ['--mqtt', mqttUrl, '--rate', 'max', '--uplinks', String(uplinks), '--force'];
  const generator = new Program(process.execPath, ['bin/stadtpegel.mjs', 'simulate', ...options]);
  const [line] = await generator.printed(/^\{.*\}$/m, waitMsMax);
  await generator.end();
  const result = generated.parse(JSON.parse(line));
  if (result.acknowledged !== uplinks) throw new Error(`the broker has acknowledged less than all: ${line}`);
  return result;
}

/** How many points InfluxDB says it has written since its start. */
async function pointsWritten(influxUrl: string): Promise<number> {
  const variables: unknown = await (await fetch(`${influxUrl}/debug/vars`)).json();
  const module = z.object({ values: z.object({ pointsWrittenOK: z.number() }) });
  return Object.values(z.record(z.string(), z.unknown()).parse(variables)).reduce<number>((sum, one) => {
    const read = module.safeParse(one);
    return sum + (read.success ? read.data.values.pointsWrittenOK : 0);
  }, 0);
}

async function untilWritten(influxUrl: string, points: number): Promise<void> {
  const untilMs = performance.now() + waitMsMax;
  while ((await pointsWritten(influxUrl)) < points) {
    if (performance.now() > untilMs)
      throw new Error(`${await pointsWritten(influxUrl)} of ${points} points came`);
    await sleep(50);
  }
}

interface Surroundings {
  readonly mosquitto: Mosquitto;
  readonly influx: InfluxServer | undefined;
  readonly folder: string;
}

/** Runs a consumer against the generator and measures both and what lies between. */
async function race(
  uplinks: number,
  withStore: boolean,
  start: (surroundings: Surroundings) => Promise<Consumer>,
): Promise<Round> {
  const { folder, remove } = await temporaryFolder('bench');
  const mosquitto = await Mosquitto.create({ inflightMax });
  const influx = withStore ? await InfluxServer.create() : undefined;
  const consumer = await start({ mosquitto, influx, folder });
  const cpu = () => [consumer.pid, mosquitto.pid, influx?.pid].map(cpuSOf);
  const before = cpu();
  const [generator] = await Promise.all([generate(mosquitto.url, uplinks), consumer.done()]);
  const elapsedS = (Date.now() - generator.fromMs) / 1000;
  const [cpuS = 0, brokerCpuS = 0, storeCpuS = 0] = cpu().map(
    (after, index) => ((after - (before[index] ?? 0)) * 100_000) / uplinks,
  );
  const rssMb = rssPeakMbOf(consumer.pid);
  await consumer.stop();
  await Promise.all([mosquitto.remove(), influx?.remove()]);
  await remove();
  const generatorCpuS = (generator.cpuS * 100_000) / uplinks;
  return { perS: uplinks / elapsedS, cpuS, brokerCpuS, storeCpuS, generatorCpuS, rssMb };
}

/** A program that says itself when it has it all. */
async function telling(name: string, args: readonly string[]): Promise<Consumer> {
  const running = program(name, args);
  await running.printed(/ready/);
  return {
    pid: running.child.pid,
    done: async () => {
      await running.printed(/done/, waitMsMax);
    },
    stop: () => running.end(),
  };
}

const brokerAlone: IngestContender = {
  name: 'broker alone, a subscriber that acknowledges',
  run: ({ uplinks }) =>
    race(uplinks, false, ({ mosquitto }) => telling('acknowledge', [mosquitto.url, String(uplinks)])),
};

const prototype: IngestContender = {
  name: 'bare prototype, no safety',
  run: ({ uplinks }) =>
    race(uplinks, true, async ({ mosquitto, influx }) => {
      const running = program('prototype', [mosquitto.url, influx?.url ?? '']);
      await running.printed(/ready/);
      return {
        pid: running.child.pid,
        done: () => untilWritten(influx?.url ?? '', uplinks),
        stop: () => running.end(),
      };
    }),
};

/** Lines made beforehand: the generator is no part of it. */
const lineWriter: IngestContender = {
  name: 'line protocol made beforehand',
  run: async ({ uplinks }) => {
    const influx = await InfluxServer.create();
    const writer = program('write-lines', [influx.url, String(uplinks)]);
    await writer.printed(/ready/, waitMsMax);
    const cpu = () => [writer.child.pid, influx.pid].map(cpuSOf);
    const before = cpu();
    const startMs = performance.now();
    writer.child.kill('SIGUSR2');
    await writer.printed(/done/, waitMsMax);
    const perS = (1000 * uplinks) / (performance.now() - startMs);
    const [cpuS = 0, storeCpuS = 0] = cpu().map(
      (after, index) => ((after - (before[index] ?? 0)) * 100_000) / uplinks,
    );
    const rssMb = rssPeakMbOf(writer.child.pid);
    await writer.end();
    await influx.remove();
    return { perS, cpuS, storeCpuS, brokerCpuS: 0, generatorCpuS: 0, rssMb };
  },
};

/** The whole platform; with the archive every uplink is two points. */
function platform(name: string, archive: 'on' | 'off'): IngestContender {
  return {
    name,
    run: ({ uplinks, env }) =>
      race(uplinks, true, async ({ mosquitto, influx, folder }) => {
        const influxUrl = influx?.url ?? '';
        const running = await Platform.start({
          mqttUrl: mosquitto.url,
          influxUrl,
          dataDir: folder,
          env: { ...env, STADTPEGEL_UPLINK_ARCHIVE: archive },
        });
        return {
          pid: running.program.child.pid,
          done: () => untilWritten(influxUrl, uplinks * (archive === 'on' ? 2 : 1)),
          stop: () => running.stop(),
        };
      }),
  };
}

/** The platform up to a stage. */
export function upTo(stage: Stage): IngestContender {
  return {
    name: `up to ${stage}`,
    run: ({ uplinks }) =>
      race(uplinks, false, ({ mosquitto, folder }) =>
        telling('stage', [stage, mosquitto.url, folder, String(uplinks)]),
      ),
  };
}

/** The platform with a store that takes everything at once and keeps nothing: what InfluxDB's own work adds is left out. */
export const writingToNobody: IngestContender = {
  name: 'up to line protocol, sent to nobody',
  run: ({ uplinks, env }) =>
    race(uplinks, false, async ({ mosquitto, folder }) => {
      const taker = program('take-lines', []);
      const influxUrl = `http://127.0.0.1:${(await taker.printed(/port (\d+)/))[1]}`;
      const running = await Platform.start({
        mqttUrl: mosquitto.url,
        influxUrl,
        dataDir: folder,
        env: { ...env, STADTPEGEL_UPLINK_ARCHIVE: 'off' },
      });
      return {
        pid: running.program.child.pid,
        done: () => untilWritten(influxUrl, uplinks),
        stop: async () => {
          await running.stop();
          await taker.end();
        },
      };
    }),
};

/** Those of a round, by the name they are asked for. */
export const contenders: Readonly<Record<string, IngestContender>> = {
  broker: brokerAlone,
  prototype,
  writer: lineWriter,
  platform: platform('platform, one point an uplink', 'off'),
  archive: platform('platform, readings and raw archive', 'on'),
};
