import { type Draw, drawOf, whole } from '../draw.ts';
import { type Location, type Path, pathBetween } from '../propagation.ts';
import { Rng } from '../rng.ts';
import { Agenda } from './agenda.ts';
import { Device, type DeviceCounts, type DeviceDownlink } from './device.ts';
import type { DeviceKeys } from './frames.ts';
import { Gateway, type GatewayOptions } from './gateway.ts';
import type { DownlinkCommand, GatewayEvent } from './gateway-events.ts';
import type { Transmission } from './receive-windows.ts';

/** What a device wants to say, and when; ms UTC. */
export interface Emission {
  readonly timeMs: number;
  /** 16 lower-case hex digits. */
  readonly devEui: string;
  /** 1 to 223. */
  readonly fPort: number;
  readonly bytes: Uint8Array;
  readonly confirmed?: boolean;
}

/** A device, and where it stands. */
export interface RadioDevice {
  readonly keys: DeviceKeys;
  readonly location: Location;
}

export interface RadioNetworkOptions {
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed: number;
  /** When devices and gateways are switched on, ms UTC. */
  readonly startMs: number;
  readonly devices: readonly RadioDevice[];
  readonly gateways: readonly GatewayOptions[];
  /** What a gateway says, in order of time. */
  readonly onEvent: (event: GatewayEvent) => void;
  /** What a device's application was sent. */
  readonly onDownlink?: (downlink: DeviceDownlink) => void;
}

const statsEveryMs = 30_000;
/** Devices are switched on within so long, not all at once: an answer in the second window keeps a gateway busy for two seconds. */
const switchOnMsMin = 60_000;
const switchOnMsEach = 2000;
/** A join counter starts with the half hours since then, so a simulation started again goes on where none has been. */
const nonceOriginMs = Date.UTC(2026, 0, 1);
const nonceStepMs = 1_800_000;

/** A device with its ways to the gateways. */
interface Station {
  readonly device: Device;
  readonly paths: readonly { readonly gateway: Gateway; readonly path: Path }[];
  frames: number;
}

/**
 * The air of a town: devices, gateways, and what passes between them. It has no clock: {@link advanceTo} lets time pass, and
 * the same calls give the same bytes.
 */
export class RadioNetwork {
  readonly #options: RadioNetworkOptions;
  readonly #agenda = new Agenda();
  readonly #gateways: ReadonlyMap<string, Gateway>;
  readonly #stations: ReadonlyMap<string, Station>;
  /** Those with a window open or to be opened. */
  readonly #listening = new Set<Station>();
  #nowMs: number;

  constructor(options: RadioNetworkOptions) {
    const { seed, startMs, gateways, devices } = options;
    this.#options = options;
    this.#nowMs = startMs;
    this.#gateways = new Map(
      gateways.map((one) => [one.id, new Gateway(one, rngOf(drawOf(seed, `gateway ${one.id}`)), startMs)]),
    );
    this.#stations = new Map(devices.map((one) => [one.keys.devEui, this.#stationOf(one)]));
    for (const station of this.#stations.values()) this.#planWake(station);
    for (const gateway of this.#gateways.values()) {
      const phase = drawOf(seed, `stats ${gateway.options.id}`)(0);
      this.#planStats(gateway, startMs + Math.floor(phase * statsEveryMs));
    }
  }

  /** How far time has passed, ms UTC. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** When the next thing happens, ms UTC. */
  get nextMs(): number {
    return this.#agenda.nextMs;
  }

  get joined(): number {
    return [...this.#stations.values()].filter(({ device }) => device.joined).length;
  }

  /** What each device has done so far, by DevEUI. */
  counts(): Map<string, DeviceCounts> {
    return new Map([...this.#stations].map(([devEui, { device }]) => [devEui, { ...device.counts }]));
  }

  /** A device will want to say something; one that is not here says nothing. @throws {RangeError} where the port is none */
  send({ timeMs, devEui, fPort, bytes, confirmed = false }: Emission): void {
    const station = this.#stations.get(devEui);
    if (!station) return;
    this.#agenda.plan(Math.max(timeMs, this.#nowMs), () => {
      station.device.push({ fPort, bytes, confirmed });
      this.#planWake(station);
    });
  }

  /** A command of the network server reaches a gateway now; one that is not here does nothing. */
  command(gatewayId: string, command: DownlinkCommand): void {
    const gateway = this.#gateways.get(gatewayId);
    if (!gateway) return;
    const { ack, planned } = gateway.command(command, this.#nowMs);
    this.#options.onEvent(ack);
    if (planned) this.#agenda.plan(planned.startMs, () => this.#broadcast(gateway, planned));
  }

  /** Lets time pass. */
  advanceTo(timeMs: number): void {
    while (this.#agenda.nextMs <= timeMs) {
      this.#nowMs = Math.max(this.#nowMs, this.#agenda.nextMs);
      this.#agenda.step();
    }
    this.#nowMs = Math.max(this.#nowMs, timeMs);
  }

  #stationOf({ keys, location }: RadioDevice): Station {
    const { seed, startMs, devices } = this.#options;
    const { devEui } = keys;
    const switchOnMs = Math.max(switchOnMsMin, switchOnMsEach * devices.length);
    const draw = drawOf(seed, `lorawan ${devEui}`);
    const device = new Device({
      ...{ keys, startMs: startMs + Math.floor(draw(1) * switchOnMs), battery: whole(draw(2), 120, 254) },
      devNonceFrom: Math.max(0, Math.floor((startMs - nonceOriginMs) / nonceStepMs)) & 0xffff,
      rng: rngOf(draw),
    });
    const paths = [...this.#gateways.values()].map((gateway) => ({
      ...{ gateway },
      path: pathBetween(seed, `${devEui} ${gateway.options.id}`, location, gateway.options.location),
    }));
    return { device, paths, frames: 0 };
  }

  #planWake(station: Station): void {
    const { wakeMs } = station.device;
    if (wakeMs === Number.POSITIVE_INFINITY) return;
    this.#agenda.plan(Math.max(wakeMs, this.#nowMs), () => this.#wake(station));
  }

  /** A device that has been given another time meanwhile is not due; then there is another entry for it. */
  #wake(station: Station): void {
    const { device } = station;
    if (device.wakeMs > this.#nowMs) return;
    const sent = device.wake(this.#nowMs);
    if (sent) {
      this.#listening.add(station);
      station.frames += 1;
      const frame = station.frames;
      this.#agenda.plan(sent.endMs, () => this.#arrive(station, sent, frame));
    } else this.#listening.delete(station);
    this.#planWake(station);
  }

  #arrive({ paths }: Station, sent: Transmission, frame: number): void {
    for (const { gateway, path } of paths) {
      const reception = path.reception(sent.eirpDbm, sent, frame);
      const event = reception && gateway.hear(sent, reception);
      if (event) this.#options.onEvent(event);
    }
  }

  /** A gateway begins to send. */
  #broadcast(gateway: Gateway, sent: Transmission): void {
    for (const station of this.#listening) {
      const path = station.paths.find((one) => one.gateway === gateway)?.path;
      // Named apart from uplinks, whose numbers are positive.
      const reception = path?.reception(sent.eirpDbm, sent, -2 - station.frames);
      if (!reception?.ok || !station.device.catches(sent)) continue;
      this.#agenda.plan(sent.endMs, () => {
        const downlink = station.device.receive(sent.phy, reception.snrDb, this.#nowMs);
        if (downlink) this.#options.onDownlink?.(downlink);
        if (!station.device.listens) this.#listening.delete(station);
        this.#planWake(station);
      });
    }
  }

  #planStats(gateway: Gateway, timeMs: number): void {
    this.#agenda.plan(timeMs, () => {
      const { id: gatewayId } = gateway.options;
      // Whole seconds, as the gateway's software tells them.
      const atMs = 1000 * Math.floor(timeMs / 1000);
      this.#options.onEvent({ kind: 'stats', gatewayId, timeMs: atMs, counts: gateway.takeCounts() });
      this.#planStats(gateway, timeMs + statsEveryMs);
    });
  }
}

function rngOf(draw: Draw): Rng {
  return new Rng(whole(draw(0), 0, 2 ** 32 - 1));
}
