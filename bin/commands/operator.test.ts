/** `stadtpegel letters` and `stadtpegel spool` on an ingest that runs in this process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildOperatorApp, HttpListener } from '#city-api';
import { createLogger, type RawMessage, Registry, startAll, stopAll, type Translate } from '#core';
import { createIngest, type Ingest, ingestConfig } from '#ingest';
import { addLetters } from './letters.ts';
import { addSpool } from './spool.ts';

const receivedAtMs = Date.parse('2026-11-22T00:00:00Z');
const raw = (payload: string | Uint8Array): RawMessage => ({
  receivedAtMs,
  broker: 'host:1883',
  topic: 'application/a/device/24e124707c123456/event/up',
  payload: Buffer.from(payload),
});

/** Understands nothing. */
const translate: Translate = (message) => ({
  kind: 'dead-letter',
  raw: message,
  code: message.payload.length === 2 ? 'encoding_unknown' : 'json_invalid',
  reason: 'cannot read it',
});

let dataDir = '';
let ingest: Ingest;
let listener: HttpListener;
let url = '';

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'stadtpegel-operator-'));
  const registry = new Registry();
  const log = createLogger('silent');
  ingest = createIngest({
    config: ingestConfig.parse({ dataDir, drawerRetention: '0s' }),
    translate,
    directory: { profileOf: () => undefined, placeOf: () => ({}) },
    state: { apply: () => ({ duplicate: false, repeated: false }), rows: () => [], restore: () => undefined },
    registry,
    log,
    onFatal: (cause) => {
      throw cause;
    },
  });
  await startAll(ingest.components);
  const readiness = () => ({ ready: true, components: {} });
  const { operator } = ingest;
  const app = buildOperatorApp({ readiness, now: Date.now, log, registry, operator });
  listener = new HttpListener('operator', app, { host: '127.0.0.1', port: 0 });
  await listener.start();
  url = listener.url ?? '';
  await ingest.spool.append([raw('{"a": [1, 2'), raw('{"a": [1, 2]}'), raw(Uint8Array.of(0, 255))]);
  await vi.waitFor(async () => expect((await operator.letters({}, { limit: 9 })).letters).toHaveLength(3));
});

afterAll(async () => {
  await listener.stop();
  await stopAll(ingest.components);
  await rm(dataDir, { recursive: true });
});

/** Runs the command line and gives what it wrote and its exit code. */
async function run(words: string, env: NodeJS.ProcessEnv = {}): Promise<{ text: string; code: number }> {
  const written: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    written.push(Buffer.from(chunk).toString());
    return true;
  });
  const errors = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  try {
    const program = new Command('stadtpegel').exitOverride();
    const settings = { STADTPEGEL_OPERATOR_PORT: new URL(url).port, STADTPEGEL_DATA_DIR: dataDir, ...env };
    addLetters(program, settings);
    addSpool(program, settings);
    for (const command of program.commands)
      for (const subcommand of command.commands) subcommand.exitOverride();
    await program.parseAsync(words.split(' '), { from: 'user' });
    return { text: written.join(''), code: Number(process.exitCode ?? 0) };
  } finally {
    write.mockRestore();
    errors.mockRestore();
    process.exitCode = 0;
  }
}
const jsonOf = async (words: string) => JSON.parse((await run(words)).text);

describe('stadtpegel letters', () => {
  it('lists, for people and for programs, as many as wanted', async () => {
    const { text } = await run('letters list');
    expect(text).toMatch(/^3 {2}2026-11-22T00:00:00.000Z {2}waiting {2}encoding_unknown {2}application\/a/);
    expect(text).toContain('    cannot read it\n');
    expect(await jsonOf('letters list --json')).toMatchObject([{ id: 3 }, { id: 2 }, { id: 1 }]);
    expect((await run('letters list --limit 1')).text).toMatch(/\nmore: --limit 2\n$/);
    expect((await run('letters list --code nothing')).text).toBe('no letters\n');
    const wanted = '--device 24E124707C123456 --topic /up --from 2026-11-22T00:00:00Z --state waiting';
    expect(await jsonOf(`letters list --json --code json_invalid ${wanted}`)).toHaveLength(2);
  });

  it('shows a payload as JSON, text or hex, as far as it is', async () => {
    expect((await run('letters show 2')).text).toMatch(/payload {3}13 bytes\n\n\{\n {2}"a": \[\n/);
    expect((await run('letters show 1')).text).toMatch(/\n\n\{"a": \[1, 2\n$/);
    expect((await run('letters show 3')).text).toMatch(/\n\n00ff\n$/);
    expect(await jsonOf('letters show 3 --json')).toMatchObject({ payload: { hex: '00ff', text: null } });
    await expect(run('letters show 99')).rejects.toThrow('There is no letter 99');
  });

  it('redrives by id, by choice or all, and asks which where nothing is said', async () => {
    expect((await run('letters redrive 1')).text).toMatch(/^1 {2}redriven {2}application/);
    await expect.poll(() => jsonOf('letters show 1 --json')).toMatchObject({ state: 'waiting', attempts: 1 });
    expect((await run('letters redrive --code encoding_unknown')).text).toBe('1 letters redriven\n');
    await expect.poll(() => jsonOf('letters show 3 --json')).toMatchObject({ state: 'waiting', attempts: 1 });
    expect(await jsonOf('letters redrive --all --json')).toEqual({ redriven: 3, withheld: 0 });
    await expect.poll(() => jsonOf('letters show 1 --json')).toMatchObject({ state: 'waiting', attempts: 2 });
    expect((await run('letters show 1')).text).toMatch(/state {5}waiting, redriven 2 times, last 20/);
    await expect(run('letters redrive')).rejects.toThrow('which letters?');
    await expect(run('letters redrive 1 --all')).rejects.toThrow('either');
    await expect(run('letters redrive x')).rejects.toThrow('whole number from 1');
  });

  it('exports JSON Lines, the oldest first', async () => {
    const { text } = await run('letters export');
    const payloads = text
      .trim()
      .split('\n')
      .map((line) => Buffer.from(JSON.parse(line).payloadBase64, 'base64').toString('latin1'));
    expect(payloads).toEqual(['{"a": [1, 2', '{"a": [1, 2]}', '\u0000ÿ']);
  });

  it('says where nobody is there, where it is somebody else, and what no address is', async () => {
    await expect(run('letters list --operator http://127.0.0.1:1')).rejects.toThrow(
      /nothing answers at http:\/\/127\.0\.0\.1:1 .*--operator http:\/\/HOST:PORT/,
    );
    await expect(run('letters list --operator 127.0.0.1:9090')).rejects.toThrow('as http://127.0.0.1:9090');
    const alone = buildOperatorApp({
      readiness: () => ({ ready: true, components: {} }),
      now: Date.now,
      log: createLogger('silent'),
      registry: new Registry(),
    });
    const api = new HttpListener('operator', alone, { host: '127.0.0.1', port: 0 });
    await api.start();
    await expect(run(`letters list --operator ${api.url}`)).rejects.toThrow('does not ingest');
    await api.stop();
  });
});

describe('stadtpegel spool', () => {
  it('tells its state: of the running process, or of a folder no process answers for', async () => {
    const folder = join(dataDir, 'spool');
    const running = await run('spool status');
    expect(running.text).toContain(`${folder}, in use by the process at ${url}`);
    expect(await jsonOf(`spool status --json --data ${dataDir}`)).toMatchObject({ running: true, folder });
    const offline = await run('spool status --operator http://127.0.0.1:1');
    expect(offline.text).toContain(`${folder}, read from disk: no process answers for it`);
    expect(await jsonOf('spool status --json --operator http://127.0.0.1:1')).toMatchObject({
      running: false,
    });
    await expect(run('spool status --data /nowhere')).rejects.toThrow('/nowhere holds no spool');
  });

  it('is verified beside the running process', async () => {
    const { text, code } = await run('spool verify');
    expect(text).toMatch(
      /records {4}\d+: \d+ confirmed, \d+ pending\n.*received {3}2026-11-22T00:00:00.000Z to/,
    );
    expect(text).toMatch(/damaged {4}0 bytes/);
    expect(code).toBe(0);
    expect(await jsonOf('spool verify --json')).toMatchObject({ damagedBytes: 0, tornBytes: 0 });
  });

  it('is exported where nobody uses it, or where that is said not to matter', async () => {
    await expect(run('spool export')).rejects.toMatchObject({ code: 'spool_in_use' });
    const { text } = await run('spool export --all --read-only');
    const [first] = text.trim().split('\n');
    expect(JSON.parse(first ?? '')).toMatchObject({
      position: 1,
      receivedAt: '2026-11-22T00:00:00.000Z',
      broker: 'host:1883',
      payloadBase64: Buffer.from('{"a": [1, 2').toString('base64'),
    });
  });
});
