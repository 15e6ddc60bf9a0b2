import { describe, expect, it } from 'vitest';
import { createDirectory } from './directory.ts';
import { inventoryOf } from './testing.ts';

const device = '24e124707c123456';
const moved = Date.UTC(2026, 1, 1);
const directory = createDirectory(
  inventoryOf(`
sites: [{ id: s, kind: parking, name: x, organisation: werke, location: { latitude: 1, longitude: 2 }, assets: [
  { kind: parking-bay, id: old }, { kind: parking-bay, id: new }, { kind: parking-bay, id: side }] }]
devices: [{ devEui: '24E124707C123456', profile: bosch/tps110 }]
assignments:
  - { device: '24E124707C123456', asset: old, validFrom: 2026-01-01, validTo: 2026-02-01 }
  - { device: '24E124707C123456', asset: new, validFrom: 2026-02-01 }
  - { device: '24E124707C123456', channel: l2, asset: side, validFrom: 2026-01-15 }
`),
);

describe('the directory', () => {
  it('knows the profile of a device, however its DevEUI was written', () => {
    expect(directory.profileOf(device, moved)).toBe('bosch/tps110');
    expect(directory.profileOf('0000000000000000', moved)).toBeUndefined();
  });

  it('places a reading by its own time, the beginning inclusive and the end exclusive', () => {
    expect(directory.placeOf(device, undefined, Date.UTC(2026, 0, 1) - 1)).toEqual({});
    expect(directory.placeOf(device, undefined, Date.UTC(2026, 0, 1))).toEqual({ asset: 'old', site: 's' });
    expect(directory.placeOf(device, undefined, moved - 1)).toEqual({ asset: 'old', site: 's' });
    expect(directory.placeOf(device, undefined, moved)).toEqual({ asset: 'new', site: 's' });
  });

  it('prefers the assignment that names the channel', () => {
    expect(directory.placeOf(device, 'l2', Date.UTC(2026, 0, 14)).asset).toBe('old');
    expect(directory.placeOf(device, 'l2', moved).asset).toBe('side');
    expect(directory.placeOf(device, 'l1', moved).asset).toBe('new');
  });

  it('knows nothing of strangers', () => {
    expect(directory.placeOf('ffffffffffffffff', undefined, moved)).toEqual({});
  });
});
