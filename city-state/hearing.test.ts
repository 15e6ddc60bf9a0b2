import { describe, expect, it } from 'vitest';
import { Registry, type Uplink } from '#core';
import { Device } from './device.ts';
import { hearingOf, isStuck, observeHearing } from './hearing.ts';
import { eui, hourMs, minuteMs, startMs, stateAfter, uplink } from './testing.ts';

const frame = (fCnt: number, minute: number, devAddr = '01000001'): Uplink =>
  uplink(eui(7), { air_temperature: 20 }, { fCnt, time: startMs + minute * minuteMs, devAddr });

describe('frame counters', () => {
  it('tell what was missed, what came late, and what began again', () => {
    const state = stateAfter(frame(3, 0), frame(4, 10), frame(8, 50));
    expect(state.frameTally).toMatchObject({ missed: 3, late: 0, restarted: 0 });
    state.apply(frame(6, 30));
    expect(state.frameTally).toMatchObject({ missed: 3, late: 1, restarted: 0 });
    state.apply(frame(6, 30));
    state.apply(
      uplink(eui(7), {}, { fCnt: 8, time: startMs + 51 * minuteMs, data: '{"air_temperature":20}' }),
    );
    expect(state.frameTally).toMatchObject({ missed: 3, late: 1, restarted: 0 });
    state.apply(frame(0, 60));
    expect(state.frameTally).toMatchObject({ missed: 3, late: 1, restarted: 1 });
    state.apply(frame(40, 70, '01000002'));
    expect(state.frameTally).toMatchObject({ missed: 3, late: 1, restarted: 1 });
  });
});

describe('how a device is heard', () => {
  const device = new Device(startMs);
  device.applyUplink(frame(0, 0));

  it.each([
    [14, 'in time'],
    [16, 'late'],
    [31, 'silent'],
  ] as const)('%i minutes after it spoke, of ten: %s', (minute, heard) => {
    expect(hearingOf(device, startMs + minute * minuteMs)).toBe(heard);
  });

  it('is a figure for alarms', async () => {
    const registry = new Registry();
    const stranger = uplink('ffffffffffffffff', { air_temperature: 1 });
    observeHearing(registry, stateAfter(frame(0, 0), frame(2, 10), stranger), () => startMs + hourMs);
    const text = await registry.metrics();
    expect(text).toMatch(/^stadtpegel_devices\{heard="silent"\} 1$/m);
    expect(text).toMatch(/^stadtpegel_devices\{heard="unassigned"\} 1$/m);
    expect(text).toMatch(/^stadtpegel_devices\{heard="never"\} 6$/m);
    expect(text).toMatch(/^stadtpegel_frames_missed_total 1$/m);
  });
});

describe('a stuck sensor', () => {
  const saying = (last: number): Device => {
    const device = new Device(startMs);
    for (let fCnt = 0; fCnt < 8; fCnt++) {
      const air = { air_temperature: fCnt === 7 ? last : 20, relative_humidity: 50 };
      device.applyUplink(uplink(eui(7), air, { fCnt, time: startMs + fCnt * 10 * minuteMs }));
    }
    return device;
  };

  it('says the very same for an hour', () => {
    expect(isStuck(saying(20))).toBe(true);
    expect(isStuck(saying(20.1))).toBe(false);
  });

  it('is none that tells a single state, or has said little', () => {
    const bay = new Device(startMs);
    for (let fCnt = 0; fCnt < 20; fCnt++)
      bay.applyUplink(uplink(eui(1), { bay_occupied: true }, { fCnt, time: startMs + fCnt * 10 * minuteMs }));
    expect(isStuck(bay)).toBe(false);
    const short = new Device(startMs);
    for (let fCnt = 0; fCnt < 20; fCnt++)
      short.applyUplink(
        uplink(
          eui(7),
          { air_temperature: 20, relative_humidity: 50 },
          { fCnt, time: startMs + fCnt * minuteMs },
        ),
      );
    expect(isStuck(short)).toBe(false);
  });
});
