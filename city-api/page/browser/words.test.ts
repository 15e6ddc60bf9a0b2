import { describe, expect, it } from 'vitest';
import { quantities } from '#core';
import { agoText, clockText, plugText, valueText } from './words.js';

const nowMs = Date.parse('2026-05-08T10:00:00Z');
const moment = { timeZone: 'Europe/Berlin', nowMs, ticking: false, decimals: { air_temperature: 1, co2: 0 } };

const observed = { observedAt: null, confirmedAt: null, validUntil: null, freshness: 'live' } as const;
const label = { de: '', en: '' };
const measured = (quantity: 'air_temperature' | 'co2', value: number | boolean | string, unit: string) =>
  valueText({ ...observed, quantity, value, unit, label, asset: null, channel: null }, moment);

describe('times', () => {
  it.each([
    ['2026-05-08T09:58:00Z', 'um 11:58 Uhr'],
    ['2026-05-07T22:01:00Z', 'um 00:01 Uhr'],
    ['2026-05-07T21:59:00Z', 'am 7. Mai um 23:59 Uhr'],
    ['2025-12-31T12:00:00Z', 'am 31. Dezember um 13:00 Uhr'],
  ])('%s is said by the clock of the city: %s', (time, words) => {
    expect(clockText(Date.parse(time), moment)).toBe(words);
  });

  it.each([
    [-5000, 'gerade eben'],
    [59_999, 'gerade eben'],
    [60_000, 'vor 1 Minute'],
    [3_599_999, 'vor 59 Minuten'],
    [3_600_000, 'vor 1 Stunde'],
    [47.9 * 3_600_000, 'vor 47 Stunden'],
    [72 * 3_600_000, 'vor 3 Tagen'],
  ])('%i ms ago is %s', (ageMs, words) => {
    expect(agoText(nowMs - ageMs, moment)).toBe(words);
  });
});

describe('values', () => {
  it('have the digits of their quantity, the German comma and the unit people write', () => {
    expect(measured('air_temperature', 15, 'Cel')).toEqual(['15,0', '°C']);
    expect(measured('co2', 1398, '[ppm]')).toEqual(['1.398', 'ppm']);
    expect(measured('co2', true, '1')).toEqual(['ja', '']);
    expect(measured('co2', 'GOOD', '1')).toEqual(['GOOD', '']);
  });

  it('have no unit of any quantity that only machines write so', () => {
    for (const { unit } of Object.values(quantities)) {
      const [, shown] = measured('co2', 1, unit);
      expect(shown, unit).not.toMatch(/[[\]{}.]|\d|^u/);
    }
  });
});

describe('plugs', () => {
  it('are called what people call them', () => {
    const plug = { id: '1', powerType: 'AC_3_PHASE' };
    expect(plugText({ ...plug, standard: 'IEC_62196_T2', maxPowerKw: 22 })).toBe('Typ 2, 22 kW');
    expect(plugText({ ...plug, standard: 'TESLA_S', maxPowerKw: 3.68 })).toBe('TESLA_S, 3,7 kW');
  });
});
