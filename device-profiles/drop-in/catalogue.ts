import type { ModelNames } from '../catalog.ts';
import type { StrangerDevice } from './device.ts';
import type { DropIns } from './load.ts';
import { finderOf } from './names.ts';

/** The strangers' models at one time, to be found as `profileById` and `profileByName` find ours. Never changes. */
export class StrangerCatalogue {
  /** In the order of their ids. */
  readonly devices: readonly StrangerDevice[];
  readonly #byId: ReadonlyMap<string, StrangerDevice>;
  readonly #find: (names: ModelNames) => StrangerDevice | undefined;

  constructor({ devices }: Pick<DropIns, 'devices'>) {
    this.devices = devices;
    this.#byId = new Map(devices.map((device) => [device.id, device]));
    this.#find = finderOf(devices);
  }

  /** The model with that id (`vendor/model`), whatever its case. */
  byId(id: string): StrangerDevice | undefined {
    return this.#byId.get(id.toLowerCase());
  }

  /** The model a network server's names mean; ask ours first. */
  byName(names: ModelNames): StrangerDevice | undefined {
    return this.#find(names);
  }
}

/**
 * What was just read, and, where a device that was good before is now refused, the device and codec as they were: who
 * saves half a file in the wrong moment does not silence a city's sensors.
 */
export function withLastGood(fresh: DropIns, last: DropIns): DropIns {
  const refused = new Set(fresh.findings.flatMap(({ kind, about }) => (kind === 'refused' ? [about] : [])));
  const isThere = new Set(fresh.devices.map(({ id }) => id));
  const kept = last.devices.filter(
    ({ id }) => !isThere.has(id) && (refused.has(id) || refused.has(id.slice(0, id.indexOf('/')))),
  );
  const needed = new Set(kept.flatMap(({ firmware }) => firmware.map(({ codecId }) => codecId)));
  const known = new Set(fresh.codecs.map(({ id }) => id));
  const codecs = last.codecs.filter(({ id }) => needed.has(id) && !known.has(id));
  const tests = codecs.flatMap(({ id }) => {
    const test = last.tests.get(id);
    return test === undefined ? [] : [[id, test] as const];
  });
  return {
    ...fresh,
    devices: [...fresh.devices, ...kept].sort((a, b) => (a.id < b.id ? -1 : 1)),
    codecs: [...fresh.codecs, ...codecs],
    tests: new Map([...fresh.tests, ...tests]),
  };
}
