import { InfluxServer } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { temporaryFolder } from '../services/programs.ts';
import { type Load, startLoad } from './generator.ts';
import { Probe, probedEnv } from './probe.ts';
import { tidily } from './tidily.ts';

/** Of the broker, as in the measurements the figures are compared with. */
export const inflightMax = 20_000;

/** A platform on a broker and a store of its own, and a bay that changes when it is told to. */
export interface Surroundings {
  readonly mosquitto: Mosquitto;
  readonly influx: InfluxServer;
  readonly platform: Platform;
  readonly probe: Probe;
  /** An even load beside what is measured, until that is done. */
  load(load: Load): Promise<void>;
}

/** Starts all of it, measures, and ends it again. */
export function withPlatform<T>(
  env: NodeJS.ProcessEnv,
  measure: (surroundings: Surroundings) => Promise<T>,
): Promise<T> {
  return tidily(async (later) => {
    const { folder, remove } = await temporaryFolder('bench');
    later(remove);
    const mosquitto = await Mosquitto.create({ inflightMax });
    later(() => mosquitto.remove());
    const influx = await InfluxServer.create();
    later(() => influx.remove());
    const options = { mqttUrl: mosquitto.url, influxUrl: influx.url, dataDir: folder };
    const platform = await Platform.start({ ...options, env: { ...env, ...probedEnv } });
    later(() => platform.stop());
    const probe = await Probe.start(mosquitto.url, platform);
    later(() => probe.stop());
    const load = async (wanted: Load): Promise<void> => {
      const running = await startLoad(mosquitto.url, wanted);
      later(() => running.end('SIGINT'));
    };
    return measure({ mosquitto, influx, platform, probe, load });
  });
}
