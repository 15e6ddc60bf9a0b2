/** A replay as the operator listener tells it, for people. */

type Cell = number | boolean | string | null;

interface Example {
  readonly device: string;
  readonly time: string;
  readonly channel: string | null;
  readonly quantity: string;
  readonly before: Cell;
  readonly after: Cell;
}

interface Counts {
  readonly profile: string;
  readonly uplinks: number;
  readonly withheld: number;
  readonly failed: number;
  readonly failure: string | null;
  readonly same: number;
  readonly changed: number;
  readonly new: number;
  readonly gone: number;
  readonly rejected: number;
  readonly examples: readonly Example[];
}

export interface Replay {
  readonly id: number;
  readonly state: string;
  readonly from: string;
  readonly to: string;
  readonly dryRun: boolean;
  readonly uplinksTotal: number;
  readonly uplinksDone: number;
  readonly uplinksPerS: number | null;
  readonly secondsLeft: number | null;
  readonly waitsFor: string | null;
  readonly notes: readonly string[];
  readonly profiles: readonly Counts[];
}

const barChars = 20;

const number = (value: number): string => Math.round(value).toLocaleString('en');

/** How far it is in one line of at most so many characters. */
export function progressLine(replay: Replay, columns: number): string {
  const { uplinksTotal, uplinksDone, uplinksPerS, secondsLeft, waitsFor } = replay;
  // What came in since it was counted may make it more than all.
  const share = uplinksTotal === 0 ? 1 : Math.min(1, uplinksDone / uplinksTotal);
  const full = Math.round(share * barChars);
  const parts = [
    `[${'#'.repeat(full)}${'.'.repeat(barChars - full)}] ${Math.floor(share * 100)} %`,
    `${number(uplinksDone)} of ${number(uplinksTotal)} uplinks`,
    ...(uplinksPerS === null ? [] : [`${number(uplinksPerS)}/s`]),
    ...(secondsLeft === null ? [] : [`${duration(secondsLeft)} left`]),
    ...(waitsFor === null ? [] : [`waits for: ${waitsFor}`]),
  ];
  return parts.join('  ').slice(0, columns - 1);
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}

/** What it has changed, or would. */
export function summary(replay: Replay): string {
  const { id, state, from, to, dryRun, uplinksDone, notes, profiles } = replay;
  const isRunning = state === 'running' || state === 'cancelling';
  const what = dryRun ? `dry run ${id}, nothing is changed` : `replay ${id}`;
  return [
    `${what}: ${state}, ${number(uplinksDone)} uplinks of ${from} to ${to}`,
    ...(isRunning ? [`  ${progressLine(replay, Number.POSITIVE_INFINITY)}`] : []),
    ...notes.map((note) => `  note: ${note}`),
    ...profiles.flatMap((counts) => linesOf(counts, dryRun)),
    '',
  ].join('\n');
}

function linesOf(counts: Counts, dryRun: boolean): string[] {
  const { profile, uplinks, withheld, failed, failure, same, changed, gone, rejected, examples } = counts;
  const lines = [
    `${profile}: ${number(uplinks)} uplinks decoded anew`,
    `  readings ${dryRun ? 'would be ' : ''}${number(changed)} changed, ${number(counts.new)} new, ${number(gone)} gone, ${number(same)} the same`,
  ];
  if (withheld > 0)
    lines.push(`  ${number(withheld)} uplinks stay as they are: their payload was never kept`);
  if (failed > 0)
    lines.push(`  ${number(failed)} uplinks stay as they are: they cannot be decoded now (${failure})`);
  if (rejected > 0) lines.push(`  ${number(rejected)} points were refused by the store; the log says why`);
  return [...lines, ...examples.map(exampleLine)];
}

function exampleLine({ device, time, channel, quantity, before, after }: Example): string {
  const name = channel === null ? quantity : `${quantity} ${channel}`;
  return `  ${device} ${time} ${name}: ${before ?? 'nothing'} -> ${after ?? 'nothing'}`;
}
