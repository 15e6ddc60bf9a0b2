import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type MqttClient } from 'mqtt';
import { type Component, type Health, type Logger, messageOf, OutageLog } from '#core';
import type { Encoding } from '../encoding.ts';
import type { DeviceCounts, DeviceDownlink } from './device.ts';
import type { GatewayOptions } from './gateway.ts';
import type { GatewayEvent } from './gateway-events.ts';
import { type Emission, type RadioDevice, RadioNetwork } from './network.ts';
import { type GatewayWords, gatewayWords } from './words.ts';

/** What time it is. */
export interface RadioClock {
  /** ms UTC. */
  now(): number;
  /** Resolves when it is that time, or at once when the signal aborts. */
  sleepUntil(timeMs: number, signal: AbortSignal): Promise<void>;
}

/** The machine's own. */
const machineClock: RadioClock = {
  now: Date.now,
  sleepUntil: (timeMs, signal) =>
    sleep(Math.max(0, timeMs - Date.now()), undefined, { signal }).catch(() => undefined),
};

/** A gateway, and what its messages are written in. */
export interface TransportGateway extends GatewayOptions {
  readonly encoding: Encoding;
}

export interface GatewayTransportOptions {
  /** Broker the network server listens to. */
  readonly mqttUrl: string;
  readonly log: Logger;
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed: number;
  readonly devices: readonly RadioDevice[];
  readonly gateways: readonly TransportGateway[];
  /** What devices want to send from `fromMs` (inclusive) to `toMs` (exclusive), ms UTC, by time. */
  readonly emissions: (fromMs: number, toMs: number) => Iterable<Emission>;
  /**
   * So many times faster the emissions follow each other, 1 by default. The radio keeps real time: windows open when they do, and
   * a device waits for its duty cycle.
   */
  readonly speed?: number;
  readonly onDownlink?: (downlink: DeviceDownlink) => void;
  /** The machine's clock where nothing is told. */
  readonly clock?: RadioClock;
}

/** Messages so far. */
export interface TransportCounts {
  published: number;
  /** Said while the broker was away: gateways keep nothing. */
  lost: number;
  commands: number;
  /** Commands nobody could read. */
  unreadable: number;
}

/** How often new emissions are looked for. */
const tickMs = 250;
/** Of a region with ChirpStack's own configuration for it. */
const topicPrefix = 'eu868';

/**
 * Gateways of a town on MQTT as ChirpStack 4 listens to them: publishes what they hear, obeys its commands. Begins when the
 * broker is there; devices are switched on then.
 */
export class GatewayTransport implements Component {
  readonly name = 'gateways';
  readonly counts: TransportCounts = { published: 0, lost: 0, commands: 0, unreadable: 0 };
  readonly #options: GatewayTransportOptions;
  readonly #clock: RadioClock;
  readonly #outage: OutageLog;
  readonly #words = new Map<string, GatewayWords>();
  readonly #stopping = new AbortController();
  #client: MqttClient | undefined;
  #network: RadioNetwork | undefined;
  #running: Promise<void> = Promise.resolve();
  #failure: string | undefined;

  constructor(options: GatewayTransportOptions) {
    this.#options = options;
    this.#clock = options.clock ?? machineClock;
    this.#outage = new OutageLog(options.log, "the gateways' broker");
  }

  /** Begins to connect and returns; what the broker's absence costs is in {@link health}. */
  async start(): Promise<void> {
    for (const { id, encoding } of this.#options.gateways) this.#words.set(id, await gatewayWords(encoding));
    const client = this.#connect();
    this.#client = client;
    this.#running = this.#run(client).catch((cause: unknown) => {
      this.#failure = messageOf(cause);
    });
  }

  /** What has been said is sent before the connection ends, where there is one. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#client?.endAsync(!this.#client.connected);
  }

  health(): Health {
    if (this.#failure !== undefined) return { status: 'down', detail: this.#failure };
    if (!this.#client?.connected)
      return { status: 'degraded', detail: this.#outage.reason || 'not connected yet' };
    const { devices } = this.#options;
    return { status: 'ok', detail: `${this.#network?.joined ?? 0} of ${devices.length} devices have joined` };
  }

  /** What each device has done so far, by DevEUI. */
  deviceCounts(): Map<string, DeviceCounts> {
    return this.#network?.counts() ?? new Map();
  }

  /** Connects again every second for as long as it is not stopped, also where the broker refuses us. */
  #connect(): MqttClient {
    const client = connect(this.#options.mqttUrl, {
      ...{ protocolVersion: 4, reconnectPeriod: 1000, reconnectOnConnackError: true },
      // Done with every connection; its own way forgets what was under way when one broke.
      resubscribe: false,
    });
    client.on('error', (cause) => this.#outage.away(`${messageOf(cause)}; trying again every second`));
    client.on('close', () => {
      if (!client.disconnecting) this.#outage.away('the connection is closed; trying again every second');
    });
    client.on('connect', () => {
      // What a device may answer to within a second must not wait for a fuller packet.
      if (client.stream instanceof Socket) client.stream.setNoDelay();
      this.#outage.back();
    });
    client.on('message', (topic, payload) => this.#obey(topic, payload));
    return client;
  }

  async #run(client: MqttClient): Promise<void> {
    const { signal } = this.#stopping;
    const { gateways, devices, seed, emissions, onDownlink, speed = 1 } = this.#options;
    await this.#subscribed(client);
    if (signal.aborted) return;
    const startMs = this.#clock.now();
    const network = new RadioNetwork({
      ...{ seed, startMs, devices, gateways, onEvent: (event) => this.#publish(event) },
      ...(onDownlink ? { onDownlink } : {}),
    });
    this.#network = network;
    const townMs = (timeMs: number): number => startMs + Math.floor((timeMs - startMs) * speed);
    for (let toldMs = startMs; !signal.aborted; ) {
      const nowMs = this.#clock.now();
      for (const emission of emissions(townMs(toldMs), townMs(nowMs)))
        network.send({ ...emission, timeMs: startMs + (emission.timeMs - startMs) / speed });
      toldMs = nowMs;
      network.advanceTo(nowMs);
      await this.#clock.sleepUntil(Math.min(network.nextMs, nowMs + tickMs), signal);
    }
  }

  /** Resolves when commands reach us for the first time, or when it is to stop. */
  #subscribed(client: MqttClient): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const topics = this.#options.gateways.map(({ id }) => `${topicPrefix}/gateway/${id}/command/+`);
    client.on('connect', () => {
      client.subscribe(topics, { qos: 0 }, (error) => {
        if (!error) resolve();
      });
    });
    this.#stopping.signal.addEventListener('abort', () => resolve(), { once: true });
    return promise;
  }

  #publish(event: GatewayEvent): void {
    const words = this.#words.get(event.gatewayId);
    if (!words || !this.#client?.connected) {
      this.counts.lost += 1;
      return;
    }
    this.counts.published += 1;
    const topic = `${topicPrefix}/gateway/${event.gatewayId}/event/${event.kind}`;
    this.#client.publish(topic, words.write(event), { qos: 0 });
  }

  /** A command, or a configuration: our gateways have the channels of EU868 and need none. */
  #obey(topic: string, payload: Buffer): void {
    this.counts.commands += 1;
    const [, , gatewayId = '', , kind] = topic.split('/');
    const words = this.#words.get(gatewayId);
    if (kind !== 'down' || !words || !this.#network) return;
    try {
      const command = words.read(payload);
      this.#network.advanceTo(this.#clock.now());
      this.#network.command(gatewayId, command);
    } catch (cause) {
      this.counts.unreadable += 1;
      // Whoever sends one sends many.
      if (this.counts.unreadable === 1)
        this.#options.log.warn(
          { topic, err: cause },
          'gateways: a command cannot be read; further ones are only counted',
        );
    }
  }
}
