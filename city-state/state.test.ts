import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { DeviceEvent, Uplink } from '#core';
import type { SiteChange } from './answers.ts';
import type { CityState } from './state.ts';
import {
  batteryStatus,
  eui,
  hourMs,
  inventoryOf,
  minuteMs,
  reading,
  rowsOf,
  type Said,
  smallCity,
  startMs,
  stateAfter,
  stateOf,
  uplink,
} from './testing.ts';

const inventory = inventoryOf(smallCity);

const bay = (occupied: boolean, said: Said = {}): Uplink => uplink(eui(1), { bay_occupied: occupied }, said);

/** The first bay of the market: status and freshness. */
function firstBay(state: CityState, nowMs = startMs): unknown[] {
  const first = state.parkingSites(nowMs)[0]?.bays[0];
  return [first?.status, first?.freshness];
}

const answersOf = (state: CityState, nowMs: number): unknown => [
  state.chargingStations(nowMs),
  state.parkingSites(nowMs),
  state.environmentStations(nowMs),
];

describe('the city state', () => {
  it('knows the sites before anything was heard', () => {
    const state = stateOf(inventory);
    expect(state.parkingSites(startMs)).toEqual([
      {
        id: 'markt',
        name: 'Markt',
        operator: 'Stadtwerke',
        location: { latitude: 52.5, longitude: 13.4 },
        address: null,
        access: 'public',
        observedAt: null,
        confirmedAt: null,
        validUntil: null,
        freshness: 'unknown',
        capacity: 2,
        free: 0,
        occupied: 0,
        unknown: 2,
        bays: ['markt-1', 'markt-2'].map((id) => ({
          id,
          label: id === 'markt-1' ? 'A1' : null,
          status: 'UNKNOWN',
          observedAt: null,
          confirmedAt: null,
          validUntil: null,
          freshness: 'unknown',
        })),
      },
    ]);
    expect(state.chargingStations(startMs)[0]?.points).toHaveLength(3);
    expect(state.environmentStations(startMs)[0]?.measurements).toEqual([]);
  });

  it('counts bays by their newest reading', () => {
    const state = stateAfter(
      bay(true, { fCnt: 1, time: startMs + 1 }),
      bay(false),
      uplink(eui(2), { bay_occupied: false }),
    );
    expect(state.parkingSites(startMs)[0]).toMatchObject({
      free: 1,
      occupied: 1,
      unknown: 0,
      freshness: 'live',
    });
  });

  it('trusts a quiet bay for as long as its heartbeats come without a gap', () => {
    const heartbeat = (fCnt: number, hours: number): Uplink =>
      uplink(eui(1), {}, { fCnt, time: startMs + hours * hourMs });
    const lateMs = startMs + 40 * hourMs;
    expect(firstBay(stateAfter(bay(true)), lateMs)).toEqual(['OCCUPIED', 'stale']);
    expect(firstBay(stateAfter(bay(true), heartbeat(1, 24)), lateMs)).toEqual(['OCCUPIED', 'live']);
    expect(firstBay(stateAfter(bay(true), heartbeat(2, 24)), lateMs)).toEqual(['OCCUPIED', 'stale']);
    expect(firstBay(stateAfter(bay(true)), startMs + 73 * hourMs)).toEqual(['UNKNOWN', 'offline']);
  });

  it('does not trust a bay whose next word cannot be read', () => {
    const unreadable: Uplink = {
      ...uplink(eui(1), {}, { fCnt: 1, time: startMs + minuteMs }),
      error: { code: 'decode_failed', message: 'cut off' },
    };
    const heartbeat = (fCnt: number): Uplink => uplink(eui(1), {}, { fCnt, time: startMs + fCnt * minuteMs });
    const soonMs = startMs + hourMs;
    expect(firstBay(stateAfter(bay(true), unreadable), soonMs)).toEqual(['OCCUPIED', 'stale']);
    expect(firstBay(stateAfter(bay(true), heartbeat(2), unreadable), soonMs)).toEqual(['OCCUPIED', 'stale']);
    const again = bay(true, { fCnt: 3, time: startMs + 3 * minuteMs });
    expect(firstBay(stateAfter(again, bay(true), heartbeat(2), unreadable), soonMs)).toEqual([
      'OCCUPIED',
      'live',
    ]);
    const long = Array.from({ length: 100 }, (_, more) => heartbeat(2 + more));
    expect(firstBay(stateAfter(bay(true), unreadable, ...long), soonMs)).toEqual(['OCCUPIED', 'stale']);
  });

  it('is not misled by a frame of the past sent again', () => {
    const frames = [bay(true, { fCnt: 5 }), bay(false, { fCnt: 6, time: startMs + minuteMs })];
    const again = bay(true, { fCnt: 5, time: startMs + 2 * minuteMs });
    const state = stateAfter(...frames);
    expect(state.apply(again)).toMatchObject({ duplicate: true });
    expect(firstBay(state)).toEqual(['FREE', 'live']);
    // Had the copy come first of all, it would have counted until the original came.
    expect(firstBay(stateAfter(again, ...frames))).toEqual(['FREE', 'live']);
  });

  it('is not misled by history, copies marked as such, or what cannot be', () => {
    const state = stateAfter(uplink(eui(7), { air_temperature: 20 }));
    state.apply(
      uplink(
        eui(7),
        {},
        {
          fCnt: 1,
          time: startMs + 1,
          readings: [
            reading(eui(7), 'air_temperature', 10, { time: startMs - hourMs, flags: ['history'] }),
            reading(eui(7), 'air_temperature', 11, { flags: ['history'] }),
            reading(eui(7), 'air_temperature', 12, { time: startMs + 1, flags: ['duplicate'] }),
            reading(eui(7), 'air_temperature', 99, { time: startMs + 1, flags: ['range'] }),
          ],
        },
      ),
    );
    expect(state.environmentStations(startMs)[0]?.measurements[0]?.value).toBe(20);
  });

  it('answers what a station measures of its surroundings, in a fixed order', () => {
    const values = { light_level: 2, motion: true, air_temperature: 21.5, battery_level: 90 };
    const [station] = stateAfter(uplink(eui(7), values), batteryStatus(eui(7), 80)).environmentStations(
      startMs,
    );
    expect(
      station?.measurements.map(({ quantity, value, unit, channel }) => [quantity, value, unit, channel]),
    ).toEqual([
      ['air_temperature', 21.5, 'Cel', null],
      ['light_level', 2, '1', null],
    ]);
    expect(station?.measurements[0]?.label).toEqual({ de: 'Lufttemperatur', en: 'Air temperature' });
  });

  it('keeps channels apart', () => {
    const state = stateAfter(
      uplink(eui(4), { current: 0 }, { channel: 'l1' }),
      uplink(eui(4), { current: 8 }, { fCnt: 1, channel: 'l2' }),
    );
    expect(state.chargingStations(startMs)[0]?.points[0]?.status).toBe('CHARGING');
  });

  it('says what may be asked of the past', () => {
    const state = stateOf(inventory);
    expect(state.historyScope('parking', 'markt')).toHaveProperty('withheld');
    expect(state.historyScope('charging', 'hafen')).toMatchObject({
      assets: ['hafen-meter-1', 'hafen-meter-2'],
    });
    expect(state.historyScope('parking', 'hafen')).toBeUndefined();
    expect(state.historyScope('parking', 'nowhere')).toBeUndefined();
  });

  it('follows at most 200,000 devices, and says when there are more', async () => {
    const state = stateOf(inventory);
    await state.start();
    const silent = bay(true, { readings: [] });
    for (let n = 2; n < 200_002; n++) state.apply({ ...silent, devEui: eui(n) });
    expect(state.health()).toEqual({ status: 'ok' });
    state.apply(bay(true));
    expect(state.health()).toMatchObject({ status: 'degraded', sinceMs: startMs });
    expect(firstBay(state)).toEqual(['UNKNOWN', 'unknown']);
    await state.stop();
  });
});

describe('a sensor that is moved', () => {
  const at = (hours: number): number => startMs + hours * hourMs;
  const moved = inventoryOf(`
sites: [{ id: markt, kind: parking, name: x, organisation: werke, location: { latitude: 1, longitude: 2 }, assets: [
  { kind: parking-bay, id: a }, { kind: parking-bay, id: b }] }]
assignments:
  - { device: '${eui(1)}', asset: a, validFrom: 2026-01-01, validTo: '${new Date(at(1)).toISOString()}' }
  - { device: '${eui(1)}', asset: b, validFrom: '${new Date(at(1)).toISOString()}' }
  - { device: '${eui(2)}', asset: a, validFrom: '${new Date(at(2)).toISOString()}' }
`);
  const bays = (nowMs: number, ...applied: Uplink[]): unknown => {
    const state = stateOf(moved);
    for (const one of applied) state.apply(one);
    return state.parkingSites(nowMs)[0]?.bays.map(({ status, freshness }) => `${status} ${freshness}`);
  };
  const before = bay(true);
  const since = bay(false, { fCnt: 1, time: at(1) });

  it('leaves what it saw behind, stale from then on', () => {
    expect(bays(at(0), before)).toEqual(['OCCUPIED live', 'UNKNOWN unknown']);
    expect(bays(at(1), before, since)).toEqual(['OCCUPIED stale', 'FREE live']);
  });

  it('makes room for its successor', () => {
    const successor = uplink(eui(2), { bay_occupied: false }, { time: at(2) });
    expect(bays(at(2), before, since, successor)).toEqual(['FREE live', 'FREE live']);
  });
});

describe('listeners', () => {
  it('are told of the sites that changed, once, and no more when they have left', () => {
    const state = stateOf(inventory);
    const told: string[][] = [];
    const leave = state.onChange((changes: readonly SiteChange[]) =>
      told.push(changes.map(({ site }) => site.id)),
    );
    state.tick(startMs);
    state.apply(bay(true));
    state.apply(bay(false, { fCnt: 1, time: startMs + 1 }));
    state.apply(uplink(eui(7), { co2: 500 }));
    state.apply(uplink(eui(99), { co2: 500 }));
    state.tick(startMs + 200);
    state.tick(startMs + 400);
    expect(told).toEqual([['markt', 'park']]);
    leave();
    state.apply(bay(true, { fCnt: 2, time: startMs + 2 }));
    state.tick(startMs + 600);
    expect(told).toHaveLength(1);
  });

  it('are told soon after a change, and ten times a second at most', async () => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
    });
    const state = stateOf(inventory);
    let told = 0;
    state.onChange(() => told++);
    await state.start();
    vi.advanceTimersByTime(1000);
    const toldAfterMs = (ms: number): number => {
      vi.advanceTimersByTime(ms);
      return told;
    };
    state.apply(bay(true));
    expect([toldAfterMs(9), toldAfterMs(1)]).toEqual([0, 1]);
    for (let ms = 1; ms <= 1000; ms++) {
      state.apply(bay(ms % 2 === 0, { fCnt: ms, time: startMs + ms }));
      vi.advanceTimersByTime(1);
    }
    expect(told).toBe(11);
    await state.stop();
    state.apply(bay(false, { fCnt: 1001, time: startMs + 1001 }));
    expect(toldAfterMs(1000)).toBe(11);
    vi.useRealTimers();
  });

  it('are told of what only grew old', () => {
    const state = stateAfter(uplink(eui(7), { air_temperature: 20 }));
    const told: SiteChange[] = [];
    state.onChange((changes) => told.push(...changes));
    state.tick(startMs);
    expect(told.map(({ site }) => site.freshness)).toEqual(['live']);
    state.tick(startMs + 15 * minuteMs);
    state.tick(startMs + 15 * minuteMs + 29_000);
    expect(told).toHaveLength(1);
    state.tick(startMs + 15 * minuteMs + 30_000);
    expect(told.map(({ site }) => site.freshness)).toEqual(['live', 'stale']);
  });
});

/** What happens in two hours: every device says something now and then; frames get lost, copied, and dated wrongly. */
const happenings = fc
  .array(
    fc.record({
      device: fc.integer({ min: 1, max: 7 }),
      minutes: fc.integer({ min: 0, max: 3 }),
      value: fc.boolean(),
      what: fc.constantFrom(
        'news',
        'news',
        'news',
        'silence',
        'lost',
        'copy',
        'history',
        'rejoin',
        'battery',
      ),
    }),
    { maxLength: 40, size: 'max' },
  )
  .map((steps) => {
    const counters = new Map<number, [fCnt: number, session: number]>();
    let minute = 0;
    return steps.map(({ device, minutes, value, what }, index): Uplink | DeviceEvent => {
      minute += minutes;
      const time = startMs + minute * minuteMs;
      const devEui = eui(device);
      if (what === 'battery') return batteryStatus(devEui, index, time);
      let [fCnt, session] = counters.get(device) ?? [0, 0];
      if (what === 'rejoin') [fCnt, session] = [0, session + 1];
      else if (what !== 'copy') fCnt += what === 'lost' ? 2 : 1;
      counters.set(device, [fCnt, session]);
      const said = { fCnt, time, devAddr: `0000000${session}`, id: `${index}`, data: `${value}` };
      const news = {
        bay_occupied: value,
        current: value ? 6 : 0,
        air_temperature: value ? 20 : index,
      };
      if (what !== 'history') return uplink(devEui, what === 'silence' ? {} : news, said);
      const past = reading(devEui, 'bay_occupied', value, { time: time - 7 * minuteMs, flags: ['history'] });
      return uplink(devEui, {}, { ...said, readings: [past] });
    });
  });

describe('the answers', () => {
  it('are the same for any order and repetition', () => {
    const orders = happenings.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
    );
    fc.assert(
      fc.property(orders, fc.integer({ min: 0, max: 300 }), ([all, order], minutes) => {
        const nowMs = startMs + minutes * minuteMs;
        expect(answersOf(stateAfter(...order), nowMs)).toEqual(answersOf(stateAfter(...all), nowMs));
      }),
    );
  });

  it('are the same after a restart from a snapshot that was made while more came', () => {
    fc.assert(
      fc.property(happenings, fc.nat(40), fc.nat(3), (all, cut, perRow) => {
        const [whole, again] = [stateAfter(...all.slice(0, cut)), stateOf(inventory)];
        const told = all.slice(0, cut).map(() => false);
        const rows: Uint8Array[] = [];
        const go = (count: number): void => {
          for (const one of all.slice(told.length, told.length + count))
            told.push(whole.apply(one).duplicate);
        };
        for (const row of whole.rows('all')) {
          rows.push(Uint8Array.from(row));
          go(perRow);
        }
        go(all.length);
        again.restore(rows);
        const toldAgain = all.slice(cut).map((one) => again.apply(one).duplicate);
        expect(toldAgain).toEqual(told.slice(cut));
        expect(answersOf(again, startMs + hourMs)).toEqual(answersOf(whole, startMs + hourMs));
      }),
    );
  });

  it('are the same after a restart, and go on being the same', () => {
    fc.assert(
      fc.property(happenings, fc.nat(40), fc.integer({ min: 0, max: 300 }), (all, cut, minutes) => {
        const nowMs = startMs + minutes * minuteMs;
        const [whole, first, second] = [
          stateAfter(...all),
          stateAfter(...all.slice(0, cut)),
          stateOf(inventory),
        ];
        second.restore(rowsOf(first, 'all'));
        expect(answersOf(second, nowMs)).toEqual(answersOf(first, nowMs));
        for (const one of all.slice(cut)) second.apply(one);
        expect(answersOf(second, nowMs)).toEqual(answersOf(whole, nowMs));
        expect(rowsOf(second, 'all')).toEqual(rowsOf(whole, 'all'));
      }),
    );
  });
});

describe('a charge point through the day', () => {
  const status = (nowMs: number, ...applied: Uplink[]): string => {
    const point = stateAfter(...applied).chargingStations(nowMs)[0]?.points[0];
    return `${point?.status} ${point?.basis.join(' ')}`;
  };
  const minute = (n: number): number => startMs + n * minuteMs;
  const spot = (occupied: boolean, n: number): Uplink =>
    uplink(eui(3), { bay_occupied: occupied }, { fCnt: n, time: minute(n) });
  const meter = (amperes: number, n: number): Uplink =>
    uplink(eui(4), { current: amperes }, { fCnt: n, time: minute(n) });
  const day = [
    [spot(false, 0), 'AVAILABLE bay'],
    [meter(0, 1), 'AVAILABLE meter bay'],
    [spot(true, 2), 'OCCUPIED bay'],
    [meter(16, 3), 'CHARGING meter bay'],
    [spot(true, 4), 'CHARGING meter bay'],
    [meter(0, 5), 'BLOCKED meter bay'],
    [spot(true, 6), 'BLOCKED meter bay'],
    [meter(16, 7), 'CHARGING meter bay'],
    [spot(false, 8), 'AVAILABLE bay'],
    [meter(0, 9), 'AVAILABLE meter bay'],
  ] as const;

  it('follows the vehicle at once, and the meter from its next word on', () => {
    const uplinks = day.map(([one]) => one);
    expect(day.map((_, n) => status(minute(n), ...uplinks.slice(0, n + 1)))).toEqual(
      day.map(([, expected]) => expected),
    );
  });
});
