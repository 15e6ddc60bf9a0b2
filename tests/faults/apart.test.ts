/** Sensors that drift are told from others of their kind, in any season, and those that do not are left alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ApartWatch, CityState, createDirectory, loadInventory } from '#city-state';
import { createLogger, type QuantityKey, Registry, type Uplink } from '#core';
import { createTranslate } from '#gateway-bridge';
import { createFaultyTown, placesOf, scenarioOf } from '#simulator';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const weekMs = 7 * dayMs;
/** In January, by UTC: the days to Tuesday have a weekend among them, when classrooms are empty by day. */
const fridayMs = Date.UTC(2026, 0, 9);

const inventoryOf = (city: string) => loadInventory(join(import.meta.dirname, '..', '..', 'cities', city));
const cities = { demo: await inventoryOf('demo'), lab: await inventoryOf('lab') };
/** Those that say something that is compared. */
const measuring = /^(milesight\/am|decentlab\/dl-[api]|elsys|seeed)/;

interface Course {
  readonly city: keyof typeof cities;
  readonly seed: number;
  readonly fromMs: number;
  readonly days: number;
  /** How many devices drift. */
  readonly drifting: number;
}

/** What the platform understands of a town in these days, hour by hour. */
function* hoursOf({ city, seed, fromMs, days, drifting }: Course): Generator<Uplink[]> {
  const inventory = cities[city];
  const { timeZone, devices } = placesOf(inventory);
  const places = { timeZone, devices: devices.filter(({ profile }) => measuring.test(profile)) };
  const scenario = drifting > 0 ? scenarioOf(`drift:${drifting}`) : [];
  const town = createFaultyTown({ places, seed, scenario });
  const translate = createTranslate(createDirectory(inventory));
  for (let sinceMs = fromMs; sinceMs < fromMs + days * dayMs; sinceMs += hourMs)
    yield Array.from(town.uplinks(sinceMs, sinceMs + hourMs), ({ timeMs, message }) => {
      const translated = translate({ receivedAtMs: timeMs + 200, broker: 'town', ...message });
      if (!('kind' in translated) || translated.kind !== 'uplink') throw new Error(message.topic);
      return translated;
    });
}

/** Which devices the platform names in these days, and how many it counts at their end. It is restarted every noon. */
async function watched(course: Course) {
  const folder = await mkdtemp(join(tmpdir(), 'stadtpegel-apart-'));
  let nowMs = course.fromMs;
  const now = (): number => nowMs;
  const state = new CityState({ inventory: cities[course.city], now });
  const named = new Set<string>();
  const warn = ({ device }: { readonly device: string }): unknown => named.add(device);
  const log = Object.assign(createLogger('silent'), { warn });
  const watch = (): Registry => {
    const registry = new Registry();
    new ApartWatch({ file: join(folder, 'apart.json'), state, now, registry, log });
    return registry;
  };
  let registry = watch();
  let counted: number | undefined;
  for (const uplinks of hoursOf(course)) {
    for (const uplink of uplinks) state.apply(uplink);
    nowMs += hourMs;
    if (nowMs % dayMs === dayMs / 2) registry = watch();
    counted = (await registry.getSingleMetric('stadtpegel_devices_apart')?.get())?.values[0]?.value;
  }
  await rm(folder, { recursive: true });
  return { named, counted };
}

describe('a town without faults', () => {
  const courses = [fridayMs, fridayMs + 28 * weekMs].flatMap((fromMs) => [
    { city: 'demo' as const, seed: 1, fromMs, days: 4, drifting: 0 },
    { city: 'demo' as const, seed: 2, fromMs, days: 4, drifting: 0 },
    { city: 'lab' as const, seed: 1, fromMs, days: 2, drifting: 0 },
  ]);

  it.each(courses)('has nobody apart, by frost and by heat: %j', async (course) => {
    expect(await watched(course)).toEqual({ named: new Set(), counted: 0 });
  });
});

/** From where on a good sensor cannot be so far from others, and up to where it can. */
const judged: Readonly<Partial<Record<QuantityKey, readonly [surely: number, hardly: number]>>> = {
  air_temperature: [3.3, 1.7],
  relative_humidity: [17, 12],
  pm2_5: [20, 9],
  pm10: [35, 20],
  co2: [220, 180],
};

/**
 * Who has moved so far since Saturday that it must be named, and who so little all the time that it must not. The former
 * holds where few others of its kind drift as well, or they would be the middle.
 */
function judgementOf(course: Course) {
  const far = new Map<string, boolean>();
  const near = new Map<string, boolean>();
  const truth = [...hoursOf({ ...course, drifting: 0 })].flat();
  for (const [index, { devEui, time, readings }] of [...hoursOf(course)].flat().entries())
    for (const [at, { quantity, value }] of readings.entries()) {
      const limits = judged[quantity];
      if (limits === undefined) continue;
      const moved = Number(value) - Number(truth[index]?.readings[at]?.value);
      const [surely, hardly] = limits;
      const key = `${devEui} ${quantity}`;
      if (time >= course.fromMs + dayMs) far.set(key, (far.get(key) ?? true) && moved > surely);
      near.set(devEui, (near.get(devEui) ?? true) && moved < hardly);
    }
  const keysOf = (map: ReadonlyMap<string, boolean>): string[] =>
    [...map].flatMap(([key, holds]) => (holds ? [key.slice(0, 16)] : []));
  return { must: new Set(keysOf(far)), mustNot: new Set(keysOf(near)) };
}

describe('a town with sensors that drift', () => {
  it('has those named that moved further than good ones differ, and none that did not', async () => {
    let seen = 0;
    for (const seed of [1, 8, 12]) {
      const course = { city: 'demo' as const, seed, fromMs: fridayMs, days: 4, drifting: 4 };
      const { must, mustNot } = judgementOf(course);
      const { named, counted } = await watched(course);
      expect([...must.difference(named)]).toEqual([]);
      expect([...named.intersection(mustNot)]).toEqual([]);
      expect(counted).toBeGreaterThanOrEqual(must.size);
      expect(counted).toBeLessThanOrEqual(named.size);
      seen += must.size;
    }
    expect(seen).toBe(3);
  });
});
