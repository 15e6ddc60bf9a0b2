import { z } from 'zod';
import { faults } from '#simulator';
import { configOf, layGround, layIngest, publicListener } from '../parts.ts';
import { code, notice, table } from './markdown.ts';
import { fromTop } from './top.ts';

const metricSchema = z.object({
  name: z.string(),
  help: z.string(),
  type: z.string(),
  labelNames: z.array(z.string()),
});
type Metric = z.infer<typeof metricSchema>;

/** Node's own figures, as prom-client names them: others on each system. */
const isOfNode = ({ name }: Metric): boolean => /^stadtpegel_(process|nodejs)_/.test(name);

const broker = 'mqtt://127.0.0.1';

/** Everything a process that does it all tells. Its parts are made, which does nothing, and never started. */
async function metrics(): Promise<Metric[]> {
  const ground = await layGround(
    configOf({
      STADTPEGEL_CITY_DIR: fromTop('cities/demo'),
      STADTPEGEL_MQTT_URL: broker,
      // Any folder: with one, the sandbox of others' codecs tells of itself too.
      STADTPEGEL_DEVICE_PROFILES_DIR: fromTop('cities'),
      STADTPEGEL_LOG_LEVEL: 'silent',
    }),
  );
  const { store, components } = layIngest(ground, broker);
  publicListener(ground, store, components);
  return ground.registry
    .getMetricsAsArray()
    .map((metric) => metricSchema.parse(metric))
    .filter((metric) => !isOfNode(metric))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The simulator's faults in whose signal the metric is named. */
function faultsOf(name: string): string {
  const named = new RegExp(`\\b${name}\\b`);
  const showing = faults.filter(({ signal }) => named.test(signal));
  return showing.map((fault) => code(fault.name)).join(', ');
}

/** `docs/metrics.md`: every figure of the operator listener. */
export async function metricsPage(): Promise<string> {
  const all = await metrics();
  const rows = all.map(({ name, type, labelNames, help }) => [
    code(name),
    type,
    labelNames.map(code).join(', '),
    help,
    faultsOf(name),
  ]);
  return `# Metrics

${notice('the metrics of every room')}

What \`/metrics\` of the operator listener tells (default http://127.0.0.1:9090/metrics, for Prometheus), for alarms and curves. Labels are few and fixed, never a device:
which one it is stands in the log, in the radio log and on the dashboards. *Shown by* names the faults of the simulator with which an alarm can be tried
([simulator.md](simulator.md)).

${table(['Metric', 'Type', 'Labels', 'What it says', 'Shown by'], rows)}
Of the process itself (CPU, memory, event loop, garbage collection) \`stadtpegel_process_…\` and \`stadtpegel_nodejs_…\`, as
[prom-client](https://github.com/siimon/prom-client#default-metrics) names them.
`;
}
