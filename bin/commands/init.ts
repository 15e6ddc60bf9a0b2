import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';

const secretsFile = new URL('../../deploy/secrets.json', import.meta.url);

interface InitOptions {
  readonly file: string;
  readonly dryRun?: true;
}

/** Adds `stadtpegel init`. */
export function addInit(program: Command): void {
  program
    .command('init')
    .description('write .env with a password of its own for everything in docker-compose.yml')
    .option('--file <file>', 'where to', '.env')
    .option('--dry-run', 'say what would be written, and write nothing')
    .addHelpText(
      'after',
      '\nWhat the file holds already is kept.\n\nExample:\n  node bin/stadtpegel.mjs init',
    )
    .action(init);
}

async function init({ file, dryRun }: InitOptions): Promise<void> {
  const secrets = z.record(z.string(), z.string()).parse(JSON.parse(await readFile(secretsFile, 'utf8')));
  const before = await readFile(file, 'utf8').catch(() => '');
  const absent = Object.entries(secrets).filter(([name]) => !new RegExp(`^${name}=`, 'm').test(before));
  // Hexadecimal, because some of them end up in addresses and configuration files.
  const lines = absent.map(([name, what]) => `# ${what}\n${name}=${randomBytes(24).toString('hex')}\n`);
  if (!dryRun && lines.length > 0) await writeFile(file, before + lines.join(''), { mode: 0o600 });
  const kept = Object.keys(secrets).length - absent.length;
  process.stdout.write(
    `${file}: ${absent.length} passwords ${dryRun ? 'would be written' : 'written'}, ${kept} kept\n` +
      absent.map(([name, what]) => `  ${name}  ${what}\n`).join(''),
  );
}
