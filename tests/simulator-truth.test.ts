/**
 * The demo town as it is, as an observer of its uplinks knows it, and as the platform answers: the platform says no more
 * and no less than what can be known.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CityState, createDirectory, loadInventory } from '#city-state';
import { decode, profileById, profiles } from '#device-profiles';
import { createTranslate } from '#gateway-bridge';
import {
  createTown,
  deviceEventWriter,
  Observer,
  placesOf,
  type TownUplink,
  upEventWriter,
} from '#simulator';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Monday, 23 November 2026, 00:00 in Berlin; the day before fills state and observer. */
const mondayMs = Date.UTC(2026, 10, 22, 23);

const inventoryOf = (city: string) => loadInventory(join(import.meta.dirname, '..', 'cities', city));
const demo = await inventoryOf('demo');
const lab = await inventoryOf('lab');

/** As `duplicates` are told: late by up to an hour, in no order, and every third one twice. */
function shaken(uplinks: readonly TownUplink[]): (TownUplink & { readonly publishedMs: number })[] {
  const lateOf = ({ fCnt, timeMs }: TownUplink): number =>
    fCnt % 3 === 0 ? timeMs + ((fCnt * 7919) % 60) * minuteMs : timeMs;
  return uplinks
    .flatMap((uplink) => [
      { ...uplink, publishedMs: lateOf(uplink) },
      ...(uplink.fCnt % 3 === 0 ? [{ ...uplink, publishedMs: uplink.timeMs + 2 * hourMs }] : []),
    ])
    .sort((a, b) => a.publishedMs - b.publishedMs);
}

describe.each(['as it was sent', 'late, repeated and in no order'])('the demo town, heard %s', (how) => {
  const places = placesOf(demo);
  const town = createTown({ places, seed: 1 });
  const sent = [...town.uplinks(mondayMs - dayMs, mondayMs + dayMs)];
  const delivered =
    how === 'as it was sent' ? sent.map((one) => ({ ...one, publishedMs: one.timeMs })) : shaken(sent);
  const observer = new Observer(places);
  for (const uplink of delivered) observer.hear(uplink);
  const moments = Array.from({ length: (24 * 60) / 7 }, (_, step) => mondayMs + step * 7 * minuteMs);

  it('is answered for as the observer concludes, at any minute', () => {
    const translate = createTranslate(createDirectory(demo));
    let heard = 0;
    let nowMs = mondayMs - dayMs;
    const state = new CityState({ inventory: demo, now: () => nowMs });
    for (nowMs of moments) {
      for (; (delivered[heard]?.publishedMs ?? Infinity) <= nowMs; heard++) {
        const uplink = delivered[heard];
        if (uplink === undefined) break;
        const translated = translate({ receivedAtMs: uplink.publishedMs, broker: 'demo', ...uplink.message });
        if (translated.kind !== 'uplink') throw new Error(`${uplink.message.topic} is a ${translated.kind}`);
        state.apply(translated);
      }
      const { bays, points } = observer.conclusions(nowMs);
      const concluded = new Map<string, string>([
        ...bays.map(({ asset, status }) => [asset, status] as const),
        ...points.map(({ id, status }) => [id, status] as const),
      ]);
      const answered = [
        ...state.parkingSites(nowMs).flatMap((site) => site.bays),
        ...state.chargingStations(nowMs).flatMap((station) => station.points),
      ].map(({ id, status }) => [id, status] as const);
      expect(answered.length).toBeGreaterThan(60);
      expect([new Date(nowMs), answered]).toEqual([
        new Date(nowMs),
        answered.map(([id]) => [id, concluded.get(id)]),
      ]);
    }
  });

  it('is as the observer concludes, but for what has not been told yet', () => {
    let [right, all] = [0, 0];
    for (const nowMs of moments) {
      const { bays, points } = observer.conclusions(nowMs);
      const truth = town.truth(nowMs);
      const occupied = new Map(truth.bays.map((bay) => [bay.asset, bay.occupied ? 'OCCUPIED' : 'FREE']));
      const statuses = new Map(truth.points.map(({ id, status }) => [id, status as string]));
      if (how === 'as it was sent')
        expect(bays.map(({ asset, status }) => [asset, status])).toEqual([...occupied]);
      expect(points.length).toBe(statuses.size);
      for (const { id, status } of points) {
        all++;
        const is = statuses.get(id) ?? '';
        // A meter that has not spoken since, or that others share, says only that somebody is there.
        if (status === is || (status === 'OCCUPIED' && is !== 'AVAILABLE')) right++;
      }
    }
    expect(right / all).toBeGreaterThan(how === 'as it was sent' ? 0.97 : 0.8);
  });
});

describe('the observer', () => {
  const places = placesOf(lab);
  const town = createTown({ places, seed: 1 });

  it('knows of each device what it told last, and nothing before it was told', () => {
    const observer = new Observer(places);
    const untilMs = mondayMs + 5 * hourMs;
    const last = new Map<string, unknown>();
    for (const uplink of town.uplinks(mondayMs, untilMs + hourMs)) {
      observer.hear(uplink);
      const profile = profileById(uplink.profile);
      if (profile === undefined || uplink.timeMs > untilMs) continue;
      for (const { quantity, channel, value } of decode(profile, uplink).readings)
        last.set(`${uplink.devEui} ${quantity} ${channel ?? ''}`, [value, uplink.timeMs]);
    }
    const facts = observer.facts(untilMs);
    expect(
      facts
        .map(({ devEui, quantity, channel, value, timeMs }) => [
          `${devEui} ${quantity} ${channel ?? ''}`,
          [value, timeMs],
        ])
        .toSorted(),
    ).toEqual([...last].toSorted());
    expect(observer.facts(mondayMs - 1)).toEqual([]);
  });

  it('does not believe a clock that says 1980, nor lets a sensor that fell silent count for ever', () => {
    const observer = new Observer(places);
    const [first] = town.uplinks(mondayMs, mondayMs + dayMs);
    if (first === undefined) throw new Error('the lab is silent');
    observer.hear({ ...first, timeMs: Date.UTC(1980, 0, 6), publishedMs: first.timeMs + 200 });
    const [fact] = observer.facts(mondayMs + dayMs);
    expect(fact?.timeMs).toBe(Math.min(...first.gateways.map(({ nsTimeMs }) => nsTimeMs)));
    const hears = new Observer(places);
    for (const uplink of town.uplinks(mondayMs, mondayMs + 2 * dayMs)) hears.hear(uplink);
    const unknown = (nowMs: number): number =>
      hears.conclusions(nowMs).bays.filter(({ status }) => status === 'UNKNOWN').length;
    expect([unknown(mondayMs + 2 * dayMs), unknown(mondayMs + 6 * dayMs)]).toEqual([0, 4]);
  });
});

describe('the lab', () => {
  const places = placesOf(lab);
  const town = createTown({ places, seed: 1 });

  it('has a device of every model, and every one of them speaks', () => {
    const heard = new Set(Array.from(town.uplinks(mondayMs, mondayMs + dayMs), ({ profile }) => profile));
    expect([...heard].toSorted()).toEqual(profiles.map(({ id }) => id).toSorted());
  });

  it('says the same bytes for the same seed, all events of it, in both encodings', async () => {
    const hashOf = async (encoding: 'json' | 'protobuf'): Promise<string> => {
      const [write, writeEvent] = [await upEventWriter(encoding), await deviceEventWriter(encoding)];
      const hash = createHash('sha256');
      for (const { message } of createTown({ places, seed: 1, write, writeEvent }).events(
        mondayMs,
        mondayMs + dayMs,
      ))
        hash.update(message.topic).update(message.payload);
      return hash.digest('hex');
    };
    expect(await hashOf('json')).toBe('b7cc8ebf22efb2c5b4c791fb0d3d9e088b12320a578af9da23ee1cec216f1a38');
    expect(await hashOf('protobuf')).toBe('65b27d51ba1adabb5f7a210ad3fca6fd07f0cedeceb9ec3c7a3898fc4d592332');
  });

  it('is the same through any windows, from wherever one begins', () => {
    const later = createTown({ places, seed: 1 });
    const edges = [0, 0.3, 0.31, 5.5, 5.6, 11.05, 24].map((hour) => mondayMs + hour * hourMs);
    const pieces = edges.slice(1).map((toMs, index) => [edges[index] ?? mondayMs, toMs] as const);
    // The last piece first: whoever begins there has not seen what was before.
    const seen = pieces.toReversed().map(([fromMs, toMs]) => [...later.events(fromMs, toMs)]);
    expect(seen.toReversed().flat()).toEqual([...town.events(mondayMs, mondayMs + dayMs)]);
  });

  it('is read by the platform without a doubt, whatever the event', () => {
    const translate = createTranslate(createDirectory(lab));
    const sinceMs = Date.UTC(2026, 0, 1);
    const kinds = new Map<string, number>();
    for (const { kind, timeMs, message } of town.events(sinceMs, sinceMs + 2 * dayMs)) {
      const translated = translate({ receivedAtMs: timeMs + 200, broker: 'lab', ...message });
      kinds.set(`${kind} ${translated.kind}`, (kinds.get(`${kind} ${translated.kind}`) ?? 0) + 1);
      if (translated.kind === 'uplink')
        expect([translated.error, translated.warnings]).toEqual([undefined, []]);
    }
    expect(Object.fromEntries(kinds)).toEqual({
      'join event': places.devices.length,
      'up uplink': expect.any(Number),
      // Eight live on the mains; the others tell of their battery each day.
      'status event': 2 * (places.devices.length - 8),
    });
  });

  it('tells the truth of every device', () => {
    const { devices, bays, points } = town.truth(mondayMs + 12 * hourMs);
    expect(devices.map(({ devEui }) => devEui)).toEqual(places.devices.map(({ devEui }) => devEui));
    for (const { readings } of devices) expect(readings.length).toBeGreaterThan(0);
    expect(bays.map(({ asset }) => asset)).toEqual(['m-markt-1', 'm-markt-2', 'm-markt-3', 'm-laden-1-bay']);
    expect(points.map(({ id }) => id).toSorted()).toEqual(['m-laden-1', 'm-laden-2', 'm-laden-3']);
    expect(town.truth(Date.UTC(2025, 0)).devices).toEqual([]);
  });
});
