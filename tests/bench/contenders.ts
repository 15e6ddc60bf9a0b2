/** Who takes part in the ingest benchmark. Each runs on a broker and a store of its own, started for it and ended after it. */
import path from 'node:path';
import { InfluxServer } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { Program, temporaryFolder } from '../services/programs.ts';
import { type Generated, generate } from './generator.ts';
import { untilWritten } from './points.ts';
import { cpuSOf, rssPeakMbOf } from './processes.ts';
import type { Stage } from './stage-names.ts';
import { inflightMax } from './surroundings.ts';
import { tidily } from './tidily.ts';

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
  /** Resolves when it has consumed it all; throws where it has not. What there was to consume is known later. */
  done(generated: Promise<Generated>): Promise<void>;
  stop(): Promise<unknown>;
}

const program = (name: string, args: readonly string[]): Program =>
  new Program(process.execPath, [path.join(import.meta.dirname, 'programs', `${name}.ts`), ...args]);

/** What a consumer stands between. */
interface Services {
  readonly mosquitto: Mosquitto;
  readonly influx: InfluxServer | undefined;
  readonly folder: string;
}

/** Runs a consumer against the generator and measures both and what lies between. */
function race(
  uplinks: number,
  withStore: boolean,
  start: (services: Services) => Promise<Consumer>,
  load: readonly string[] = [],
): Promise<Round> {
  return tidily(async (later) => {
    const { folder, remove } = await temporaryFolder('bench');
    later(remove);
    const mosquitto = await Mosquitto.create({ inflightMax });
    later(() => mosquitto.remove());
    const influx = withStore ? await InfluxServer.create() : undefined;
    if (influx) later(() => influx.remove());
    const consumer = await start({ mosquitto, influx, folder });
    later(() => consumer.stop());
    const cpu = () => [consumer.pid, mosquitto.pid, influx?.pid].map(cpuSOf);
    const before = cpu();
    const generating = generate(mosquitto.url, uplinks, load);
    const [generator] = await Promise.all([generating, consumer.done(generating)]);
    const elapsedS = (Date.now() - generator.fromMs) / 1000;
    const [cpuS = 0, brokerCpuS = 0, storeCpuS = 0] = cpu().map(
      (after, index) => ((after - (before[index] ?? 0)) * 100_000) / uplinks,
    );
    const rssMb = rssPeakMbOf(consumer.pid);
    const generatorCpuS = (generator.cpuS * 100_000) / uplinks;
    return { perS: uplinks / elapsedS, cpuS, brokerCpuS, storeCpuS, generatorCpuS, rssMb };
  });
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

/** What the whole platform is to do. */
interface PlatformTask {
  readonly name: string;
  /** With the archive every uplink is two points. */
  readonly archive: 'on' | 'off';
  /** More options of the generator. */
  readonly load?: readonly string[];
  /** Waits for what is no point, and throws where it is not as it should be. */
  readonly settled?: (platform: Platform, dataDir: string, generated: Generated) => Promise<void>;
}

export function platform({ name, archive, load, settled }: PlatformTask): IngestContender {
  return {
    name,
    run: ({ uplinks, env }) =>
      race(
        uplinks,
        true,
        async ({ mosquitto, influx, folder }) => {
          const influxUrl = influx?.url ?? '';
          const running = await Platform.start({
            mqttUrl: mosquitto.url,
            influxUrl,
            dataDir: folder,
            env: { ...env, STADTPEGEL_UPLINK_ARCHIVE: archive },
          });
          return {
            pid: running.program.child.pid,
            done: async (generating) => {
              const generated = await generating;
              await untilWritten(influxUrl, generated.storable * (archive === 'on' ? 2 : 1));
              await settled?.(running, folder, generated);
            },
            stop: () => running.stop(),
          };
        },
        load,
      ),
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
  platform: platform({ name: 'platform, one point an uplink', archive: 'off' }),
  archive: platform({ name: 'platform, readings and raw archive', archive: 'on' }),
};
