import type {
  Applied,
  Component,
  DeviceDirectory,
  DeviceEvent,
  FeedValue,
  Health,
  StateSink,
  Uplink,
} from '#core';
import { type Groups, group, type Whereabouts } from './alike.ts';
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
import { FrameTally, type Hearing, hearingOf, isStuck } from './hearing.ts';
import { historyOf } from './history.ts';
import type { Assignment, Inventory } from './inventory.ts';
import type { Site } from './inventory-schema.ts';
import { type Look, lookingAt } from './known.ts';
import { devicesOf, rowOf } from './rows.ts';
import { publicKind } from './sites.ts';

/** More devices than this are not followed: it bounds memory, whatever an application sends. */
const devicesMax = 200_000;
/** Listeners are told so soon after the first change, and not again for so long. */
const tellAfterMs = 10;
const tellEveryMs = 100;
/** How often is looked whether sites have to be looked at again. */
const agingCheckMs = 1000;
/** How often sites nothing was heard of are looked at again, because values grow old. */
const agingIntervalMs = 30_000;

const nothingOfIt: Applied = { duplicate: false, repeated: false };

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
  readonly #whereabouts: Whereabouts;
  readonly #now: () => number;
  readonly #assignmentsOf: ReadonlyMap<string, readonly Assignment[]>;
  readonly #sitesOfDevice: ReadonlyMap<string, readonly Site[]>;
  /** DevEUIs. */
  readonly #assigned: ReadonlySet<string>;
  readonly #frames = new FrameTally();
  readonly #operators: ReadonlyMap<string, string>;
  readonly #listeners = new Set<(changes: readonly SiteChange[]) => void>();
  readonly #dirty = new Set<Site>();
  readonly #told = new Map<Site, string>();
  #devices = new Map<string, Device>();
  /** DevEUIs of the devices marked as untold. */
  #changed: string[] = [];
  #agedAtMs = -Infinity;
  #overfullSinceMs: number | undefined;
  #aging: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #toldAtMs = -Infinity;

  constructor({ inventory, now }: CityStateOptions) {
    this.#inventory = inventory;
    this.#directory = createDirectory(inventory);
    this.#whereabouts = { directory: this.#directory, kindOf: kindsOf(inventory) };
    this.#now = now;
    this.#assignmentsOf = Map.groupBy(inventory.assignments, ({ asset }) => asset);
    this.#sitesOfDevice = sitesOfDevices(inventory);
    this.#assigned = new Set(inventory.assignments.map(({ device }) => device));
    this.#operators = new Map(inventory.organisations.map(({ id, name }) => [id, name]));
  }

  /** Of the inventory the answers are made with, see `Inventory.hash`. */
  get inventoryHash(): string {
    return this.#inventory.hash;
  }

  /** Files an uplink or event away; costs a few microseconds and computes nothing. */
  apply(translated: Uplink | DeviceEvent, early = false): Applied {
    if (translated.kind === 'event' && translated.readings.length === 0) return nothingOfIt;
    const device = this.#deviceOf(translated);
    if (device === undefined) return nothingOfIt;
    this.#markSites(device);
    const { revision } = device;
    let applied = nothingOfIt;
    if (translated.kind === 'uplink') {
      const frame = device.applyUplink(translated, early);
      applied = { duplicate: frame.cameAsCopy, repeated: frame.following === 'again' };
      this.#frames.count(frame);
    } else device.applyEvent(translated);
    if (device.revision !== revision) this.#untold(translated.devEui, device);
    return applied;
  }

  /** What frame counters told since the start. */
  get frameTally(): Readonly<FrameTally> {
    return this.#frames;
  }

  /** How many devices are heard how, at a moment (ms UTC); costs about a microsecond for each of the inventory. */
  hearing(nowMs: number): Hearing {
    const hearing = { 'in time': 0, late: 0, silent: 0, never: 0, unassigned: this.#devices.size };
    for (const devEui of this.#assigned) {
      const device = this.#devices.get(devEui);
      hearing[hearingOf(device, nowMs)]++;
      if (device !== undefined) hearing.unassigned--;
    }
    return hearing;
  }

  /** How many devices of the inventory seem to be stuck; costs as {@link hearing} does. */
  get stuckDevices(): number {
    let count = 0;
    for (const devEui of this.#assigned) {
      const device = this.#devices.get(devEui);
      if (device !== undefined && isStuck(device)) count++;
    }
    return count;
  }

  /** What devices of the inventory say at a moment (ms UTC), to be compared; costs about half a microsecond a series. */
  alike(nowMs: number): Groups {
    const groups: Groups = new Map();
    for (const devEui of this.#assigned) {
      const device = this.#devices.get(devEui);
      if (device !== undefined) group(devEui, device, this.#whereabouts, nowMs, groups);
    }
    return groups;
  }

  /** Every device, as {@link takeDevice} takes it; each is written when it is asked for. */
  *devices(): Generator<FeedValue> {
    for (const [devEui, device] of this.#devices) yield feedValue(devEui, device);
  }

  /** The devices that changed since this was last called. */
  *changedDevices(): Generator<FeedValue> {
    const changed = this.#changed;
    this.#changed = [];
    for (const devEui of changed) {
      const device = this.#devices.get(devEui);
      if (device !== undefined) device.isUntold = false;
    }
    for (const devEui of changed) {
      const device = this.#devices.get(devEui);
      if (device !== undefined) yield feedValue(devEui, device);
    }
  }

  #untold(devEui: string, device: Device): void {
    if (device.isUntold) return;
    device.isUntold = true;
    this.#changed.push(devEui);
  }

  /**
   * Takes all that another process knows of a device in place of what was known of it here.
   * @param value of {@link devices} or {@link changedDevices}
   * @throws {Error} where it is none, or one of a release that writes otherwise; the state is then as it was
   */
  takeDevice(value: string): void {
    const bytes = value.startsWith('{') ? Buffer.from(value) : Buffer.from(value, 'base64');
    for (const [devEui, device] of devicesOf(bytes)) {
      if (!this.#hasRoomFor(devEui, this.#now())) continue;
      this.#devices.set(devEui, this.#placed(devEui, device));
      this.#markSites(device);
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

  /** See `StateSink.rows`: one row a device, written when it is asked for, and gone when the next one is. */
  *rows(which: 'all' | 'changed'): Generator<Uint8Array> {
    for (const [devEui, device] of this.#devices) {
      if (which === 'changed' && !device.isUnsaved) continue;
      device.saved();
      yield rowOf(devEui, device);
    }
  }

  /**
   * Takes the place of all that was applied so far.
   * @param rows of {@link rows}, a later one of a device in place of an earlier one; or the snapshot of an earlier release
   * @throws {Error} where one cannot be read; the state is then as it was
   */
  restore(rows: Iterable<Uint8Array>): void {
    const devices = new Map<string, Device>();
    for (const row of rows)
      for (const [devEui, device] of devicesOf(row)) devices.set(devEui, this.#placed(devEui, device));
    this.#devices = devices;
    this.#changed = [];
    for (const [devEui, device] of devices) this.#untold(devEui, device);
    for (const site of this.#inventory.sites) this.#dirty.add(site);
  }

  async start(): Promise<void> {
    this.#aging ??= setInterval(() => this.#tell(), agingCheckMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#aging);
    clearTimeout(this.#soon);
    this.#aging = undefined;
    this.#soon = undefined;
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
    const device = this.#placed(devEui, new Device(Math.floor(receivedAtMs)));
    this.#devices.set(devEui, device);
    return device;
  }

  #placed(devEui: string, device: Device): Device {
    device.sites = this.#sitesOfDevice.get(devEui) ?? [];
    return device;
  }

  #hasRoomFor(devEui: string, nowMs: number): boolean {
    if (this.#devices.size < devicesMax || this.#devices.has(devEui)) return true;
    this.#overfullSinceMs ??= nowMs;
    return false;
  }

  #markSites({ sites }: Device): void {
    if (sites.length === 0) return;
    for (const site of sites) this.#dirty.add(site);
    // While started only: whoever wants it told otherwise calls `tick`.
    if (this.#soon !== undefined || this.#aging === undefined || this.#listeners.size === 0) return;
    const inMs = Math.max(tellAfterMs, this.#toldAtMs + tellEveryMs - performance.now());
    this.#soon = setTimeout(() => this.#tell(), inMs).unref();
  }

  #tell(): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    if (this.#dirty.size > 0) this.#toldAtMs = performance.now();
    this.tick(this.#now());
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
  return {
    key: devEui,
    revision: device.revision,
    value: rowOf(devEui, device).toString('base64'),
  };
}

function kindsOf({ sites }: Inventory): Whereabouts['kindOf'] {
  return new Map(sites.flatMap(({ assets }) => assets.map(({ id, kind }) => [id, kind] as const)));
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
