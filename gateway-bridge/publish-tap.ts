import { ErrorWithReasonCode, type MqttClient, type StreamBuilder } from 'mqtt';
import { type Packets, PublishSplitter } from './publish-splitter.ts';

/** A connection: its socket, or what stands for it with TLS or WebSockets. */
export type Stream = MqttClient['stream'];

/** Who takes the PUBLISH packets of a client. */
export interface PublishTaker {
  /** Whether the next one may come. Where not, nothing more is read of its connection until `goOn` is called. */
  mayCome(goOn: () => void): boolean;
  /** One that came by `stream`; `messageId` is 0 at QoS 0. */
  publish(stream: Stream, topic: string, payload: Buffer, messageId: number): void;
}

/**
 * Hands the client's PUBLISH packets to `taker`, of this connection and of every later one; the client sees all other
 * packets. To be called before it connects.
 *
 * mqtt.js asks its stream builder for a stream at each connect and reads it by one `pipe` into its parser. That pipe is
 * ours; all else of the stream (writing, ending, closing, errors) stays as it is. tests/bridge/mqtt-behaviour.test.ts
 * holds the pinned version to this.
 */
export function tapPublishes(client: MqttClient, taker: PublishTaker, payloadBytesMax: number): void {
  // A property like any other, but private in mqtt.js's types.
  const build: StreamBuilder = Reflect.get(client, 'streamBuilder');
  const tapped: StreamBuilder = (...parts) => {
    const stream = build(...parts);
    // As its CONNECT says: where a broker refuses MQTT 5, the next connection has another one.
    const protocolVersion = client.options.protocolVersion ?? 4;
    stream.pipe = (rest) => {
      const splitter = new PublishSplitter(packetsOf(stream, rest, taker), protocolVersion, payloadBytesMax);
      stream.on('data', (chunk: Buffer) => split(stream, splitter, chunk));
      return rest;
    };
    return stream;
  };
  Reflect.set(client, 'streamBuilder', tapped);
}

function packetsOf(stream: Stream, rest: NodeJS.WritableStream, taker: PublishTaker): Packets {
  const goOn = (): void => void stream.resume();
  return {
    mayPublish() {
      // Ended by what came before; nothing more is for us.
      if (stream.destroyed) return false;
      if (taker.mayCome(goOn)) return true;
      stream.pause();
      return false;
    },
    publish: (topic, payload, messageId) => taker.publish(stream, topic, payload, messageId),
    rest(bytes) {
      // mqtt.js has handled it when this returns, so nothing behind it comes before it.
      if (rest.write(bytes)) return;
      stream.pause();
      rest.once('drain', goOn);
    },
  };
}

function split(stream: Stream, splitter: PublishSplitter, chunk: Buffer): void {
  try {
    const taken = splitter.take(chunk);
    if (taken < chunk.length && !stream.destroyed) stream.unshift(chunk.subarray(taken));
  } catch (cause) {
    if (!(cause instanceof ErrorWithReasonCode)) throw cause;
    // mqtt.js tells of it, as its code says, and connects again.
    stream.destroy(cause);
  }
}
