/** The load generator, as the benchmarks run it: `stadtpegel simulate --rate` in a process of its own. */
import { z } from 'zod';
import { Program } from '../services/programs.ts';

const waitMsMax = 600_000;

const summarySchema = z.object({
  acknowledged: z.number(),
  fromMs: z.number(),
  cpuS: z.number(),
  poisoned: z
    .object({ malformed: z.number(), oversize: z.number(), undecodable: z.number() })
    .default({ malformed: 0, oversize: 0, undecodable: 0 }),
});

/** What it has published. */
export interface Generated extends z.infer<typeof summarySchema> {
  /** How many of them belong in the store. */
  readonly storable: number;
}

function start(mqttUrl: string, options: readonly string[]): Program {
  const command = ['bin/stadtpegel.mjs', 'simulate', '--mqtt', mqttUrl, '--force', ...options];
  return new Program(process.execPath, command);
}

/**
 * Publishes uplinks as fast as the broker takes them.
 * @param options more of the generator's
 * @throws where the broker has not acknowledged them all
 */
export async function generate(
  mqttUrl: string,
  uplinks: number,
  options: readonly string[] = [],
): Promise<Generated> {
  const generator = start(mqttUrl, ['--rate', 'max', '--uplinks', String(uplinks), ...options]);
  const [line] = await generator.printed(/^\{.*\}$/m, waitMsMax).finally(() => generator.end());
  const summary = summarySchema.parse(JSON.parse(line));
  if (summary.acknowledged !== uplinks) throw new Error(`not all is acknowledged: ${line}`);
  const { malformed, oversize } = summary.poisoned;
  return { ...summary, storable: uplinks - malformed - oversize };
}

/** An even load. */
export interface Load {
  readonly perS: number;
  readonly devices: number;
}

/** Publishes until it is ended by SIGINT. Resolves when it has begun. */
export async function startLoad(mqttUrl: string, { perS, devices }: Load): Promise<Program> {
  const options = { '--rate': perS, '--devices': devices };
  const load = start(mqttUrl, Object.entries(options).flat().map(String));
  await load.printed(/ sent /);
  return load;
}
