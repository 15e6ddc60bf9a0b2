import type { IngestContender, Round, Task } from './contenders.ts';

/** What a contender's rounds came to. */
export interface Result {
  readonly name: string;
  readonly rounds: readonly Round[];
}

/** Lets all run in turn, beginning with another one in each round, so that what else the machine does meets them all. */
export async function inTurn(
  contenders: readonly IngestContender[],
  rounds: number,
  task: Task,
): Promise<Result[]> {
  const results = contenders.map(({ name }) => ({ name, rounds: [] as Round[] }));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const index = (round + turn) % contenders.length;
      const contender = contenders[index];
      if (!contender) continue;
      const measured = await contender.run(task);
      results[index]?.rounds.push(measured);
      const { perS, cpuS } = measured;
      process.stderr.write(
        `round ${round + 1}: ${contender.name}: ${Math.round(perS)}/s, ${cpuS.toFixed(2)} CPU-s per 100k\n`,
      );
    }
  }
  return results;
}

/** Least, middle and most. */
function spread(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): string =>
    (sorted[index] ?? Number.NaN).toLocaleString('en', {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  return `${at(0)} / **${at(sorted.length >> 1)}** / ${at(sorted.length - 1)}`;
}

const columns: readonly [title: string, key: keyof Round, digits: number][] = [
  ['uplinks/s', 'perS', 0],
  ['CPU-s per 100k', 'cpuS', 2],
  ['mosquitto', 'brokerCpuS', 2],
  ['influxd', 'storeCpuS', 2],
  ['generator', 'generatorCpuS', 2],
  ['RSS peak, MB', 'rssMb', 0],
];

/** A Markdown table, each figure as least / middle / most of the rounds. */
export function tableOf(results: readonly Result[]): string {
  const rows = results.map(({ name, rounds }) => {
    const cells = columns.map(([, key, digits]) =>
      rounds.every((round) => round[key] === 0)
        ? '–'
        : spread(
            rounds.map((round) => round[key]),
            digits,
          ),
    );
    return `| ${name} | ${cells.join(' | ')} |`;
  });
  return [
    `| what | ${columns.map(([title]) => title).join(' | ')} |`,
    `|---|${columns.map(() => '---:').join('|')}|`,
    ...rows,
  ].join('\n');
}

/** How one compares with another in the same round: least, middle and most. */
export function ratioOf(one: Result, other: Result): string {
  const ratios = (key: keyof Round): number[] =>
    one.rounds.map((round, index) => round[key] / (other.rounds[index]?.[key] ?? Number.NaN));
  return `${one.name} / ${other.name}, same round: CPU ${spread(ratios('cpuS'), 2)}, rate ${spread(ratios('perS'), 2)}`;
}
