/** The shipped broker configuration, on a real mosquitto: it starts, lets nobody in unasked, and keeps what waits. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { connectAsync, connect as connectMqtt, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, freePort, missing, Program, programPath, temporaryFolder } from './services/programs.ts';

const credentials = { username: 'stadtpegel', password: 'only for this test' };
/** More than mosquitto queues by default. */
const waitingMessages = 3000;

/** The shipped file with another port and other folders; each line to replace must be there. */
function configurationFor(port: number, folder: string): string {
  const shipped = readFileSync(new URL('../deploy/mosquitto/mosquitto.conf', import.meta.url), 'utf8');
  const replacements = [
    ['listener 1883 127.0.0.1', `listener ${port} 127.0.0.1`],
    ['password_file /etc/mosquitto/passwords', `password_file ${folder}/passwords`],
    ['persistence_location /var/lib/mosquitto/', `persistence_location ${folder}/`],
  ] as const;
  // Started by root, mosquitto would turn into a user that may not write to our folder.
  let text = `user ${userInfo().username}\n${shipped}`;
  for (const [line, ours] of replacements) {
    if (!shipped.includes(`\n${line}\n`)) throw new Error(`mosquitto.conf has no line "${line}"`);
    text = text.replace(`\n${line}\n`, `\n${ours}\n`);
  }
  return text;
}

describe.skipIf(missing('mosquitto', 'mosquitto_passwd'))('deploy/mosquitto/mosquitto.conf', () => {
  let port = 0;
  let folder = '';
  let remove = async (): Promise<void> => {};
  let broker: Program | undefined;

  async function start(): Promise<void> {
    const program = new Program(programPath('mosquitto') ?? '', ['-c', join(folder, 'mosquitto.conf')]);
    broker = program;
    await eventually(async () => {
      if (!program.running) throw new Error(`mosquitto ended: ${program.output}`);
      const socket = connectTcp(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
    });
  }

  const url = () => `mqtt://127.0.0.1:${port}`;
  const options = { protocolVersion: 5, reconnectPeriod: 0 } as const;
  const connect = (more: object = credentials): Promise<MqttClient> =>
    connectAsync(url(), { ...options, ...more });

  beforeAll(async () => {
    ({ folder, remove } = await temporaryFolder('broker'));
    port = await freePort();
    writeFileSync(join(folder, 'mosquitto.conf'), configurationFor(port, folder));
    const passwords = join(folder, 'passwords');
    execFileSync('mosquitto_passwd', ['-b', '-c', passwords, credentials.username, credentials.password]);
    await start();
  });

  afterAll(async () => {
    await broker?.end('SIGTERM');
    await remove();
  });

  it('lets in only those it knows', async () => {
    await expect(connect({})).rejects.toThrow('Not authorized');
    await expect(connect({ ...credentials, password: 'guessed' })).rejects.toThrow('Not authorized');
    await (await connect()).endAsync();
  });

  it('keeps every message for a client that is away, over its own restart too', async () => {
    const session = { clientId: 'bridge', clean: false, properties: { sessionExpiryInterval: 3600 } };
    const bridge = await connect({ ...credentials, ...session });
    await bridge.subscribeAsync('application/+/device/+/event/+', { qos: 1 });
    await bridge.endAsync();

    const chirpstack = await connect();
    const publish = (index: number) =>
      chirpstack.publishAsync('application/a/device/b/event/up', String(index), { qos: 1 });
    await Promise.all(Array.from({ length: waitingMessages }, (_, index) => publish(index)));
    await chirpstack.endAsync();
    await broker?.end('SIGTERM');
    await start();

    const received = new Set<string>();
    const again = connectMqtt(url(), { ...options, ...credentials, ...session });
    again.on('message', (_, payload) => received.add(payload.toString()));
    await expect.poll(() => received.size, { timeout: 10_000 }).toBe(waitingMessages);
    await again.endAsync();
  });
});
