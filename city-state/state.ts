import type { Component, DeviceDirectory, DeviceEvent, FeedValue, Health, StateSink, Uplink } from '#core';
import type {
  ChargingStation,
  CityView,
  EnvironmentStation,
  HistoryScope,
  ParkingSite,
  SiteChange,
  SiteKind,
} from './answers.ts';
import { parkingSite } from './bays.ts';
import { chargingStation } from './chargers.ts';
import { Device } from './device.ts';
import { createDirectory } from './directory.ts';
import { environmentStation, roomsTogether } from './environment.ts';
import { historyOf } from './history.ts';
import type { Assignment, Inventory } from './inventory.ts';
import type { Site } from './inventory-schema.ts';
import { type Look, lookingAt } from './known.ts';
import { publicKind } from './sites.ts';
import { devicesOf, deviceText, snapshotOf } from './snapshot.ts';

/** More devices than this are not followed: it bounds memory, whatever an application sends. */
const devicesMax = 200_000;
const tickIntervalMs = 200;
/** How often sites nothing was heard of are looked at again, because values grow old. */
const agingIntervalMs = 30_000;

interface CityStateOptions {
  readonly inventory: Inventory;
  /** The clock, in milliseconds UTC: only used to look at the city regularly while started, and for health. */
  readonly now: () => number;
}

/**
 * What is true in the city now: a pure function of the inventory, of what was applied in any order, and of the moment
 * asked for. `apply` only files things away; everything is worked out when someone asks.
 */
export class CityState implements StateSink, CityView, Component {
  readonly name = 'city-state';
  readonly #inventory: Inventory;
  readonly #directory: DeviceDirectory;
  readonly #now: () => number;
  readonly #assignmentsOf: ReadonlyMap<string, readonly Assignment[]>;
  readonly #sitesOfDevice: ReadonlyMap<string, readonly Site[]>;
  readonly #operators: ReadonlyMap<string, string>;
  readonly #listeners = new Set<(changes: readonly SiteChange[]) => void>();
  readonly #dirty = new Set<Site>();
  readonly #told = new Map<Site, string>();
  #devices = new Map<string, Device>();
  #changed = new Map<string, Device>();
  #agedAtMs = -Infinity;
  #overfullSinceMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor({ inventory, now }: CityStateOptions) {
    this.#inventory = inventory;
    this.#directory = createDirectory(inventory);
    this.#now = now;
    this.#assignmentsOf = Map.groupBy(inventory.assignments, ({ asset }) => asset);
    this.#sitesOfDevice = sitesOfDevices(inventory);
    this.#operators = new Map(inventory.organisations.map(({ id, name }) => [id, name]));
  }

  /** Of the inventory the answers are made with, see `Inventory.hash`. */
  get inventoryHash(): string {
    return this.#inventory.hash;
  }

  /** Files an uplink or event away; costs a few microseconds and computes nothing. */
  apply(translated: Uplink | DeviceEvent): { readonly duplicate: boolean } {
    if (translated.kind === 'event' && translated.readings.length === 0) return { duplicate: false };
    const device = this.#deviceOf(translated);
    if (device === undefined) return { duplicate: false };
    this.#markSites(translated.devEui);
    const { revision } = device;
    let duplicate = false;
    if (translated.kind === 'uplink') duplicate = device.applyUplink(translated);
    else device.applyEvent(translated);
    if (device.revision !== revision) this.#changed.set(translated.devEui, device);
    return { duplicate };
  }

  /** Every device, as {@link takeDevice} takes it; each is written when it is asked for. */
  *devices(): Generator<FeedValue> {
    for (const [devEui, device] of this.#devices) yield feedValue(devEui, device);
  }

  /** The devices that changed since this was last called. */
  *changedDevices(): Generator<FeedValue> {
    const changed = this.#changed;
    this.#changed = new Map();
    for (const [devEui, device] of changed) yield feedValue(devEui, device);
  }

  /**
   * Takes all that another process knows of a device in place of what was known of it here.
   * @param value of {@link devices} or {@link changedDevices}
   * @throws {Error} where it is none, or one of a release that writes otherwise; the state is then as it was
   */
  takeDevice(value: string): void {
    for (const [devEui, device] of devicesOf(value)) {
      if (!this.#hasRoomFor(devEui, this.#now())) continue;
      this.#devices.set(devEui, device);
      this.#markSites(devEui);
    }
  }

  chargingStations(nowMs: number): ChargingStation[] {
    return this.#answers('charging', nowMs, chargingStation);
  }

  parkingSites(nowMs: number): ParkingSite[] {
    return this.#answers('parking', nowMs, parkingSite);
  }

  environmentStations(nowMs: number): EnvironmentStation[] {
    return this.#answers('environment', nowMs, environmentAnswer);
  }

  historyScope(kind: SiteKind, siteId: string): HistoryScope | undefined {
    const site = this.#inventory.sites.find((one) => one.id === siteId && publicKind(one) === kind);
    return site === undefined ? undefined : historyOf(site);
  }

  onChange(listener: (changes: readonly SiteChange[]) => void): () => void {
    // A function of its own, so that a listener given twice is called twice and ends once at a time.
    const called = (changes: readonly SiteChange[]): void => listener(changes);
    this.#listeners.add(called);
    return () => {
      this.#listeners.delete(called);
    };
  }

  /**
   * Tells listeners which sites' answers have changed since they were last told. Looks at the sites something was heard
   * of, and every 30 s at all of them. While nobody listens it does nothing and forgets nothing.
   */
  tick(nowMs: number): void {
    if (this.#listeners.size === 0) return;
    const aging = Math.abs(nowMs - this.#agedAtMs) >= agingIntervalMs;
    const changes: SiteChange[] = [];
    const look = this.#look(nowMs);
    for (const site of aging ? this.#inventory.sites : this.#dirty) {
      const change = this.#changeOf(site, look);
      if (change === undefined) continue;
      const text = JSON.stringify(change);
      const before = this.#told.get(site);
      if (text === before) continue;
      this.#told.set(site, text);
      // What is seen for the first time is a change only if something was heard of it meanwhile.
      if (before !== undefined || this.#dirty.has(site)) changes.push(change);
    }
    this.#dirty.clear();
    if (aging) this.#agedAtMs = nowMs;
    if (changes.length > 0) for (const listener of [...this.#listeners]) listener(changes);
  }

  snapshot(): string {
    return snapshotOf(this.#devices);
  }

  /**
   * Takes the place of all that was applied so far.
   * @throws {Error} where the text is no snapshot, or one of another version; the state is then as it was
   */
  restore(snapshot: string): void {
    this.#devices = devicesOf(snapshot);
    this.#changed = new Map(this.#devices);
    for (const site of this.#inventory.sites) this.#dirty.add(site);
  }

  async start(): Promise<void> {
    this.#timer ??= setInterval(() => this.tick(this.#now()), tickIntervalMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  health(): Health {
    if (this.#overfullSinceMs === undefined) return { status: 'ok' };
    return {
      status: 'degraded',
      detail: `more than ${devicesMax} devices were heard of: the others are stored, but not in the live state`,
      sinceMs: this.#overfullSinceMs,
    };
  }

  #deviceOf({ devEui, receivedAtMs }: Uplink | DeviceEvent): Device | undefined {
    const known = this.#devices.get(devEui);
    if (known !== undefined) return known;
    if (!this.#hasRoomFor(devEui, receivedAtMs)) return undefined;
    const device = new Device(Math.floor(receivedAtMs));
    this.#devices.set(devEui, device);
    return device;
  }

  #hasRoomFor(devEui: string, nowMs: number): boolean {
    if (this.#devices.size < devicesMax || this.#devices.has(devEui)) return true;
    this.#overfullSinceMs ??= nowMs;
    return false;
  }

  #markSites(devEui: string): void {
    for (const site of this.#sitesOfDevice.get(devEui) ?? []) this.#dirty.add(site);
  }

  #look(nowMs: number): Look {
    const sources = {
      assignmentsOf: this.#assignmentsOf,
      devices: this.#devices,
      directory: this.#directory,
    };
    return lookingAt(sources, nowMs);
  }

  #answers<Answer>(
    kind: SiteKind,
    nowMs: number,
    answer: (site: Site, operator: string, look: Look) => Answer,
  ): Answer[] {
    const look = this.#look(nowMs);
    return this.#inventory.sites
      .filter((site) => publicKind(site) === kind)
      .map((site) => answer(site, this.#operatorOf(site), look));
  }

  /** What the site answers; undefined where it is none of the public's. */
  #changeOf(site: Site, look: Look): SiteChange | undefined {
    const operator = this.#operatorOf(site);
    switch (publicKind(site)) {
      case 'charging':
        return { kind: 'charging', site: chargingStation(site, operator, look) };
      case 'parking':
        return { kind: 'parking', site: parkingSite(site, operator, look) };
      case 'environment':
        return { kind: 'environment', site: environmentAnswer(site, operator, look) };
      case undefined:
        return undefined;
    }
  }

  #operatorOf(site: Site): string {
    return this.#operators.get(site.organisation) ?? site.organisation;
  }
}

function environmentAnswer(site: Site, operator: string, look: Look): EnvironmentStation {
  return site.kind === 'building'
    ? roomsTogether(site, operator, look)
    : environmentStation(site, operator, look);
}

function feedValue(devEui: string, device: Device): FeedValue {
  return { key: devEui, revision: device.revision, value: deviceText(devEui, device) };
}

/** The sites whose answers a device can change, by any of its assignments. */
function sitesOfDevices({ sites, assignments }: Inventory): Map<string, Site[]> {
  const siteOf = new Map(sites.flatMap((site) => site.assets.map(({ id }) => [id, site] as const)));
  const byDevice = new Map<string, Set<Site>>();
  for (const { device, asset } of assignments) {
    const site = siteOf.get(asset);
    if (site !== undefined) byDevice.set(device, (byDevice.get(device) ?? new Set()).add(site));
  }
  return new Map([...byDevice].map(([device, itsSites]) => [device, [...itsSites]]));
}
