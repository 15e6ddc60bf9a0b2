/** Reads CPU profiles of V8 (https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile). */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const profileSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

const idle = '(idle)';
const shownMax = 25;

/** Where the functions are of which a process was busy, by the time spent in themselves; waiting is left out. */
export function selfTimeTable(folder: string): string {
  const spentUs = new Map<string, number>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))) {
    const { nodes, samples, timeDeltas } = profileSchema.parse(
      JSON.parse(readFileSync(path.join(folder, file), 'utf8')),
    );
    const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
    for (const [index, id] of samples.entries()) {
      const name = names.get(id) ?? '';
      spentUs.set(name, (spentUs.get(name) ?? 0) + (timeDeltas[index] ?? 0));
    }
  }
  spentUs.delete(idle);
  const busyUs = [...spentUs.values()].reduce((sum, us) => sum + us, 0);
  const rows = [...spentUs]
    .sort(([, a], [, b]) => b - a)
    .slice(0, shownMax)
    .map(([name, us]) => `| ${name} | ${((100 * us) / busyUs).toFixed(1)} | ${Math.round(us / 1000)} |`);
  return ['| function | % of busy | ms |', '|---|---:|---:|', ...rows].join('\n');
}

/** A function and the end of its file's path, without what is the same for all. */
function nameOf({
  functionName,
  url,
  lineNumber,
}: {
  functionName: string;
  url: string;
  lineNumber: number;
}): string {
  const where = url.replace(/^.*?\/node_modules\//, '').replace(/^file:\/\//, '');
  const file = where.startsWith('/') ? path.relative(process.cwd(), where) : where;
  const name = functionName === '' ? 'anonymous' : functionName;
  return name === idle || file === '' ? name : `\`${name}\` ${file}:${lineNumber + 1}`;
}
