import { describe, expect, it } from 'vitest';
import { faults } from './faults.ts';
import { scenarioOf } from './scenario.ts';

const told = (text: string): string[] =>
  scenarioOf(text).map(({ fault, argument }) => `${fault.name}:${argument}`);

describe('a scenario', () => {
  it('has the faults it names, each with its number, in the order messages meet them', () => {
    expect(told('duplicates')).toEqual(['duplicates:10']);
    expect(told('duplicates:5, gateway-outage:1.5,stuck-sensor:3')).toEqual([
      'stuck-sensor:3',
      'gateway-outage:1.5',
      'duplicates:5',
    ]);
    expect(told(faults.map(({ name }) => name).join(','))).toHaveLength(faults.length);
  });

  it.each([
    ['gatway-outage', 'No fault is called "gatway-outage". The nearest are gateway-outage,'],
    ['stuck', 'The nearest are stuck-sensor,'],
    ['', 'No fault is called ""'],
    ['stuck-sensor:0', 'stuck-sensor takes devices from 1 to'],
    ['stuck-sensor:1.5', 'stuck-sensor takes devices'],
    ['duplicates:', 'duplicates takes percent from 0.01 to 100, as duplicates:10.'],
    ['duplicates:101', 'duplicates:101 makes no sense'],
    ['duplicates:1:2', 'makes no sense'],
    ['drift,duplicates,drift', 'drift is named twice.'],
  ])('%j is refused with what to do', (text, reason) => {
    expect(() => scenarioOf(text)).toThrow(reason);
  });
});
