/**
 * Writes every generated file, or with `--check` writes nothing, lists the stale ones on standard error and ends with
 * exit code 1.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generated } from './docs/generated.ts';

const checkOnly = process.argv.includes('--check');

async function currentText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
}

for (const { path, render } of generated) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  const fresh = await render();
  if ((await currentText(file)) === fresh) continue;
  if (checkOnly) {
    process.stderr.write(`${path} is stale: run npm run docs and commit the result\n`);
    process.exitCode = 1;
  } else {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, fresh);
    process.stdout.write(`${path}\n`);
  }
}
