/** The broker of docker-compose.yml: its start script and its rules, run on a real mosquitto. */
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  eventually,
  freePort,
  missing,
  Program,
  programPath,
  temporaryFolder,
} from '../services/programs.ts';

const shipped = (name: string): string =>
  readFileSync(new URL(`../../deploy/mosquitto/${name}`, import.meta.url), 'utf8');

/** Users of the broker and the variables their passwords come in. */
const users = {
  chirpstack: 'MQTT_CHIRPSTACK_PASSWORD',
  'gateway-bridge': 'MQTT_GATEWAY_BRIDGE_PASSWORD',
  stadtpegel: 'MQTT_STADTPEGEL_PASSWORD',
} as const;
type User = keyof typeof users;

const passwordOf = (user: User): string => Buffer.from(user).toString('hex');

/** The script with the folders of this test; each place to replace must be there. */
function scriptFor(port: number, folder: string): string {
  const replacements = [
    ['conf=/tmp/', `conf=${folder}/made-`],
    ['passwords=/tmp/', `passwords=${folder}/`],
    ['listener 1883|', `listener ${port} 127.0.0.1|`],
    ['/mosquitto/data/', `${folder}/`],
    ['  /etc/mosquitto/mosquitto.conf', `  ${folder}/mosquitto.conf`],
    ['acl_file /etc/mosquitto/', `acl_file ${folder}/`],
    // A shell of Debian finds it only where an administrator looks.
    ['exec mosquitto ', `exec ${programPath('mosquitto')} `],
  ] as const;
  let script = shipped('start.sh');
  for (const [place, ours] of replacements) {
    if (!script.includes(place)) throw new Error(`start.sh has no "${place}"`);
    script = script.replace(place, ours);
  }
  return script;
}

describe.skipIf(missing('mosquitto', 'mosquitto_passwd'))('the broker of docker-compose.yml', () => {
  let port = 0;
  let folder = '';
  let remove = async (): Promise<void> => {};
  let broker: Program;

  beforeAll(async () => {
    ({ folder, remove } = await temporaryFolder('compose-broker'));
    port = await freePort();
    // Started by root, mosquitto would turn into a user that may not read our folder.
    writeFileSync(
      join(folder, 'mosquitto.conf'),
      `user ${userInfo().username}\n${shipped('mosquitto.conf')}`,
    );
    writeFileSync(join(folder, 'acl'), shipped('acl'));
    chmodSync(join(folder, 'acl'), 0o600);
    writeFileSync(join(folder, 'start.sh'), scriptFor(port, folder));
    const passwords = Object.entries(users).map(([user, name]) => [name, passwordOf(user as User)]);
    broker = new Program('sh', [join(folder, 'start.sh')], {
      PATH: process.env.PATH,
      ...Object.fromEntries(passwords),
    });
    await eventually(async () => {
      if (!broker.running) throw new Error(`mosquitto ended: ${broker.output}`);
      const socket = connectTcp(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
    });
  });

  afterAll(async () => {
    await broker.end('SIGTERM');
    await remove();
  });

  const connect = (username: User, password = passwordOf(username)): Promise<MqttClient> =>
    connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5, reconnectPeriod: 0, username, password });

  /** Topics of what a subscriber gets after one user has published; waits until there is something, or time is up. */
  async function heard(
    from: User,
    to: User,
    topic: string,
    filter: string,
    waitMs: number,
  ): Promise<string[]> {
    const [publisher, subscriber] = await Promise.all([connect(from), connect(to)]);
    const received: string[] = [];
    subscriber.on('message', (got) => received.push(got));
    await subscriber.subscribeAsync(filter, { qos: 1 });
    // A refused one is answered with an error code in MQTT 5.
    await publisher.publishAsync(topic, 'x', { qos: 1 }).catch(() => {});
    const until = Date.now() + waitMs;
    while (received.length === 0 && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 10));
    await Promise.all([publisher.endAsync(), subscriber.endAsync()]);
    return received;
  }

  it('knows its users by the passwords of the environment, which it keeps as hashes', async () => {
    for (const user of Object.keys(users)) await (await connect(user as User)).endAsync();
    await expect(connect('stadtpegel', 'guessed')).rejects.toThrow('Not authorized');
    expect(readFileSync(join(folder, 'passwords'), 'utf8')).not.toContain(passwordOf('stadtpegel'));
  });

  const event = 'application/a/device/b/event/up';
  const events = 'application/+/device/+/event/+';
  const frame = 'eu868/gateway/0016c001f1500001/event/up';

  it.each([
    ['chirpstack', 'stadtpegel', event, events],
    ['gateway-bridge', 'chirpstack', frame, '$share/chirpstack/eu868/gateway/+/event/+'],
    [
      'chirpstack',
      'gateway-bridge',
      'eu868/gateway/0016c001f1500001/command/down',
      'eu868/gateway/0016c001f1500001/command/#',
    ],
    ['stadtpegel', 'stadtpegel', 'stadtpegel/bridge/x/owner', 'stadtpegel/bridge/+/owner'],
  ] as const)('carries what %s says to %s: %s', async (from, to, topic, filter) => {
    expect(await heard(from, to, topic, filter, 5000)).toEqual([topic]);
  });

  it.each([
    ['gateway-bridge', 'stadtpegel', event, events],
    ['stadtpegel', 'stadtpegel', event, events],
    ['stadtpegel', 'chirpstack', frame, 'eu868/gateway/+/event/+'],
    ['gateway-bridge', 'stadtpegel', frame, 'eu868/#'],
  ] as const)('keeps what %s says from %s: %s', async (from, to, topic, filter) => {
    expect(await heard(from, to, topic, filter, 200)).toEqual([]);
  });
});
