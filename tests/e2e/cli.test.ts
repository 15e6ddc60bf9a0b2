/** The command line, as someone types it. */
import { spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { Mosquitto } from '../services/mosquitto.ts';
import { eventually, freePort, missing, Program, temporaryFolder } from '../services/programs.ts';

interface Result {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

async function stadtpegel(args: readonly string[], input = '', env: NodeJS.ProcessEnv = {}): Promise<Result> {
  const child = spawn(process.execPath, ['bin/stadtpegel.mjs', ...args], {
    env: { PATH: process.env.PATH, ...env },
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output, errors };
}

describe('stadtpegel', () => {
  it('tells its version', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8'));
    expect(await stadtpegel(['--version'])).toMatchObject({ code: 0, output: `${version}\n` });
  });

  it('helps with every command, with examples', async () => {
    const { output } = await stadtpegel(['--help']);
    const commands = [
      'run',
      'bridge',
      'api',
      'simulate',
      'decode',
      'inventory',
      'init',
      'profiles',
      'provision',
      'letters',
      'replay',
      'spool',
    ];
    const first: Readonly<Record<string, string>> = {
      inventory: 'check',
      profiles: 'list',
      letters: 'list',
      replay: 'status',
      spool: 'status',
    };
    for (const command of commands) expect(output).toMatch(new RegExp(`^  ${command}`, 'm'));
    const helps = await Promise.all(
      commands.map((command) =>
        stadtpegel([command, first[command] ?? '', '--help'].filter((word) => word !== '')),
      ),
    );
    for (const { code, output: help } of helps) {
      expect(code).toBe(0);
      expect(help).toMatch(/Examples?:/);
    }
  }, 60_000);

  it('names a command it does not know', async () => {
    const { code, errors } = await stadtpegel(['dekode']);
    expect(code).not.toBe(0);
    expect(errors).toMatch(/dekode/);
  });
});

describe('stadtpegel decode', () => {
  it('says what one payload means', async () => {
    const { code, output } = await stadtpegel(['decode', 'bosch/tps110', '1', '01']);
    expect(code).toBe(0);
    expect(JSON.parse(output)).toEqual({
      data: { type: 'parking status', occupied: true },
      readings: [{ quantity: 'bay_occupied', value: true }],
      errors: [],
      warnings: [],
    });
  });

  it('answers line by line, in order, and goes on after a broken one', async () => {
    const lines = [
      '{"profile":"bosch/tps110","fPort":1,"bytesHex":"00"}',
      'not JSON',
      '{"profile":"bosch/tps110","fPort":1,"bytesHex":"0"}',
      '{"profile":"no/such","fPort":1,"bytesHex":"00"}',
      '{"profile":"milesight/am307","fPort":85,"bytesHex":"0367EE0004687C"}',
    ];
    const { code, output } = await stadtpegel(['decode'], lines.join('\n'));
    const answers = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(answers).toHaveLength(5);
    expect(answers[0].data.occupied).toBe(false);
    expect(answers.slice(1, 4).map(({ errors }) => errors.length)).toEqual([1, 1, 1]);
    expect(answers[4].data).toEqual({ temperature: 23.8, humidity: 62 });
  });

  it('answers 100,000 mixed lines within a minute', { timeout: 90_000 }, async () => {
    const vectors = await Promise.all(
      ['bosch-tps110', 'milesight-ct103', 'milesight-am307'].map(async (name) => {
        const text = await readFile(path.join('device-profiles/vectors', `${name}.jsonl`), 'utf8');
        const profile = name.replace('-', '/');
        return text
          .trim()
          .split('\n')
          .map((line) => ({ profile, ...JSON.parse(line) }));
      }),
    );
    const questions = vectors.flat().filter(({ direction }) => direction === 'uplink');
    const lines = Array.from({ length: 100_000 }, (_, i) => {
      const { profile, fPort, bytesHex } = questions[i % questions.length];
      return JSON.stringify({ profile, fPort, bytesHex });
    });
    const since = Date.now();
    const { output } = await stadtpegel(['decode'], lines.join('\n'));
    expect(Date.now() - since).toBeLessThan(60_000);
    expect(output.trim().split('\n')).toHaveLength(100_000);
  });
});

describe('stadtpegel inventory check', () => {
  it('says what a good inventory holds', async () => {
    const { code, output } = await stadtpegel(['inventory', 'check', 'cities/demo']);
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/^Bad Pegelstein: \d+ sites, .*; no mistakes$/m),
    ]);
  });

  it('ends with 78 where there is none', async () => {
    const { code, errors } = await stadtpegel(['inventory', 'check', 'cities/nowhere']);
    expect([code, errors]).toEqual([78, expect.stringMatching(/cities\/nowhere/)]);
  });
});

describe('stadtpegel init', () => {
  it('writes every password once, for its owner alone, and keeps what is there', async () => {
    const { folder, remove } = await temporaryFolder('init');
    const file = path.join(folder, '.env');
    expect((await stadtpegel(['init', '--dry-run', '--file', file])).output).toMatch(
      /10 passwords would be written/,
    );
    await expect(stat(file)).rejects.toThrow();
    expect((await stadtpegel(['init', '--file', file])).code).toBe(0);
    const first = await readFile(file, 'utf8');
    expect(first.match(/^[A-Z_]+=[0-9a-f]{48}$/gm)).toHaveLength(10);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stadtpegel(['init', '--file', file])).output).toMatch(/0 passwords written, 10 kept/);
    expect(await readFile(file, 'utf8')).toBe(first);
    await remove();
  });
});

describe('wrong options', () => {
  const broker = '--mqtt mqtt://127.0.0.1:1';
  const wrong: readonly [command: string, message: RegExp][] = [
    ...['run', 'bridge', 'api', 'simulate', 'decode', 'init', 'inventory check'].map(
      (command): [string, RegExp] => [`${command} --nope`, /unknown option '--nope'/],
    ),
    ['inventory check', /missing required argument 'folder'/],
    ['run --encoding xml', /--encoding.*'xml'.*json, protobuf/],
    ['simulate', /which broker\? --mqtt/],
    ['simulate --mqtt http://x', /--mqtt.*mqtt:\/\/HOST:PORT/],
    [`simulate ${broker} --encoding xml`, /--encoding.*'xml'.*json, protobuf/],
    [`simulate ${broker} --speed fast`, /--speed.*'fast'.*from 0\.001 to/],
    [`simulate ${broker} --speed 0`, /--speed.*'0'/],
    [`simulate ${broker} --backfill-hours -1`, /--backfill-hours.*'-1'/],
    [`simulate ${broker} --seed 1.5`, /--seed.*'1\.5'.*whole number/],
  ];

  it.each(wrong)('%s: named, and 1', async (command, message) => {
    const { code, output, errors } = await stadtpegel(command.split(' '));
    expect([code, output]).toEqual([1, '']);
    expect(errors).toMatch(message);
    expect(errors).not.toMatch(/\n\s+at /);
  });

  const settings: readonly [command: string, env: NodeJS.ProcessEnv, message: RegExp][] = [
    ['run --http-port x', {}, /STADTPEGEL_API_PORT=x/],
    ['run --city cities/nowhere', {}, /cities\/nowhere/],
    [`simulate ${broker} --city cities/nowhere`, {}, /cities\/nowhere/],
    ['simulate', { STADTPEGEL_MQTT_URL: 'http://me:secret@x' }, /STADTPEGEL_MQTT_URL=http:\/\/…@x/],
  ];

  it.each(settings)('%s: named as a setting, and 78', async (command, env, message) => {
    const { code, errors } = await stadtpegel(command.split(' '), '', env);
    expect(code).toBe(78);
    expect(errors).toMatch(message);
    expect(errors).not.toMatch(/secret|\n\s+at /);
  });
});

describe('stadtpegel simulate without a broker', () => {
  it('says once that it is away, tries again, and ends at Ctrl-C', { timeout: 40_000 }, async () => {
    const url = `mqtt://me:secret@127.0.0.1:${await freePort()}`;
    const program = new Program(process.execPath, ['bin/stadtpegel.mjs', 'simulate', '--mqtt', url], {
      PATH: process.env.PATH,
    });
    await program.printed(/Simulating Bad Pegelstein on 127\.0\.0\.1:\d+, in json/);
    await program.printed(/broker is away: connect ECONNREFUSED 127\.0\.0\.1:\d+; trying again every second/);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(program.output.match(/is away/g)).toHaveLength(1);
    expect(program.output).not.toMatch(/secret/);
    const since = Date.now();
    expect(await program.end('SIGINT')).toBe(0);
    expect(Date.now() - since).toBeLessThan(3000);
  });
});

describe.skipIf(missing('mosquitto'))('stadtpegel simulate', () => {
  it.each([
    ['json', /^\{"deduplicationId"/],
    ['protobuf', /^\n\$/],
  ])('publishes a town in %s until it is told to stop', { timeout: 40_000 }, async (encoding, beginning) => {
    const mosquitto = await Mosquitto.create();
    const listener = await connectAsync(mosquitto.url);
    const payloads: string[] = [];
    listener.on('message', (_topic, payload) => payloads.push(payload.toString('latin1')));
    await listener.subscribeAsync('application/+/device/+/event/up');
    const options = ['--mqtt', mosquitto.url, '--backfill-hours', '1', '--encoding', encoding];
    const program = new Program(process.execPath, ['bin/stadtpegel.mjs', 'simulate', ...options], {
      PATH: process.env.PATH,
    });
    await program.printed(/Simulating Bad Pegelstein/);
    await eventually(() => expect(program.output).toMatch(/the past of the town is told/), 20_000);
    expect(await program.end('SIGINT')).toBe(0);
    expect(payloads.length).toBeGreaterThan(100);
    for (const payload of payloads) expect(payload).toMatch(beginning);
    await listener.endAsync();
    await mosquitto.remove();
  });

  it('goes on where the broker comes back', { timeout: 40_000 }, async () => {
    const mosquitto = await Mosquitto.create();
    const program = new Program(
      process.execPath,
      ['bin/stadtpegel.mjs', 'simulate', '--mqtt', mosquitto.url, '--backfill-hours', '1'],
      { PATH: process.env.PATH },
    );
    await eventually(() => expect(program.output).toMatch(/the past of the town is told/), 20_000);
    await mosquitto.stop();
    await eventually(() => expect(program.output).toMatch(/broker is away: /));
    await mosquitto.start();
    await eventually(() => expect(program.output).toMatch(/broker is back after [\d.]+ s/));
    expect(await program.end('SIGINT')).toBe(0);
    await mosquitto.remove();
  });
});
