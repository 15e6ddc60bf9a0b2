/** Builders for the tests of this room: a small city, and uplinks that are valid but for what a test says. */
import type {
  DeviceEvent,
  ProfileFacts,
  QuantityKey,
  Reading,
  ReadingFlag,
  Rhythm,
  Uplink,
  Value,
} from '#core';
import { type Inventory, parseInventory } from './inventory.ts';
import { CityState } from './state.ts';

/** Monday, 2 March 2026, 08:00 UTC. */
export const startMs = Date.UTC(2026, 2, 2, 8);
export const minuteMs = 60_000;
export const hourMs = 3_600_000;

const rhythm: Partial<Record<QuantityKey, Rhythm>> = {
  bay_occupied: { reporting: 'change+heartbeat', expectedIntervalS: 86_400 },
  current: { reporting: 'periodic', expectedIntervalS: 600 },
  active_power: { reporting: 'periodic', expectedIntervalS: 600 },
  air_temperature: { reporting: 'periodic', expectedIntervalS: 600 },
};

export const testProfile: ProfileFacts = { id: 'test/sensor', theme: 'parking', rhythm };

export interface Said {
  readonly fCnt?: number;
  readonly time?: number;
  readonly id?: string;
  readonly devAddr?: string;
  readonly data?: string;
  readonly channel?: string;
  readonly flags?: readonly ReadingFlag[];
  readonly readings?: readonly Reading[];
}

/** A reading, at the start of the tests' time. */
export function reading(device: string, quantity: QuantityKey, value: Value, said: Said = {}): Reading {
  const { time = startMs, channel, flags } = said;
  return {
    device,
    time,
    quantity,
    value,
    ...(channel === undefined ? {} : { channel }),
    ...(flags === undefined ? {} : { flags }),
  };
}

/** An uplink of a device; what it carries follows from its values unless a test says otherwise. */
export function uplink(
  devEui: string,
  values: Partial<Record<QuantityKey, Value>> = {},
  said: Said = {},
): Uplink {
  const { fCnt = 0, time = startMs, devAddr = '01000001', flags = [] } = said;
  const data = said.data ?? JSON.stringify(values);
  return {
    kind: 'uplink',
    deduplicationId: said.id ?? `${devEui} ${devAddr} ${fCnt} ${time}`,
    devEui,
    devAddr,
    fCnt,
    fPort: 1,
    time,
    receivedAtMs: time,
    flags,
    confirmed: false,
    dataRate: 5,
    frequencyHz: 868_100_000,
    spreadingFactor: 7,
    gateways: [],
    data: Buffer.from(data),
    profile: testProfile,
    readings:
      said.readings ??
      Object.entries(values).map(([key, value]) =>
        reading(devEui, key as QuantityKey, value, { ...said, time }),
      ),
    warnings: [],
    archivePayload: true,
  };
}

/** What the network server tells of a device's battery. */
export function batteryStatus(devEui: string, percent: number, time = startMs): DeviceEvent {
  return {
    kind: 'event',
    type: 'status',
    devEui,
    time,
    receivedAtMs: time,
    flags: [],
    deduplicationId: '',
    details: {},
    readings: [reading(devEui, 'battery_level', percent, { time })],
  };
}

/** DevEUI of the nth device. */
export function eui(n: number): string {
  return n.toString(16).padStart(16, '0');
}

/** Inventory text with the head every city needs. */
export function city(body: string): string {
  return `
city: { id: teststadt, name: Teststadt, timeZone: Europe/Berlin }
organisations: [{ id: werke, name: Stadtwerke }]
${body}`;
}

/** The inventory of one text. */
export function inventoryOf(body: string): Inventory {
  return parseInventory([{ file: 'city.yaml', text: city(body) }]);
}

/** A state over an inventory whose clock stands still at the start of the tests' time. */
export function stateOf(inventory: Inventory): CityState {
  return new CityState({ inventory, now: () => startMs });
}

/** Rows of a state, to keep. */
export function rowsOf(state: CityState, which: 'all' | 'changed'): Uint8Array[] {
  return Array.from(state.rows(which), (row) => Uint8Array.from(row));
}

const place = 'organisation: werke, location: { latitude: 52.5, longitude: 13.4 }';
const connectors = 'connectors: [{ id: "1", standard: IEC_62196_T2, powerType: AC_3_PHASE, maxPowerKw: 11 }]';

/**
 * Two bays (devices 1 and 2), a charge point with its own bay and meter (3 and 4), two that share a meter (5), the
 * first of them with a bay (6), and an environment station (7).
 */
export const smallCity = `
sites:
  - { id: markt, kind: parking, name: Markt, ${place}, assets: [
      { kind: parking-bay, id: markt-1, label: A1 }, { kind: parking-bay, id: markt-2 }] }
  - { id: hafen, kind: charging, name: Hafen, ${place}, address: Kai 1, assets: [
      { kind: evse, id: hafen-1, evseId: DE*TST*E1, ${connectors} },
      { kind: parking-bay, id: hafen-bay-1, evse: hafen-1 },
      { kind: meter, id: hafen-meter-1, measures: [hafen-1] },
      { kind: evse, id: hafen-2, ${connectors} }, { kind: evse, id: hafen-3, ${connectors} },
      { kind: parking-bay, id: hafen-bay-2, evse: hafen-2 },
      { kind: meter, id: hafen-meter-2, measures: [hafen-2, hafen-3], chargingFromA: 2 }] }
  - { id: park, kind: environment, name: Park, ${place}, assets: [{ kind: environment-station, id: park-1 }] }
assignments:
  - { device: '${eui(1)}', asset: markt-1, validFrom: 2026-01-01 }
  - { device: '${eui(2)}', asset: markt-2, validFrom: 2026-01-01 }
  - { device: '${eui(3)}', asset: hafen-bay-1, validFrom: 2026-01-01 }
  - { device: '${eui(4)}', asset: hafen-meter-1, validFrom: 2026-01-01 }
  - { device: '${eui(5)}', asset: hafen-meter-2, validFrom: 2026-01-01 }
  - { device: '${eui(6)}', asset: hafen-bay-2, validFrom: 2026-01-01 }
  - { device: '${eui(7)}', asset: park-1, validFrom: 2026-01-01 }
`;

/** The small city after these have come, in this order. */
export function stateAfter(...applied: readonly (Uplink | DeviceEvent)[]): CityState {
  const state = stateOf(inventoryOf(smallCity));
  for (const one of applied) state.apply(one);
  return state;
}
