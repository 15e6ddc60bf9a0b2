/** The command as someone types it. */
import { execFile } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../services/programs.ts';
import { adminKey, TestChirpStack } from './chirpstack.ts';

const there = new TestChirpStack();
let server = '';
let folder = '';
let remove = async () => {};

beforeAll(async () => {
  server = await there.start();
  ({ folder, remove } = await temporaryFolder('provision'));
  await writeFile(path.join(folder, 'api-key'), `${adminKey}\n`, { mode: 0o600 });
  const roofs =
    'gateways: [{ gatewayId: 0016c001f1500812, name: Rathaus, latitude: 51.1, longitude: 8.9 }]\n';
  await writeFile(path.join(folder, 'roofs.yaml'), roofs);
});
afterAll(async () => {
  there.stop();
  await remove();
});

interface Result {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

async function provision(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
  const words = ['bin/stadtpegel.mjs', 'provision', ...args];
  return promisify(execFile)(process.execPath, words, { env: { PATH: process.env.PATH, ...env } }).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout, errors: stderr }),
    ({ code, stdout, stderr }) => ({ code, output: stdout, errors: stderr }),
  );
}

const city = ['--inventory', 'cities/captured'] as const;
const inFolder = (name: string): string => path.join(folder, name);
const all = (): string[] => [
  ...city,
  ...['--server', server, '--api-key-file', inFolder('api-key')],
  ...['--secrets', inFolder('keys.yaml'), '--gateways', inFolder('roofs.yaml')],
];

describe('stadtpegel provision', () => {
  it('makes keys, shows what is missing, makes it, and then has nothing to do', async () => {
    const secrets = await provision(['secrets', ...city, '--secrets', inFolder('keys.yaml')]);
    expect(secrets).toEqual({
      code: 0,
      output: `${inFolder('keys.yaml')}: 6 keys made, 0 devices had one\n`,
      errors: '',
    });

    const shown = await provision([...all(), '--dry-run']);
    expect(shown).toMatchObject({ code: 0, errors: '' });
    expect(shown.output).toContain('+ tenant "Voorbeeldstad"\n+ application "Stadtpegel"\n');
    expect(shown.output).toMatch(
      /^\+ device fcd6bd00001a2b3c "marktplein-1": .*tags.profile "bosch\/tps110"/m,
    );
    expect(shown.output).toMatch(/\n18 to create\n$/);
    expect(there.tenants.size).toBe(0);

    const done = await provision(all());
    expect(done).toMatchObject({ code: 0, errors: '' });
    expect(done.output).toMatch(/^created device 24e124707c123456 "stadhuis-climate"$/m);
    expect(done.output).toMatch(/\n18 done\n$/);
    expect(there.devices.size).toBe(6);

    const again = await provision(all());
    expect(again).toEqual({
      code: 0,
      output: `ChirpStack at ${server}\n18 as they should be\nnothing to do\n`,
      errors: '',
    });

    const told = [secrets, shown, done, again].map(({ output, errors }) => output + errors).join('');
    const keys = (await readFile(inFolder('keys.yaml'), 'utf8')).match(/[\da-f]{32}/g) ?? [];
    expect(keys.length).toBe(6);
    for (const secret of [...keys, adminKey]) expect(told).not.toContain(secret);
  }, 60_000);

  it('ends with 1 and the reason where a device could not be made, and with 0 the next time', async () => {
    there.devices.clear();
    there.keys.clear();
    there.faultOf = (_, method) => (method === 'Device.CreateKeys' ? { code: 13, isDone: false } : undefined);
    const failed = await provision(all());
    there.faultOf = () => undefined;
    expect(failed.code).toBe(1);
    expect(failed.output).toMatch(/^FAILED create keys .*: ChirpStack refuses it: a fault of the test$/m);
    expect(failed.output).toMatch(/^6 done, 6 failed\. Correct what is named above and run it again/m);
    expect(await provision(all())).toMatchObject({ code: 0 });
  }, 60_000);

  it('says what is wrong with its API key, and never tells it', async () => {
    const none = await provision([...city, '--server', server]);
    expect(none).toMatchObject({ code: 78, output: '' });
    expect(none.errors).toMatch(/STADTPEGEL_CHIRPSTACK_API_KEY_FILE \(not set\): make an API key/);

    const wrong = await provision(city, {
      STADTPEGEL_CHIRPSTACK_SERVER: server,
      STADTPEGEL_CHIRPSTACK_API_KEY: 'wr0ng',
    });
    expect(wrong.code).toBe(1);
    expect(wrong.errors).toMatch(/ChirpStack refuses the API key .*wrong or deleted/);
    const broken = await provision(city, { STADTPEGEL_CHIRPSTACK_API_KEY: 'wr0ng\nkey' });
    expect(broken.code).toBe(78);
    expect(wrong.errors + broken.errors).not.toContain('wr0ng');
  });

  it('warns of what others can read', async () => {
    await chmod(inFolder('api-key'), 0o644);
    await chmod(inFolder('keys.yaml'), 0o640);
    const { errors } = await provision([...all(), '--dry-run']);
    await chmod(inFolder('api-key'), 0o600);
    expect(errors).toContain(`note: ${inFolder('api-key')} can be read by others: chmod 600`);
    expect(errors).toContain(`note: ${inFolder('keys.yaml')} can be read by others: chmod 600`);
  });

  it('asks for the inventory', async () => {
    const { code, errors } = await provision([]);
    expect(code).toBe(1);
    expect(errors).toContain("required option '--inventory <folder>'");
    expect((await provision(['secrets', ...city])).errors).toContain("required option '--secrets <file>'");
  });

  it('names an address that is none, and one nobody listens at', async () => {
    const key = ['--api-key-file', inFolder('api-key')];
    const odd = await provision([...city, ...key, '--server', 'http://127.0.0.1:8080']);
    expect(odd).toMatchObject({ code: 78 });
    expect(odd.errors).toContain('needs host:port, without http://');
    const nobody = await provision([...city, ...key, '--server', '127.0.0.1:1']);
    expect(nobody).toMatchObject({ code: 1, output: '' });
    expect(nobody.errors).toMatch(/^note: 6 devices get no keys.*\n.*nothing answers at 127\.0\.0\.1:1/);
  });
});

describe('the library that speaks gRPC', () => {
  it('is loaded by whoever provisions, and by nobody else', async () => {
    const script = `
      const { connectChirpStack } = await import('#gateway-bridge');
      await import('./bin/main.ts');
      const { createRequire } = await import('node:module');
      const isLoaded = () => Object.keys(createRequire('/').cache).some((file) => file.includes('@grpc/grpc-js'));
      const before = isLoaded();
      (await connectChirpStack({ server: '127.0.0.1:1', apiKey: 'x', tls: false })).close();
      console.log(before, isLoaded());`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--no-node-snapshot', '--eval', script],
      { env: { PATH: process.env.PATH } },
    );
    expect(stdout).toBe('false true\n');
  });
});
