/**
 * Receive → spool → PUBACK.
 *
 * mqtt.js handles one QoS 1 packet at a time: it acknowledges and goes on when `handleMessage` calls back. Waiting there
 * for the disk would give one message per fsync and keep the client from seeing its own PINGRESP. So we call back at
 * once, with an error: mqtt.js then sends no PUBACK and goes on to the next packet. The PUBACKs are ours to write, when
 * the messages are durable. tests/bridge/mqtt-behaviour.test.ts holds the pinned version to this.
 */
import type { IPublishPacket, MqttClient } from 'mqtt';
import { type Logger, messageOf, OutageLog, type RawMessage, type Spool } from '#core';
import type { BridgeMetrics } from './metrics.ts';

const retryMs = 500;
/** The spool takes no more; what is larger cannot be a ChirpStack event and is kept cut, to end as a dead letter. */
const payloadBytesMax = 1_048_576;
/** MQTT allows 64 KiB in UTF-8; ChirpStack's topics have about a hundred characters. */
const topicCharsMax = 20_000;
/** Bytes that may be in memory, received and not durable yet. */
const unackedBytesMax = 33_554_432;
/** Bytes handed to the spool at once: a small part of any spool, so that a nearly full one still takes it. */
const batchBytesMax = 1_048_576;
const notYet = new Error('acknowledged later, when durable');

type Stream = MqttClient['stream'];

interface Received {
  readonly message: RawMessage;
  /** The connection it came by: only there its packet id means this message. */
  readonly stream: Stream;
  /** Undefined for QoS 0, which is not acknowledged. */
  readonly messageId: number | undefined;
}

export interface ReceiverOptions {
  readonly client: MqttClient;
  readonly spool: Pick<Spool, 'append'>;
  /** Name of the broker connection, kept with each message. */
  readonly broker: string;
  /** Messages that may be in memory, received and not durable yet. */
  readonly unackedMax: number;
  readonly keepaliveS: number;
  /** Takes messages that are not for the spool; they are acknowledged at once. */
  readonly divert: (packet: IPublishPacket) => boolean;
  readonly metrics: BridgeMetrics;
  readonly log: Logger;
}

export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #outage: OutageLog;
  #received: Received[] = [];
  #unacked = 0;
  #unackedBytes = 0;
  #committing: Promise<void> | undefined;
  #blocked: (() => void)[] = [];
  #keepalive: NodeJS.Timeout | undefined;
  #stopping = false;
  #wakeRetry: (() => void) | undefined;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#outage = new OutageLog(options.log, 'spool');
  }

  /** Takes over the client's incoming messages; to be called before it connects. */
  attach(): void {
    this.#options.client.handleMessage = (packet, callback) => {
      if (this.#options.divert(packet)) callback();
      else this.#receive(packet, () => callback(notYet));
    };
  }

  /** Messages in memory that are not durable yet. */
  get unacked(): number {
    return this.#unacked;
  }

  /** Why nothing can be acknowledged at the moment, if so. */
  get problem(): { readonly reason: string; readonly sinceMs: number } | undefined {
    const { sinceMs, reason } = this.#outage;
    return sinceMs === undefined ? undefined : { reason, sinceMs };
  }

  #receive(packet: IPublishPacket, goOn: () => void): void {
    if (this.#stopping) {
      goOn();
      return;
    }
    const message = this.#rawMessage(packet);
    this.#received.push({
      message,
      stream: this.#options.client.stream,
      messageId: packet.qos === 0 ? undefined : packet.messageId,
    });
    this.#unacked++;
    this.#unackedBytes += message.payload.length;
    this.#committing ??= this.#commitAll().finally(() => {
      this.#committing = undefined;
    });
    if (this.#hasRoom()) goOn();
    else this.#block(goOn);
  }

  #hasRoom(): boolean {
    return this.#unacked < this.#options.unackedMax && this.#unackedBytes < unackedBytesMax;
  }

  #rawMessage(packet: IPublishPacket): RawMessage {
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    this.#options.metrics.received.inc();
    return {
      receivedAtMs: Date.now(),
      broker: this.#options.broker,
      topic: packet.topic.slice(0, topicCharsMax),
      // Copied where it is cut: a view would keep all of it in memory.
      payload: payload.length > payloadBytesMax ? Buffer.from(payload.subarray(0, payloadBytesMax)) : payload,
    };
  }

  async #commitAll(): Promise<void> {
    // What arrives in the same turn of the event loop belongs to the same group.
    await new Promise(setImmediate);
    while (this.#received.length > 0 && !this.#stopping) {
      const batch = this.#takeBatch();
      if (!(await this.#append(batch))) return;
      this.#acknowledge(batch);
    }
  }

  #takeBatch(): Received[] {
    let bytes = 0;
    const end = this.#received.findIndex(({ message }, index) => {
      bytes += message.payload.length;
      return index > 0 && bytes > batchBytesMax;
    });
    return this.#received.splice(0, end === -1 ? this.#received.length : end);
  }

  /** Repeats until the batch is durable; false when stopped before. Nothing of it is acknowledged meanwhile. */
  async #append(batch: readonly Received[]): Promise<boolean> {
    const messages = batch.map(({ message }) => message);
    while (!this.#stopping) {
      try {
        await this.#options.spool.append(messages);
        this.#outage.back();
        return true;
      } catch (cause) {
        this.#outage.away(`${messageOf(cause)}; nothing is acknowledged until it takes messages again`);
        await this.#pause();
      }
    }
    return false;
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, retryMs);
      this.#wakeRetry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Writes the PUBACKs of a durable batch to the connection the messages came by, if it still is the live one. */
  #acknowledge(batch: readonly Received[]): void {
    this.#unacked -= batch.length;
    for (const { message } of batch) this.#unackedBytes -= message.payload.length;
    const live = this.#options.client.stream;
    const acks = Buffer.allocUnsafe(4 * batch.length);
    let bytes = 0;
    for (const { stream, messageId } of batch) {
      if (messageId === undefined) continue;
      if (stream !== live || live.destroyed) {
        this.#options.metrics.acksDropped.inc();
        continue;
      }
      // MQTT 5.0 §3.4 and MQTT 3.1.1 §3.4: type 4, remaining length 2, packet id; no reason code means success.
      acks[bytes] = 0x40;
      acks[bytes + 1] = 0x02;
      acks.writeUInt16BE(messageId, bytes + 2);
      bytes += 4;
    }
    if (bytes > 0) live.write(acks.subarray(0, bytes));
    this.#options.metrics.acknowledged.inc(bytes / 4);
    if (this.#hasRoom()) this.#unblock();
  }

  /** At the limit the next packet waits in the socket. The connection is kept alive from here, as no PINGRESP is seen. */
  #block(goOn: () => void): void {
    this.#blocked.push(goOn);
    this.#keepalive ??= setInterval(() => {
      const { client } = this.#options;
      if (!client.connected) return;
      client.sendPing();
      client.reschedulePing(true);
    }, this.#options.keepaliveS * 500).unref();
    this.#options.client.reschedulePing(true);
  }

  #unblock(): void {
    clearInterval(this.#keepalive);
    this.#keepalive = undefined;
    const blocked = this.#blocked;
    this.#blocked = [];
    for (const goOn of blocked) goOn();
  }

  /** Lets the commit under way finish; what is not durable stays unacknowledged, and the broker sends it again. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wakeRetry?.();
    await this.#committing;
    this.#unblock();
  }
}
