import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { DataFolderLock, type SpoolReport, spooledMessages, verifySpool } from '#ingest';
import { askOperator, NobodyThere, operatorOption } from '../operator-client.ts';
import { printAll, printEither } from '../print.ts';

const statusAnswer = z.looseObject({
  folder: z.string(),
  bytes: z.number(),
  bytesMax: z.number(),
  pending: z.number(),
});

interface FolderOptions {
  readonly data: string;
  readonly json?: true;
}

interface StatusOptions extends FolderOptions {
  readonly operator: string;
}

interface ExportOptions extends FolderOptions {
  readonly all?: true;
  readonly readOnly?: true;
}

/** Adds `stadtpegel spool status|verify|export`. */
export function addSpool(program: Command, env: NodeJS.ProcessEnv): void {
  const command = program.command('spool').description('what waits on disk between receipt and store');
  const data = env.STADTPEGEL_DATA_DIR || 'data';
  addStatus(command, data, env);
  addVerify(command, data);
  addExport(command, data);
}

function addStatus(command: Command, data: string, env: NodeJS.ProcessEnv): void {
  command
    .command('status')
    .description('how full it is: asks the running process, or reads the folder where none runs')
    .option('--data <folder>', 'data folder', data)
    .addOption(operatorOption(env))
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      '\nExamples:\n  stadtpegel spool status\n  stadtpegel spool status --data /var/lib/stadtpegel',
    )
    .action(status);
}

function addVerify(command: Command, data: string): void {
  command
    .command('verify')
    .description('read every record and check it; changes nothing, also beside a running process')
    .option('--data <folder>', 'data folder', data)
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Ends with 1 where bytes are damaged. An unfinished end is no damage: it is a write that was not acknowledged, cut off at
the next start; beside a running process it is what is being written now.

Example:
  stadtpegel spool verify --data /var/lib/stadtpegel`,
    )
    .action(verify);
}

function addExport(command: Command, data: string): void {
  command
    .command('export')
    .description('messages whose consequences are not all safe yet, as JSON Lines, the oldest first')
    .option('--data <folder>', 'data folder', data)
    .option('--all', 'those that are confirmed and still on disk too')
    .option('--read-only', 'take no lock: for a copy, or beside a running process, which goes on meanwhile')
    .addHelpText(
      'after',
      `
Refuses while a process uses the folder, and keeps one from starting meanwhile, so that what it writes is what there is.

Examples:
  stadtpegel spool export --data /var/lib/stadtpegel > pending.jsonl
  stadtpegel spool export --data /mnt/backup --all --read-only | jq -r .topic | sort | uniq -c`,
    )
    .action(exportMessages);
}

/** @throws where the data folder holds no spool */
async function spoolFolderOf(data: string): Promise<string> {
  const folder = path.join(data, 'spool');
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return folder;
  throw new Error(`${path.resolve(data)} holds no spool: give the data folder of a Stadtpegel with --data`);
}

async function status(options: StatusOptions, command: Command): Promise<void> {
  const { data, operator, json } = options;
  const running = await runningStatus(operator);
  const isMeant =
    command.getOptionValueSource('data') === 'default' || running?.folder === path.resolve(data, 'spool');
  if (running && isMeant) {
    const share = Math.round((1000 * running.bytes) / running.bytesMax) / 10;
    const text = `${running.folder}, in use by the process at ${operator}
  pending  ${count(running.pending)} messages
  bytes    ${count(running.bytes)} of ${count(running.bytesMax)} (${share} %)\n`;
    printEither(json, { ...running, running: true }, text);
    return;
  }
  const folder = await spoolFolderOf(data);
  const report = await verifySpool(folder);
  const text = `${path.resolve(folder)}, read from disk: no process answers for it at ${operator}
  pending  ${count(report.pending)} messages
  bytes    ${count(report.bytes)}\n`;
  printEither(json, { folder: path.resolve(folder), ...report, running: false }, text);
}

/** What the running process says; undefined where nobody is there. */
async function runningStatus(operator: string): Promise<z.infer<typeof statusAnswer> | undefined> {
  try {
    return statusAnswer.parse(await (await askOperator(operator, '/spool')).json());
  } catch (cause) {
    if (cause instanceof NobodyThere) return undefined;
    throw cause;
  }
}

async function verify({ data, json }: FolderOptions): Promise<void> {
  const folder = await spoolFolderOf(data);
  const report = await verifySpool(folder);
  printEither(json, { folder: path.resolve(folder), ...report }, textOf(path.resolve(folder), report));
  if (report.damagedBytes > 0) process.exitCode = 1;
}

function textOf(folder: string, report: SpoolReport): string {
  const { segments, bytes, records, confirmed, pending, tornBytes, damagedBytes } = report;
  return `${folder}
  segments   ${count(segments)}, ${count(bytes)} bytes
  records    ${count(records)}: ${count(confirmed)} confirmed, ${count(pending)} pending
  received   ${time(report.oldestReceivedAtMs)} to ${time(report.newestReceivedAtMs)}
  unfinished ${count(tornBytes)} bytes at the end
  damaged    ${count(damagedBytes)} bytes\n`;
}

async function exportMessages({ data, all, readOnly }: ExportOptions): Promise<void> {
  const folder = await spoolFolderOf(data);
  const lock = readOnly ? undefined : new DataFolderLock(data);
  await lock?.start();
  try {
    await printAll(linesOf(folder, all === true));
  } finally {
    await lock?.stop();
  }
}

async function* linesOf(folder: string, all: boolean): AsyncGenerator<string> {
  for await (const { position, message, confirmed } of spooledMessages(folder)) {
    if (confirmed && !all) continue;
    const { receivedAtMs, broker, topic, payload } = message;
    const receivedAt = new Date(receivedAtMs).toISOString();
    const payloadBase64 = Buffer.from(payload).toString('base64');
    yield `${JSON.stringify({ position, confirmed, receivedAt, broker, topic, payloadBase64 })}\n`;
  }
}

const count = (value: number): string => value.toLocaleString('en');
const time = (ms: number | undefined): string => (ms === undefined ? '-' : new Date(ms).toISOString());
