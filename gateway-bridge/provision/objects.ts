/**
 * The things of a ChirpStack 4 that provisioning touches, with the fields it sets and no others, and the narrow way it
 * reaches them. Names and meaning of fields: chirpstack, `api/proto/api/*.proto`.
 */

/** Own words for an object; ChirpStack writes those of application, device profile and device into every event. */
export type Tags = Readonly<Record<string, string>>;

export interface Tenant {
  readonly name: string;
  readonly tags: Tags;
}

export interface Application {
  readonly name: string;
  readonly description: string;
  readonly tags: Tags;
}

export type MacVersion = '1.0.0' | '1.0.1' | '1.0.2' | '1.0.3' | '1.0.4' | '1.1.0';
/** Regional parameters: `A` and `B` belong to LoRaWAN 1.0.2 and 1.0.3. */
export type RegionalRevision = 'A' | 'B' | 'RP002-1.0.3';

/** A device profile of ChirpStack: how the devices of one model use the radio. */
export interface RadioProfile {
  readonly name: string;
  readonly region: 'EU868' | 'other';
  readonly macVersion: MacVersion;
  /** What ChirpStack has may be a revision we never choose. */
  readonly regionalRevision: RegionalRevision | 'other';
  readonly supportsOtaa: boolean;
  readonly supportsClassC: boolean;
  readonly codec: 'NONE' | 'other';
  /** After one and a half of it without an uplink ChirpStack shows the device as inactive. */
  readonly uplinkIntervalS: number;
  readonly statusRequestsPerDay: number;
  readonly tags: Tags;
}

/** Degrees (WGS 84) and metres above the sea. */
export interface GatewayLocation {
  readonly latitude: number;
  readonly longitude: number;
  readonly altitudeM: number;
}

export interface Gateway {
  readonly name: string;
  readonly description: string;
  readonly location: GatewayLocation;
  readonly tags: Tags;
}

export interface Device {
  readonly name: string;
  readonly description: string;
  readonly deviceProfileId: string;
  /** 16 lower-case hex digits. */
  readonly joinEui: string;
  readonly tags: Tags;
}

/** Root keys of a LoRaWAN 1.0 device. */
export interface DeviceKeys {
  /** 32 lower-case hex digits; never shown. */
  readonly appKey: string;
}

/** An object as it is there, and what it belongs to: the id of a tenant, an application, or (keys) nothing. */
export interface Found<T> {
  readonly parentId: string;
  readonly object: T;
}

/** What a list tells of an object. */
export interface Listed {
  readonly id: string;
  readonly name: string;
}

/**
 * One kind of object at ChirpStack. Ids are UUIDs ChirpStack gives, except those of gateways, devices and keys (EUI, 16
 * lower-case hex digits). Every call may throw a `ChirpStackError`.
 */
export interface Collection<T> {
  /** All of a parent. */
  list(parentId: string): Promise<readonly Listed[]>;
  get(id: string): Promise<Found<T> | undefined>;
  /** Sets these fields, `tags` as a whole, and leaves all others as they are. */
  update(id: string, changes: Partial<T>): Promise<void>;
  /** One that is gone already is no error. */
  remove(id: string): Promise<void>;
}

/** Objects ChirpStack gives an id, so that the same name may come twice. */
interface Named<T> extends Pick<Collection<T>, 'list' | 'get'> {
  create(parentId: string, object: T): Promise<string>;
}

/** Objects whose id is known before. */
interface WithEui<T> {
  /** @throws {ChirpStackError} `already_exists`, wherever it is. */
  create(parentId: string, id: string, object: T): Promise<void>;
}

export interface ChirpStack {
  /** Lists take the name in place of a parent. */
  readonly tenants: Named<Tenant>;
  readonly applications: Named<Application>;
  readonly profiles: Named<RadioProfile> & Pick<Collection<RadioProfile>, 'update'>;
  readonly gateways: Collection<Gateway> & WithEui<Gateway>;
  readonly devices: Collection<Device> & WithEui<Device>;
  readonly keys: Pick<Collection<DeviceKeys>, 'get' | 'update'> & WithEui<DeviceKeys>;
  close(): void;
}

/**
 * Why a call failed: nobody there (also after repeating it), key refused, id taken, or refused for the reason in the
 * message.
 */
export type ChirpStackFailure = 'unreachable' | 'unauthenticated' | 'already_exists' | 'refused';

export class ChirpStackError extends Error {
  readonly failure: ChirpStackFailure;

  constructor(failure: ChirpStackFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ChirpStackError';
    this.failure = failure;
  }
}

/** At most so many calls are under way at once: ChirpStack writes each of them to its database. */
const callsMax = 8;

/** Does the work for all items, `callsMax` at a time, and gives the results in their order; ends with the first failure. */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: { readonly index: number; readonly result: R }[] = [];
  let waiting = [...items.entries()].reverse();
  const worker = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [index, item] = next;
      results.push({ index, result: await work(item) });
    }
  };
  const stop = (cause: unknown): never => {
    waiting = [];
    throw cause;
  };
  await Promise.all(Array.from({ length: callsMax }, () => worker().catch(stop)));
  return results.sort((a, b) => a.index - b.index).map(({ result }) => result);
}
