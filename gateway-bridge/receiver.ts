/**
 * Receive → spool → PUBACK. What comes is taken past mqtt.js (publish-tap.ts), so no PUBACK is mqtt.js's to send: we
 * write them ourselves, of a whole group at once, when its messages are durable.
 */
import type { MqttClient } from 'mqtt';
import { type Logger, messageOf, OutageLog, type RawMessage, type Spool } from '#core';
import type { BridgeMetrics } from './metrics.ts';
import { type Stream, tapPublishes } from './publish-tap.ts';

const retryMs = 500;
/** The spool takes no more; what is larger cannot be a ChirpStack event and is kept cut, to end as a dead letter. */
const payloadBytesMax = 1_048_576;
/** MQTT allows 64 KiB in UTF-8; ChirpStack's topics have about a hundred characters. */
const topicCharsMax = 20_000;
/** Bytes that may be in memory, received and not durable yet. */
const unackedBytesMax = 33_554_432;
/** Bytes handed to the spool at once: a small part of any spool, so that a nearly full one still takes it. */
const groupBytesMax = 1_048_576;

/** Messages that become durable together. */
interface Group {
  /** The connection they came by: only there their packet ids mean them. */
  readonly stream: Stream;
  readonly messages: RawMessage[];
  /** Of those at QoS 1; one at QoS 0 is not acknowledged. */
  readonly messageIds: number[];
  /** Of their payloads. */
  bytes: number;
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
  readonly divert: (topic: string, payload: Buffer) => boolean;
  readonly metrics: BridgeMetrics;
  readonly log: Logger;
}

export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #outage: OutageLog;
  /** The last one still grows. */
  readonly #groups: Group[] = [];
  #unacked = 0;
  #unackedBytes = 0;
  #committing: Promise<void> | undefined;
  /** Lets the connection be read on that waits for room. */
  #goOn: (() => void) | undefined;
  #keepalive: NodeJS.Timeout | undefined;
  #stopping = false;
  #wakeRetry: (() => void) | undefined;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#outage = new OutageLog(options.log, 'spool');
  }

  /** Takes over the client's incoming messages; to be called before it connects. */
  attach(): void {
    const taker = {
      mayCome: (goOn: () => void) => this.#mayCome(goOn),
      publish: (stream: Stream, topic: string, payload: Buffer, messageId: number) =>
        this.#receive(stream, topic, payload, messageId),
    };
    tapPublishes(this.#options.client, taker, payloadBytesMax);
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

  #receive(stream: Stream, topic: string, payload: Buffer, messageId: number): void {
    if (this.#options.divert(topic, payload)) {
      if (messageId !== 0 && stream.writable) stream.write(pubacks([messageId]));
      return;
    }
    if (this.#stopping) return;
    this.#options.metrics.received.inc();
    const group = this.#groupFor(stream, payload.length);
    group.messages.push({
      receivedAtMs: Date.now(),
      broker: this.#options.broker,
      topic: topic.length > topicCharsMax ? topic.slice(0, topicCharsMax) : topic,
      payload,
    });
    if (messageId !== 0) group.messageIds.push(messageId);
    group.bytes += payload.length;
    this.#unacked++;
    this.#unackedBytes += payload.length;
    this.#committing ??= this.#commitAll().finally(() => {
      this.#committing = undefined;
    });
  }

  #groupFor(stream: Stream, bytes: number): Group {
    const last = this.#groups.at(-1);
    if (last?.stream === stream && last.bytes + bytes <= groupBytesMax) return last;
    const group = { stream, messages: [], messageIds: [], bytes: 0 };
    this.#groups.push(group);
    return group;
  }

  #hasRoom(): boolean {
    return this.#unacked < this.#options.unackedMax && this.#unackedBytes < unackedBytesMax;
  }

  async #commitAll(): Promise<void> {
    // What arrives in the same turn of the event loop belongs to the same group.
    await new Promise(setImmediate);
    for (let group = this.#groups.shift(); group && !this.#stopping; group = this.#groups.shift()) {
      if (!(await this.#append(group.messages))) return;
      this.#acknowledge(group);
    }
  }

  /** Repeats until they are durable; false when stopped before. Nothing is acknowledged meanwhile. */
  async #append(messages: readonly RawMessage[]): Promise<boolean> {
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

  /** Writes the PUBACKs of a durable group to the connection its messages came by, if it still is the live one. */
  #acknowledge({ stream, messages, messageIds, bytes }: Group): void {
    this.#unacked -= messages.length;
    this.#unackedBytes -= bytes;
    const { client, metrics } = this.#options;
    if (stream !== client.stream || !stream.writable) {
      metrics.acksDropped.inc(messageIds.length);
    } else if (messageIds.length > 0) {
      stream.write(pubacks(messageIds));
      metrics.acknowledged.inc(messageIds.length);
    }
    if (this.#hasRoom()) this.#unblock();
  }

  /** At the limit the next message waits in its socket. */
  #mayCome(goOn: () => void): boolean {
    if (this.#stopping || this.#hasRoom()) return true;
    this.#goOn = goOn;
    this.#keepAlive();
    return false;
  }

  /** While nothing is read no PINGRESP is seen: we ping ourselves, and tell the client that all is well. */
  #keepAlive(): void {
    const { client, keepaliveS } = this.#options;
    this.#keepalive ??= setInterval(() => {
      if (!client.connected) return;
      client.sendPing();
      client.reschedulePing(true);
    }, keepaliveS * 500).unref();
    client.reschedulePing(true);
  }

  #unblock(): void {
    clearInterval(this.#keepalive);
    this.#keepalive = undefined;
    const goOn = this.#goOn;
    this.#goOn = undefined;
    goOn?.();
  }

  /** Lets the commit under way finish; what is not durable stays unacknowledged, and the broker sends it again. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wakeRetry?.();
    await this.#committing;
    this.#unblock();
  }
}

/** MQTT 5.0 and 3.1.1 §3.4: type 4, remaining length 2, packet id; no reason code means success. */
function pubacks(messageIds: readonly number[]): Buffer {
  const packets = Buffer.allocUnsafe(4 * messageIds.length);
  messageIds.forEach((messageId, index) => {
    packets.writeUInt32BE(0x4002_0000 + messageId, 4 * index);
  });
  return packets;
}
