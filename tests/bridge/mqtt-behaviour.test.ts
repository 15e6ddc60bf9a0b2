/**
 * What gateway-bridge/receiver.ts relies on in the pinned mqtt.js. If this fails after an update, acknowledging has to
 * be looked at again before anything else.
 */
import { readFile } from 'node:fs/promises';
import { connect, type IPublishPacket, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mosquitto } from '../services/mosquitto.ts';
import { eventually, missing } from '../services/programs.ts';
import { Publisher } from '../services/publisher.ts';

const count = 60;

describe.skipIf(missing('mosquitto'))('mqtt.js on a real mosquitto', () => {
  let mosquitto: Mosquitto;
  let publisher: Publisher;
  beforeAll(async () => {
    mosquitto = await Mosquitto.create();
    publisher = await Publisher.connect(mosquitto.url);
  });
  afterAll(async () => {
    await publisher.close();
    await mosquitto.remove();
  });

  const open = async (
    clientId: string,
    handle: (client: MqttClient, packet: IPublishPacket, callback: (error?: Error) => void) => void,
  ): Promise<MqttClient> => {
    const client = connect(mosquitto.url, {
      manualConnect: true,
      protocolVersion: 5,
      clientId,
      clean: false,
      properties: { sessionExpiryInterval: 3600, receiveMaximum: 1000 },
    });
    client.handleMessage = (packet, callback) => handle(client, packet, callback);
    client.connect();
    await client.subscribeAsync(`${clientId}/#`, { qos: 1 });
    return client;
  };
  const publish = (clientId: string): Promise<number> =>
    publisher.publish(
      Array.from({ length: count }, (_, i) => ({ topic: `${clientId}/x`, payload: String(i) })),
    );

  it('is the version this was measured with', async () => {
    const manifest: unknown = JSON.parse(await readFile('package.json', 'utf8'));
    expect(manifest).toMatchObject({ dependencies: { mqtt: '5.16.0' } });
  });

  it('sends no PUBACK and goes on when handleMessage calls back with an error, even at once', async () => {
    const got: string[] = [];
    const errors: Error[] = [];
    const first = await open('error', (_, { payload }, callback) => {
      got.push(payload.toString());
      callback(new Error('not yet'));
    });
    first.on('error', (error) => errors.push(error));
    await publish('error');
    await eventually(() => expect(got).toHaveLength(count));
    await first.endAsync();
    expect(errors).toEqual([]);
    const again: IPublishPacket[] = [];
    const second = await open('error', (_, packet, callback) => {
      again.push(packet);
      callback();
    });
    await eventually(() => expect(again).toHaveLength(count));
    expect(again.every(({ dup }) => dup)).toBe(true);
    await second.endAsync();
  });

  it('hands over one packet at a time and none while the callback is outstanding', async () => {
    const waiting: (() => void)[] = [];
    const client = await open('hold', (_, _packet, callback) => waiting.push(() => callback()));
    await publish('hold');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(waiting).toHaveLength(1);
    waiting[0]?.();
    await eventually(() => expect(waiting).toHaveLength(2));
    await client.endAsync(true);
  });

  it('takes PUBACKs written to its own stream for acknowledgements of its packets', async () => {
    const got: number[] = [];
    const first = await open('own', (client, { messageId }, callback) => {
      got.push(messageId ?? 0);
      expect(client.stream.destroyed).toBe(false);
      callback(new Error('not yet'));
    });
    await publish('own');
    await eventually(() => expect(got).toHaveLength(count));
    first.stream.write(Buffer.concat(got.map((id) => Buffer.from([0x40, 2, id >> 8, id & 255]))));
    await first.endAsync();
    let again = 0;
    const second = await open('own', (_, _packet, callback) => {
      again++;
      callback();
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(again).toBe(0);
    await second.endAsync();
  });
});
