/** The page that keeps what was measured. */
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';

const page = new URL('../../docs/benchmarks.md', import.meta.url);

/** What it was measured on. */
function machine(): string {
  const [cpu] = os.cpus();
  return (
    `${os.availableParallelism()} cores (${cpu?.model ?? 'unknown'}), ${Math.round(os.totalmem() / 2 ** 30)} GiB, ` +
    `Linux ${os.release()}, Node ${process.versions.node}`
  );
}

/**
 * Prints a result, and where a date is given puts it between the marks `<!-- measured: NAME -->` and `<!-- end -->` of
 * docs/benchmarks.md, as of that date.
 * @param how what else there is to say of the measurement
 * @throws where the page has no such place
 */
export function tell(name: string, text: string, how: string, date: string | undefined): void {
  process.stdout.write(`\n${text}\n`);
  if (date === undefined) return;
  const before = readFileSync(page, 'utf8');
  const block = new RegExp(`(<!-- measured: ${name} -->\n)[^]*?(<!-- end -->)`);
  if (!block.test(before)) throw new Error(`docs/benchmarks.md has no place for ${name}`);
  const written = `As of ${date}: ${machine()}; ${how}.\n\n${text}\n`;
  writeFileSync(
    page,
    before.replace(block, (_, begin: string, end: string) => `${begin}${written}${end}`),
  );
}
