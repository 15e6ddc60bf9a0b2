import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StateSink, Translate, WriteResult } from '#core';
import { keepAll, PumpRig, rejecting, translateSaid } from './testing.ts';
import { receivedAtMs } from './testing-messages.ts';

let rig: PumpRig;
const soon = { timeout: 5000 };

beforeEach(async () => {
  rig = await PumpRig.create();
});
afterEach(async () => {
  vi.useRealTimers();
  await rig.remove();
});

describe('a message is confirmed', () => {
  it('only when the store has its points and a snapshot its effect', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'], now: receivedAtMs });
    let release: (result: WriteResult) => void = () => {};
    rig.store.answer = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    await rig.pump.start();
    await rig.sendAll({ fCnt: 1 });
    await rig.untilAsked(2);
    vi.advanceTimersByTime(60_000);
    expect([rig.pending, rig.snapshot]).toEqual([1, undefined]);
    const snapshots: (string | undefined)[] = [];
    rig.onConfirm = () => snapshots.push(rig.snapshot?.row);
    release({ rejected: [], keep: [] });
    await expect
      .poll(() => {
        vi.advanceTimersByTime(1000);
        return rig.pending;
      }, soon)
      .toBe(0);
    expect(snapshots).toEqual(['[[1,"id-1"]]']);
  });

  it('with a stop at the latest', async () => {
    await rig.pump.start();
    await rig.sendAll({ fCnt: 1 }, { fCnt: 2 });
    await rig.untilAsked(4);
    await rig.pump.stop();
    expect(rig.pending).toBe(0);
  });

  it('as a dead letter only when the drawer holds it', async () => {
    const found: number[] = [];
    rig.onConfirm = () => found.push(rig.ledger.list(10).length);
    await rig.pump.start();
    await rig.sendAll('rubbish');
    await expect.poll(rig.drawer, soon).toEqual([['encoding_unknown', 'cannot read rubbish']]);
    await rig.pump.stop();
    expect([found, rig.pending]).toEqual([[1], 0]);
  });
});

describe('statistics of a gateway', () => {
  it('are stored, and not told to the state, which knows devices only', async () => {
    const told: string[] = [];
    const watched: StateSink = {
      apply: (translated) => {
        told.push(translated.kind);
        return rig.state.apply(translated);
      },
      rows: () => rig.state.rows(),
      restore: (rows) => rig.state.restore(rows),
    };
    rig.build(translateSaid, watched);
    await rig.pump.start();
    await rig.sendAll('statistics', { fCnt: 1 });
    await rig.untilAsked(3);
    expect(rig.store.asked.map(({ measurement }) => measurement)).toEqual(['gateway', 'parking', 'uplink']);
    expect(told).toEqual(['uplink']);
    await rig.pump.stop();
    expect(rig.pending).toBe(0);
  });
});

describe('what goes wrong with one message', () => {
  it('puts points the store rejects into the drawer, with measurement and reason, and stores the others', async () => {
    rig.store.answer = rejecting(
      ({ time, measurement }) => measurement === 'parking' && time === receivedAtMs + 2,
    );
    await rig.pump.start();
    await rig.sendAll({ fCnt: 1 }, { fCnt: 2 }, 'rubbish', { fCnt: 3 });
    await rig.untilAsked(6);
    await expect.poll(rig.drawer, soon).toContainEqual(['point_rejected', 'parking: type conflict']);
    const [letter] = rig.ledger.list(1);
    expect(Buffer.from(letter?.payload ?? []).toString()).toBe('{"fCnt":2}');
    expect(rig.drawer()).toHaveLength(2);
    expect((await rig.metrics.deadLetters.get()).values).toMatchObject([{ value: 1 }, { value: 1 }]);
  });

  it('does not translateSaid again what the process ended on three times', async () => {
    await rig.sendAll({ fCnt: 1 }, { fCnt: 2 });
    for (let crash = 1; crash <= 3; crash++) await rig.crashOverNext();
    const translated: string[] = [];
    rig.build((raw) => {
      translated.push(Buffer.from(raw.payload).toString());
      return translateSaid(raw);
    }, rig.state);
    await rig.pump.start();
    await rig.untilApplied(1);
    expect(translated).toEqual(['{"fCnt":2}']);
    expect(rig.drawer()).toEqual([['translate_crashed', expect.stringContaining('3 times')]]);
  });

  it('flags the points of a frame that came before under another name', async () => {
    await rig.pump.start();
    await rig.sendAll({ fCnt: 1, id: 'a' }, { fCnt: 1, id: 'a' }, { fCnt: 1, id: 'b' });
    await rig.untilAsked(6);
    const flags = rig.store.asked
      .filter(({ measurement }) => measurement === 'uplink')
      .map((p) => p.fields.flags);
    expect(flags).toEqual([undefined, undefined, 'duplicate']);
  });

  it('counts the very same message that was sent again, but not what comes again after a restart', async () => {
    const repeated = async () => (await rig.metrics.repeated.get()).values[0]?.value;
    rig.store.answer = keepAll;
    await rig.pump.start();
    await rig.sendAll({ fCnt: 1 }, { fCnt: 1 }, { fCnt: 2 });
    await rig.untilAsked(6);
    expect(await repeated()).toBe(1);
    await rig.restart();
    await rig.pump.start();
    await rig.untilAsked(6);
    expect(await repeated()).toBe(0);
    await rig.sendAll({ fCnt: 2 });
    await rig.untilAsked(8);
    expect(await repeated()).toBe(1);
  }, 30_000);
});

describe('a failure of our own', () => {
  const stateWith = (over: Partial<StateSink>): StateSink => ({
    apply: () => ({ duplicate: false, repeated: false }),
    rows: () => [],
    restore: () => {},
    ...over,
  });

  it('that one message brings out costs that message only', async () => {
    const apply: StateSink['apply'] = (translated) => {
      if (translated.kind === 'uplink' && translated.fCnt === 2) throw new Error('broken state');
      return { duplicate: false, repeated: false };
    };
    rig.build(translateSaid, stateWith({ apply }));
    await rig.pump.start();
    await rig.sendAll({ fCnt: 1 }, { fCnt: 2 }, { fCnt: 3 });
    await rig.untilAsked(4);
    expect(rig.drawer()).toEqual([['apply_failed', 'broken state']]);
    expect(rig.pump.health()).toEqual({ status: 'ok' });
  });

  it('that concerns them all is said, and confirms nothing', async () => {
    const translateNothing: Translate = () => {
      throw new Error('broken translateSaid');
    };
    rig.build(translateNothing, stateWith({}));
    await rig.pump.start();
    await rig.sendAll({ fCnt: 1 });
    await expect
      .poll(() => rig.pump.health(), soon)
      .toEqual({ status: 'down', detail: 'broken translateSaid' });
    await rig.pump.stop();
    expect([rig.pending, rig.snapshot]).toEqual([1, undefined]);
  });
});
