/** How long after its PUBLISH an uplink can be read from the store, is answered by the API, and is told to a live stream. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { InfluxServer } from '../services/influxdb.ts';
import { markdownTable, quantileOf } from './figures.ts';
import type { Probe } from './probe.ts';
import { withPlatform } from './surroundings.ts';

const pauseMs = 150;
/** Of the time measured; compiling and first connections are behind us then. */
const warmUpShare = 0.05;

interface Latencies {
  readonly queryableMs: number[];
  readonly answeredMs: number[];
  readonly toldMs: number[];
}

/** Probes for so many seconds, one after the other. Each asks either the store or the API, and hears the stream. */
async function probeFor(seconds: number, probe: Probe, influx: InfluxServer): Promise<Latencies> {
  const latencies: Latencies = { queryableMs: [], answeredMs: [], toldMs: [] };
  const endMs = performance.now() + seconds * 1000;
  while (performance.now() < endMs) {
    const { sentMs, untilTold } = probe.change();
    const asksStore = probe.sent % 4 < 2;
    const asked = asksStore ? probe.untilQueryable(influx) : probe.untilAnswered();
    const [knownMs, toldMs] = await Promise.all([asked, untilTold()]);
    (asksStore ? latencies.queryableMs : latencies.answeredMs).push(knownMs - sentMs);
    latencies.toldMs.push(toldMs - sentMs);
    // A random rest, so that probes do not fall in step with a timer of the platform.
    await sleep(Math.random() * pauseMs);
  }
  return latencies;
}

/** Probes while a load goes on at `perS`; gives a Markdown table, and the platform's event-loop delay meanwhile. */
export function measureLatency(perS: number, seconds: number, env: NodeJS.ProcessEnv): Promise<string> {
  return withPlatform(env, async ({ influx, platform, probe, load }) => {
    await load({ perS, devices: 10_000 });
    await sleep(1000 * seconds * warmUpShare);
    // The delay is that since it was last asked for.
    const delayMs = async (): Promise<number> =>
      1000 * (await platform.metric('nodejs_eventloop_lag_p99_seconds'));
    await delayMs();
    const latencies = await probeFor(seconds, probe, influx);
    const loopMs = await delayMs();
    return `${tableOf(latencies)}\n\nEvent-loop delay of the platform meanwhile: p99 ${loopMs.toFixed(0)} ms.`;
  });
}

function tableOf({ queryableMs, answeredMs, toldMs }: Latencies): string {
  const row = (name: string, values: readonly number[]): string[] => {
    const shares = [0.5, 0.99, 1].map((share) => quantileOf(values, share).toFixed(0));
    return [name, String(values.length), ...shares];
  };
  return markdownTable(
    ['PUBLISH →', 'probes', 'p50, ms', 'p99, ms', 'most, ms'],
    [
      row('queryable in InfluxDB', queryableMs),
      row('answered by the API', answeredMs),
      row('told to a live stream', toldMs),
    ],
  );
}
