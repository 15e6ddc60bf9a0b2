#!/usr/bin/env node
// Plain JavaScript that any Node from 18 on can read: finds a Node that runs TypeScript as it is (24 or newer), the one
// at hand or the one packaged with us, and goes on in it with the flags that keep memory small.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const nodeMajorMin = 24;
const nodeMajor = Number(process.versions.node.split('.')[0]);
/**
 * In MB. Left to itself V8 lets objects that die at once fill 128 MiB, and the others grow to four times what lives, where
 * it sees much memory; below 2 GiB only to twice as much. Half the memory, at no cost that can be measured
 * (docs/benchmarks.md). Whoever sets one in NODE_OPTIONS has it as set there.
 */
const memoryFlags = ['--max-semi-space-size=16', '--max-old-space-size=2000'];
/** Of the threads that write and sync files: with Node's own four, files of dead letters would hold up the spool. */
process.env.UV_THREADPOOL_SIZE ??= '8';
const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ').replaceAll('_', '-');
const missingFlags = memoryFlags.filter((flag) => !given.includes(flag.slice(0, flag.indexOf('='))));
const program = [
  ...process.execArgv,
  ...missingFlags,
  fileURLToPath(import.meta.url),
  ...process.argv.slice(2),
];

if (nodeMajor < nodeMajorMin) {
  handOver();
} else {
  // The same process begins anew: 45 ms. Where a system cannot do that, it goes on with more memory.
  if (missingFlags.length > 0)
    process.execve?.(process.execPath, [process.execPath, ...program], process.env);
  // Compiled code is kept for the next start, inside the package: a folder for all users could hold anybody's.
  nodeModule.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/stadtpegel', import.meta.url)));
  const { main } = await import('./main.ts');
  await main(process.argv, process.env);
}

function handOver() {
  const packaged = fileURLToPath(
    new URL(`../node_modules/node-linux-${process.arch}/bin/node`, import.meta.url),
  );
  if (!existsSync(packaged)) {
    process.stderr.write(
      `Stadtpegel needs Node ${nodeMajorMin} or newer; this is ${process.version}, and no packaged Node was installed ` +
        `for ${process.platform}-${process.arch}.\nInstall Node ${nodeMajorMin}, or run npm ci on Linux (x64 or arm64).\n`,
    );
    process.exit(78);
  }
  const child = spawn(packaged, program, { stdio: 'inherit' });
  // A signal sent to this process alone (systemd, docker) has to reach the one that does the work.
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGKILL' ? 137 : 1)));
}
