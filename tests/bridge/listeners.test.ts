/** The bridge by TLS and by WebSockets: a socket behind which another one stands. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger, createMetrics, type RawMessage } from '#core';
import { Bridge, bridgeConfig } from '#gateway-bridge';
import {
  eventually,
  freePort,
  missing,
  Program,
  programPath,
  temporaryFolder,
} from '../services/programs.ts';
import { selfSigned } from './certificate.ts';
import { metric } from './memory.ts';

/** More than one chunk of a socket or record of TLS holds. */
const large = 'x'.repeat(200_000);

describe.skipIf(missing('mosquitto'))('the bridge receives and acknowledges', () => {
  let program: Program;
  let folder: string;
  let remove: () => Promise<void>;
  const ports: Record<'mqtt' | 'mqtts' | 'ws', number> = { mqtt: 0, mqtts: 0, ws: 0 };

  beforeAll(async () => {
    ({ folder, remove } = await temporaryFolder('listeners'));
    const { certificate, key } = selfSigned('127.0.0.1');
    await writeFile(path.join(folder, 'certificate.pem'), certificate);
    await writeFile(path.join(folder, 'key.pem'), key);
    ports.mqtt = await freePort();
    ports.mqtts = await freePort();
    ports.ws = await freePort();
    const configuration = [
      'allow_anonymous true',
      'max_inflight_messages 0',
      // Started by root it would become the user mosquitto, who may not read our folder.
      'user root',
      `listener ${ports.mqtt} 127.0.0.1`,
      `listener ${ports.mqtts} 127.0.0.1`,
      `certfile ${folder}/certificate.pem`,
      `keyfile ${folder}/key.pem`,
      `listener ${ports.ws} 127.0.0.1`,
      'protocol websockets',
      '',
    ];
    await writeFile(path.join(folder, 'mosquitto.conf'), configuration.join('\n'));
    program = new Program(programPath('mosquitto') ?? '', ['-c', path.join(folder, 'mosquitto.conf')]);
  });
  afterAll(async () => {
    await program.end();
    await remove();
  });

  it.each(['mqtts', 'ws'] as const)('by %s', async (protocol) => {
    const got: RawMessage[] = [];
    const registry = createMetrics();
    const bridge = new Bridge({
      config: bridgeConfig.parse({
        mqttUrl: `${protocol}://127.0.0.1:${ports[protocol]}`,
        mqttClientId: protocol,
        ...(protocol === 'mqtts' && { mqttCaFile: path.join(folder, 'certificate.pem') }),
      }),
      spool: { append: async (messages) => void got.push(...messages) },
      registry,
      log: createLogger('silent'),
    });
    await bridge.start();
    await eventually(() => expect(bridge.health()).toEqual({ status: 'ok' }));
    const publisher = await connectAsync(`mqtt://127.0.0.1:${ports.mqtt}`);
    const sent = Array.from({ length: 500 }, (_, index) => (index % 100 === 0 ? large : `${index}`));
    for (const payload of sent) publisher.publish('application/a/device/d/event/up', payload, { qos: 1 });
    await eventually(() => expect(got).toHaveLength(sent.length));
    expect(got.map(({ payload }) => Buffer.from(payload).toString())).toEqual(sent);
    await eventually(async () => expect(await metric(registry, 'acknowledged')).toBe(sent.length));
    await publisher.endAsync();
    await bridge.stop();
  });
});
