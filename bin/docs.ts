/**
 * Writes every generated file, or with `--check` writes nothing, lists the stale ones on standard error and ends with
 * exit code 1.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { generated } from './docs/generated.ts';
import { isPictureFresh, picturePath, takePicture } from './docs/picture.ts';
import { fromTop } from './docs/top.ts';

const checkOnly = process.argv.includes('--check');

async function currentText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
}

function tellStale(path: string): void {
  process.stderr.write(`${path} is stale: run npm run docs and commit the result\n`);
  process.exitCode = 1;
}

for (const { path, render } of generated) {
  const file = fromTop(path);
  const fresh = await render();
  if ((await currentText(file)) === fresh) continue;
  if (checkOnly) tellStale(path);
  else {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, fresh);
    process.stdout.write(`${path}\n`);
  }
}

if (!(await isPictureFresh())) {
  if (checkOnly) tellStale(picturePath);
  else if (await takePicture()) process.stdout.write(`${picturePath}\n`);
  else
    process.stderr.write(`${picturePath} is left as it was: it takes Chromium (apt-get install chromium)\n`);
}
