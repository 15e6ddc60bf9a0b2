/** What someone sees who starts it on a terminal: a real one, made by `script` of util-linux. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, missing, Program, programPath, temporaryFolder } from '../services/programs.ts';

const escapeCharacter = '\u{1b}';
const eraseToEnd = `${escapeCharacter}[K`;

const environment = (dataDir: string, term: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  TERM: term,
  STADTPEGEL_EMBEDDED_MQTT_PORT: '0',
  STADTPEGEL_API_PORT: '0',
  STADTPEGEL_OPERATOR_PORT: '0',
  STADTPEGEL_DATA_DIR: dataDir,
  STADTPEGEL_SIMULATION_BACKFILL_HOURS: '1',
});

const run = ['bin/stadtpegel.mjs', 'run', '--encoding', 'protobuf'] as const;

/** The platform on a pseudo terminal that can be typed into and resized. */
class Terminal {
  readonly #child: ChildProcess;
  #output = '';

  constructor(columns: number, env: NodeJS.ProcessEnv) {
    const command = `tty; stty rows 24 cols ${columns}; exec '${process.execPath}' ${run.join(' ')}`;
    this.#child = spawn(programPath('script') ?? '', ['-qec', command, '/dev/null'], {
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString();
    });
  }

  /** All it was sent since the start, or since it was last forgotten. */
  get output(): string {
    return this.#output;
  }

  forget(): void {
    this.#output = '';
  }

  /** The status lines among it, without what moves the cursor. */
  get statusLines(): string[] {
    return this.#output
      .replaceAll(eraseToEnd, '')
      .split(/[\r\n]+/)
      .filter((line) => line.includes('uplinks/s'));
  }

  /** Ctrl-C, as the keyboard sends it; the exit code when it has ended. */
  async interrupt(): Promise<number | null> {
    if (this.#child.exitCode === null) {
      const closed = once(this.#child, 'close');
      this.#child.stdin?.write('\u{3}');
      await closed;
    }
    return this.#child.exitCode;
  }

  async resize(columns: number): Promise<void> {
    const device = /\/dev\/\S+/.exec(this.#output)?.[0] ?? '';
    await once(spawn('stty', ['-F', device, 'cols', `${columns}`], { stdio: 'ignore' }), 'close');
  }
}

describe.skipIf(missing('script', 'stty'))('on a terminal', () => {
  let terminal: Terminal | undefined;
  let data: Awaited<ReturnType<typeof temporaryFolder>>;
  const start = async (columns: number, term: string): Promise<Terminal> => {
    data = await temporaryFolder('terminal');
    terminal = new Terminal(columns, environment(data.folder, term));
    return terminal;
  };
  afterEach(async () => {
    await terminal?.interrupt();
    await data.remove();
  });

  it('one line tells what is going on, in place, and gives way to logs', { timeout: 90_000 }, async () => {
    const shown = await start(100, 'xterm');
    await eventually(() => expect(shown.output).toMatch(/the past of the town is told/));
    await eventually(() =>
      expect(shown.statusLines).toContainEqual(
        expect.stringMatching(
          /^ +[\d.,]+ uplinks\/s +[1-9][\d.,]* decoded\/s +[1-9][\d.,]* written\/s {2}spool [\d,]+ {2}errors 0$/,
        ),
      ),
    );
    expect(shown.output).toMatch(/\r[^\r\n]+uplinks\/s[^\r\n]*\r/);
    for (const [, before] of shown.output.matchAll(/(.|\s)\{"level"/g)) expect('\r\n').toContain(before);
    expect(await shown.interrupt()).toBe(0);
    const [, after = '?'] = shown.output.split(/uplinks\/s.*\r(?!.*uplinks\/s)/);
    expect(after).toContain(eraseToEnd);
  });

  it('it is never wider than that, also when it is resized', { timeout: 90_000 }, async () => {
    const shown = await start(60, 'xterm');
    await eventually(() => expect(shown.statusLines.length).toBeGreaterThan(1));
    expect(Math.max(...shown.statusLines.map(({ length }) => length))).toBeLessThan(60);
    await shown.resize(30);
    shown.forget();
    await eventually(() => expect(shown.statusLines.length).toBeGreaterThan(2));
    // The first may have been on its way already.
    expect(Math.max(...shown.statusLines.slice(1).map(({ length }) => length))).toBeLessThan(30);
  });

  it('that is dumb there are plain logs only', { timeout: 60_000 }, async () => {
    const shown = await start(100, 'dumb');
    await eventually(() => expect(shown.output).toMatch(/the past of the town is told/));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(shown.output).not.toContain('uplinks/s');
    expect(shown.output).not.toContain(escapeCharacter);
    expect(await shown.interrupt()).toBe(0);
  });
});

describe('without a terminal', () => {
  it('there are plain logs only', { timeout: 60_000 }, async () => {
    const { folder, remove } = await temporaryFolder('pipe');
    const program = new Program(process.execPath, run, environment(folder, 'xterm'));
    await program.printed(/the past of the town is told/);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(program.output).not.toContain('uplinks/s');
    expect(program.output).not.toMatch(/\r/);
    expect(program.output).not.toContain(escapeCharacter);
    expect(await program.end('SIGINT')).toBe(0);
    await remove();
  });
});
