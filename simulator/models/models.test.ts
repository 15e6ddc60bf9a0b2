/** Every model there is, for a summer month and some days of winter: what it says, the profiles read back. */
import { describe, expect, it } from 'vitest';
import { type Json, quantities } from '#core';
import { decode, encodeUplink, profileById, profiles } from '#device-profiles';
import { livingDevices } from '../devices.ts';
import type { TownPlace } from '../places.ts';
import { dayMs } from '../testing.ts';
import { calendarsOf } from '../world/visits.ts';
import { skyOver } from '../world/weather.ts';
import { mainsPowered, models } from './models.ts';

const location = { latitude: 51.15, longitude: 8.985 };
const calendars = calendarsOf('Europe/Berlin');
const around = { seed: 1, calendars, calendar: calendars[5], sky: skyOver(1, location) };
const sinceMs = Date.UTC(2026, 5, 20);
/** With the heat of July, and with frost. */
const spans = [
  [Date.UTC(2026, 6, 1), Date.UTC(2026, 6, 31)],
  [Date.UTC(2027, 0, 10), Date.UTC(2027, 0, 14)],
] as const;

const schoolThemes = new Set(['building']);

/** A device of that model, at something it could measure. */
function placeOf(profile: string, index: number): TownPlace {
  const theme = profileById(profile)?.theme ?? 'building';
  const point = { id: 'point', powerKwMax: 22 };
  return {
    devEui: `02706567656cff${index.toString(16).padStart(2, '0')}`,
    ...{ profile, sinceMs, untilMs: Infinity, id: profile.replace('/', '-'), site: 'market', location },
    access: schoolThemes.has(theme) ? 'private' : 'public',
    points: theme === 'parking' || index % 2 === 0 ? [point] : [],
  };
}

const ids = profiles.map(({ id }) => id);
const devices = livingDevices(around, ids.map(placeOf));
const byId = new Map(devices.map((device) => [device.profile.id, device]));

function deviceOf(id: string) {
  const device = byId.get(id);
  if (device === undefined) throw new Error(`${id} is not simulated`);
  return device;
}

/** Whether a device has said this: to the step of its field, which is never coarser than 1 or one per cent. */
function isAsSaid(said: Json | undefined, decoded: Json | undefined): boolean {
  if (typeof said !== 'number' || typeof decoded !== 'number') return Object.is(said, decoded);
  return Math.abs(said - decoded) <= Math.max(0.5, 0.01 * Math.abs(said));
}

describe('the models', () => {
  it('are those there are profiles of', () => {
    expect(Object.keys(models).toSorted()).toEqual(ids.toSorted());
    for (const id of mainsPowered) expect(ids).toContain(id);
  });

  it.each(ids)('%s says what its profile reads as it was meant, and finds plausible', (id) => {
    const { profile, sensor } = deviceOf(id);
    let frames = 0;
    for (const [fromMs, toMs] of spans)
      for (const { say } of sensor.frames(fromMs, toMs)) {
        const { data, fPort } = say();
        const frame = encodeUplink(profile, data, fPort);
        const decoded = decode(profile, frame);
        const { warnings, errors, readings } = decoded;
        const doubtful = readings.filter(({ flags }) => flags !== undefined);
        const bent = Object.keys(data).filter((key) => !isAsSaid(data[key], decoded.data[key]));
        if (warnings.length + errors.length + doubtful.length + bent.length > 0 || readings.length === 0)
          expect.fail(JSON.stringify({ data, decoded, bent }));
        frames++;
      }
    expect(frames).toBeGreaterThan(34);
  });

  it.each(ids)('%s counts without ever falling back', (id) => {
    const { profile, sensor } = deviceOf(id);
    const last = new Map<string, number>();
    const [fromMs, toMs] = [spans[0][0], spans[0][0] + 7 * dayMs];
    for (const { say } of sensor.frames(fromMs, toMs)) {
      const { data, fPort } = say();
      for (const { quantity, channel, value } of decode(profile, encodeUplink(profile, data, fPort))
        .readings) {
        if (quantities[quantity].aggregate !== 'increase') continue;
        const key = `${quantity} ${channel ?? ''}`;
        const before = last.get(key) ?? 0;
        const wrapsAt = profile.facts.wrapsAt?.[quantity] ?? Infinity;
        // What has gone over its end has only just begun again.
        if (Number(value) < before) expect(before - Number(value)).toBeGreaterThan(0.9 * wrapsAt);
        last.set(key, Number(value));
      }
    }
  });

  it.each(ids)('%s, asked when it speaks anyway, says the same', (id) => {
    const { sensor } = deviceOf(id);
    const periodic = profileById(id)?.theme !== 'parking';
    for (const { timeMs, say } of sensor.frames(spans[0][0], spans[0][0] + dayMs)) {
      const [told, asked] = [say(), sensor.asked(timeMs)];
      if (periodic) expect(asked).toEqual(told);
      else expect(asked.data.occupied).toEqual(told.data.occupied);
    }
  });
});
