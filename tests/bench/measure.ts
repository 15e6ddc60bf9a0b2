import { readFileSync } from 'node:fs';

/** One way of doing a thing. */
export interface Contender {
  readonly name: string;
  /** How many times a round does the thing. */
  readonly count: number;
  /** Does it `count` times. */
  round(): Promise<void> | void;
  /** A process that works for it, whose CPU time counts too. */
  pid?(): number | undefined;
}

export interface Measurement {
  readonly name: string;
  /** Median of the rounds. */
  readonly perS: number;
  /** Of this process and the other, median of the rounds. */
  readonly cpuUsEach: number;
}

/** proc_pid_stat(5) counts in ticks of 10 ms on every Linux. */
const tickUs = 10_000;

/** CPU time a process has used, in µs. */
function cpuUsOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, 'ascii').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * tickUs;
}

function cpuUs(contender: Contender): number {
  const { user, system } = process.cpuUsage();
  return user + system + cpuUsOf(contender.pid?.());
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Lets all contenders run in turn, so that what else the machine does meets them all; the first round is not counted. */
export async function measure(contenders: readonly Contender[], rounds: number): Promise<Measurement[]> {
  const taken = contenders.map((contender) => ({
    contender,
    perS: [] as number[],
    cpuUsEach: [] as number[],
  }));
  for (let round = 0; round <= rounds; round++) {
    for (const { contender, perS, cpuUsEach } of taken) {
      const cpuBeforeUs = cpuUs(contender);
      const beganMs = performance.now();
      await contender.round();
      if (round === 0) continue;
      perS.push((contender.count / (performance.now() - beganMs)) * 1000);
      cpuUsEach.push((cpuUs(contender) - cpuBeforeUs) / contender.count);
    }
  }
  return taken.map(({ contender, perS, cpuUsEach }) => ({
    name: contender.name,
    perS: medianOf(perS),
    cpuUsEach: medianOf(cpuUsEach),
  }));
}

/** A Markdown table of measurements. */
export function tableOf(measurements: readonly Measurement[]): string {
  const rows = measurements.map(
    ({ name, perS, cpuUsEach }) =>
      `| ${name} | ${Math.round(perS).toLocaleString('en')} | ${cpuUsEach.toFixed(1)} |`,
  );
  return ['| what | per second | CPU µs each |', '|---|---:|---:|', ...rows].join('\n');
}
