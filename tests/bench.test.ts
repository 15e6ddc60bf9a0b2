/** Every benchmark still runs: small ones, whose figures mean nothing. What they check (counts, each uplink once) they check here, too. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { missing } from './services/programs.ts';

const run = promisify(execFile);

/** What `npm run bench -- …` prints. @throws where it does not end well */
async function bench(args: string): Promise<string> {
  return (await run(process.execPath, ['tests/bench/main.ts', ...args.split(' '), '--quick'])).stdout;
}

/** How many rows the tables of a text have; each has one of titles and a line below that. */
function rowsOf(text = ''): number {
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  return count(/^\| /gm) - count(/^\|---/gm);
}

describe.skipIf(missing('mosquitto', 'influxd'))('npm run bench, quickly', () => {
  it('ingest, its stages and latency; other loads; a backlog; a soak', { timeout: 120_000 }, async () => {
    const [[ingest, soak], [loads, backlog]] = await Promise.all([
      bench('ingest --only broker,prototype,writer,latency').then(async (text) => [
        text,
        await bench('soak'),
      ]),
      bench('ingest --only stages,poison,protobuf').then(async (text) => [text, await bench('backlog')]),
    ]);
    // The backlog and the soak run what the contender `archive` does.
    expect(rowsOf(ingest), ingest).toBe(3 + 3);
    expect(rowsOf(soak), soak).toBe(1);
    expect(soak).toMatch(/^RSS at most \d+ MB/m);
    expect(rowsOf(loads), loads).toBe(3 + 3);
    expect(loads).toMatch(/1 % of it poisoned \/ .*: CPU \d/);
    expect(rowsOf(backlog), backlog).toBe(4);
    expect(backlog).toMatch(/uplinks are stored, each once/);
  });

  it('says how each is asked for', async () => {
    const help = async (...names: string[]): Promise<string> =>
      (await run(process.execPath, ['tests/bench/main.ts', ...names, '--help'])).stdout;
    expect(await help()).toMatch(/bench -- decode\n.*bench -- state\n.*bench -- ingest.*bench -- soak/s);
    expect(await help('backlog')).toMatch(/^npm run bench -- backlog.*--n 1000000/s);
  });

  it('says what there is where something else is asked for', async () => {
    await expect(bench('ingest --only everything')).rejects.toThrow(/no everything\n.*\n.*--n 100000/);
    await expect(bench('backlog --n many')).rejects.toThrow(/--n is a whole number/);
    await expect(bench('nothing')).rejects.toThrow(/There are: .*ingest.*backlog.*soak/);
  });
});
