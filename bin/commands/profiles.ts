import type { Command } from 'commander';
import { createLogger, createMetrics } from '#core';
import {
  type CodecReport,
  DecoderSandbox,
  type DropIns,
  exportProfiles,
  gather,
  type Installed,
  install,
  isClean,
  jsonOfReport,
  profiles,
  runVectors,
  textOfReport,
  understand,
} from '#device-profiles';

const folderVariable = 'STADTPEGEL_DEVICE_PROFILES_DIR';

interface JsonOption {
  readonly json?: true;
}

interface ListOptions extends JsonOption {
  readonly dir?: string;
}

interface ImportOptions extends JsonOption {
  readonly into?: string;
  readonly dryRun?: true;
}

/** Adds `stadtpegel profiles list|check|import|export`. */
export function addProfiles(program: Command, env: NodeJS.ProcessEnv): void {
  const command = program.command('profiles').description('device profiles: ours and those of others');
  const folder = env[folderVariable] || undefined;
  addList(command, folder);
  addCheck(command);
  addImport(command, folder);
  addExport(command);
}

function addList(command: Command, folder: string | undefined): void {
  command
    .command('list')
    .description('every model that is known')
    .option('--dir <dir>', `folder with profiles of others; without it ${folderVariable}`, folder)
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      '\nExamples:\n  stadtpegel profiles list\n  stadtpegel profiles list --dir profiles --json',
    )
    .action(list);
}

function addCheck(command: Command): void {
  command
    .command('check')
    .description('read vendors’ folders, run their vectors, and name every mistake with file and line')
    .argument('<source>', 'folder or zip archive in the layout of ChirpStack’s device-profile repository')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Ends with 1 where a device is refused or a vector fails.

Examples:
  stadtpegel profiles check chirpstack-device-profiles
  stadtpegel profiles check acme.zip --json`,
    )
    .action(check);
}

function addImport(command: Command, folder: string | undefined): void {
  command
    .command('import')
    .description('check vendors’ folders and take those with good devices over')
    .argument('<source>', 'folder or zip archive in the layout of ChirpStack’s device-profile repository')
    .option('--into <dir>', `where to; without it ${folderVariable}`, folder)
    .option('--dry-run', 'say what would be done, and write nothing')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
A folder of the same vendor is replaced, and kept as .vendor.previous. The same again changes nothing; a running
Stadtpegel reads the change at once. Ends with 1 where nothing was good enough to take.

Examples:
  stadtpegel profiles import acme.zip --into profiles
  stadtpegel profiles import chirpstack-device-profiles --dry-run`,
    )
    .action(importProfiles);
}

function addExport(command: Command): void {
  command
    .command('export')
    .description('write our models as TS013 codecs in the layout of ChirpStack’s device-profile repository')
    .argument('<folder>', 'where to; files of the same name are overwritten')
    .option('--json', 'for programs')
    .addHelpText('after', '\nExample:\n  stadtpegel profiles export exported')
    .action(async (target: string, { json }: JsonOption) => {
      const paths = await exportProfiles(target);
      print(json, { folder: target, files: paths }, `${target}/vendors: ${paths.length} files\n`);
    });
}

function print(json: true | undefined, value: unknown, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : text);
}

async function list({ dir, json }: ListOptions): Promise<void> {
  const others = dir === undefined ? [] : (await understand(await gather(dir), dir)).devices;
  const rows = [
    ...profiles.map(({ id, names, theme }) => ({ id, name: names[0] ?? id, theme, from: 'stadtpegel' })),
    ...others.map(({ id, name, facts }) => ({ id, name, theme: facts.theme, from: dir })),
  ];
  const text = rows.map(({ id, name, theme, from }) => `${id}  ${name}  ${theme}  ${from}\n`).join('');
  print(json, rows, text);
}

/** Runs all vectors in a sandbox of their own. */
async function reportsOf(dropIns: DropIns): Promise<CodecReport[]> {
  const sandbox = new DecoderSandbox({ registry: createMetrics(), log: createLogger('warn') });
  await sandbox.start();
  try {
    await sandbox.setCodecs(dropIns.codecs);
    return await runVectors(sandbox, dropIns);
  } finally {
    await sandbox.stop();
  }
}

async function check(source: string, { json }: JsonOption): Promise<void> {
  const dropIns = await understand(await gather(source), source);
  const reports = await reportsOf(dropIns);
  process.stdout.write((json ? jsonOfReport : textOfReport)(dropIns, reports));
  if (!isClean(dropIns, reports)) process.exitCode = 1;
}

async function importProfiles(source: string, { into, dryRun, json }: ImportOptions): Promise<void> {
  if (into === undefined) throw new Error(`where to? Give --into <dir>, or set ${folderVariable}`);
  const gathered = await gather(source);
  const dropIns = await understand(gathered, source);
  const reports = await reportsOf(dropIns);
  const installed = await install(gathered, dropIns, into, { dryRun: dryRun === true });
  if (json) {
    const { devices, findings } = dropIns;
    print(json, { devices, codecs: reports, findings, vendors: installed, dryRun: dryRun === true }, '');
  } else {
    process.stdout.write(textOfReport(dropIns, reports) + installed.map(lineOf(into, dryRun)).join(''));
  }
  if (installed.every(({ outcome }) => outcome === 'refused')) process.exitCode = 1;
}

function lineOf(into: string, dryRun: true | undefined) {
  const would = dryRun ? ' (dry run)' : '';
  return ({ vendor, outcome, devices }: Installed): string =>
    `vendor  ${into}/${vendor}  ${outcome}${would}, ${devices} devices\n`;
}
