/**
 * What gateway-bridge/publish-tap.ts and receiver.ts rely on in the pinned mqtt.js. If this fails after an update,
 * receiving and acknowledging have to be looked at again before anything else.
 */
import { readFile } from 'node:fs/promises';
import { connect, ErrorWithReasonCode, type MqttClient, type StreamBuilder } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mosquitto } from '../services/mosquitto.ts';
import { eventually, missing } from '../services/programs.ts';
import { Publisher } from '../services/publisher.ts';

const count = 60;
type Stream = MqttClient['stream'];

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

  /** A client, not connected yet, whose streams are shown to `built` before the client has them. */
  const create = (clientId: string, built: (stream: Stream) => void): MqttClient => {
    const client = connect(mosquitto.url, {
      manualConnect: true,
      protocolVersion: 5,
      clientId,
      clean: false,
      reconnectPeriod: 50,
      properties: { sessionExpiryInterval: 3600, receiveMaximum: 1000 },
    });
    const build: StreamBuilder = Reflect.get(client, 'streamBuilder');
    const shown: StreamBuilder = (...parts) => {
      const stream = build(...parts);
      built(stream);
      return stream;
    };
    Reflect.set(client, 'streamBuilder', shown);
    return client;
  };

  const connected = (client: MqttClient): Promise<void> =>
    new Promise((resolve) => client.once('connect', () => resolve()));

  it('is the version this was measured with', async () => {
    const manifest: unknown = JSON.parse(await readFile('package.json', 'utf8'));
    expect(manifest).toMatchObject({ dependencies: { mqtt: '5.16.0' } });
  });

  it('asks its stream builder for a stream at each connect, and reads it by one pipe alone', async () => {
    const streams: Stream[] = [];
    const piped: Stream[] = [];
    const client = create('pipe', (stream) => {
      streams.push(stream);
      const pipe = stream.pipe.bind(stream);
      stream.pipe = (rest) => {
        expect([stream.listenerCount('data'), stream.listenerCount('readable')]).toEqual([0, 0]);
        piped.push(stream);
        return pipe(rest);
      };
    });
    client.connect();
    await connected(client);
    client.stream.destroy();
    await connected(client);
    expect(streams).toHaveLength(2);
    expect(piped).toEqual(streams);
    expect(client.stream).toBe(streams[1]);
    expect([client.stream.listenerCount('data'), client.stream.listenerCount('readable')]).toEqual([1, 0]);
    await client.endAsync();
  });

  it('has handled a packet when the write of it to that pipe returns', async () => {
    const seen: string[] = [];
    const client = create('at-once', (stream) => {
      stream.pipe = (rest) => {
        stream.on('data', (chunk: Buffer) => {
          seen.push('come');
          rest.write(chunk);
          seen.push('written');
        });
        return rest;
      };
    });
    client.on('packetreceive', ({ cmd }) => seen.push(cmd));
    client.connect();
    await connected(client);
    await client.subscribeAsync('at-once/#', { qos: 1 });
    expect(seen).toEqual(['come', 'connack', 'written', 'come', 'suback', 'written']);
    await client.endAsync();
  });

  it('tells of an error with a code that ends its stream, and connects again', async () => {
    const client = create('broken', () => {});
    client.connect();
    await connected(client);
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    const again = connected(client);
    const error = new ErrorWithReasonCode('not as it should be', 0x81);
    client.stream.destroy(error);
    await again;
    expect(errors).toEqual([error]);
    await client.endAsync();
  });

  it('leaves PUBACKs of packets it has not seen to those who write them to its stream', async () => {
    let swallowed = '';
    const swallow = (stream: Stream): void => {
      stream.pipe = (rest) => {
        stream.on('data', (chunk: Buffer) => {
          if ((chunk[0] ?? 0) >> 4 === 3) swallowed += chunk.toString('latin1');
          else rest.write(chunk);
        });
        return rest;
      };
    };
    const first = create('own', swallow);
    first.connect();
    await first.subscribeAsync('own/#', { qos: 1 });
    await publisher.publish(Array.from({ length: count }, () => ({ topic: 'own/x', payload: 'message' })));
    await eventually(() => expect(swallowed.split('message')).toHaveLength(count + 1));
    // Packet ids of a new session count from 1.
    for (let id = 1; id <= count; id++) first.stream.write(Buffer.from([0x40, 2, id >> 8, id & 255]));
    expect(Object.keys(first.outgoing)).toEqual([]);
    await first.endAsync();
    swallowed = '';
    const second = create('own', swallow);
    second.connect();
    await connected(second);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(swallowed).toBe('');
    await second.endAsync();
  });
});
