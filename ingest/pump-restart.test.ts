import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StateLog } from './state-log.ts';
import { forgetful, keepAll, PumpRig, takeAll, translateSaid } from './testing.ts';

let rig: PumpRig;

beforeEach(async () => {
  rig = await PumpRig.create();
});
afterEach(async () => {
  await rig.remove();
});

describe('a store that keeps everything back', () => {
  it('delays neither the live state nor loses a message: it comes again after a restart, as the same points', async () => {
    rig.store.answer = keepAll;
    await rig.pump.start();
    await rig.sendAll({ fCnt: 1 }, { fCnt: 2 });
    await rig.untilApplied(2);
    await rig.untilAsked(4);
    const kept = rig.store.asked.slice(0, 4);
    await rig.close();
    expect(rig.pending).toBe(2);
    await rig.restart();
    await rig.pump.start();
    await rig.untilAsked(4);
    expect(rig.store.asked).toEqual(kept);
    await rig.pump.stop();
    expect(rig.pending).toBe(0);
  }, 30_000);

  it('makes the pump pause, and the backlog stays in the spool', async () => {
    let release: () => void = () => {};
    rig.store.answer = () =>
      new Promise((resolve) => {
        release = () => {
          rig.store.answer = async () => ({ rejected: [], keep: [] });
          resolve({ rejected: [], keep: [] });
        };
      });
    await rig.sendAll(...Array.from({ length: 100 }, (_, fCnt) => ({ fCnt, readings: 600 })));
    await rig.pump.start();
    await rig.untilApplied(100);
    await rig.sendAll({ fCnt: 100 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect([rig.state.known.size, rig.pending]).toEqual([100, 101]);
    release();
    await rig.untilApplied(101);
  });
});

describe('a restart', () => {
  it('goes on with the state of the last snapshot, and hands nothing in again', async () => {
    await rig.pump.start();
    await rig.sendAll({ fCnt: 1, id: 'a' });
    await rig.untilAsked(2);
    await rig.restart();
    await rig.pump.start();
    await rig.sendAll({ fCnt: 1, id: 'b' });
    await rig.untilAsked(2);
    expect(rig.store.asked.map(({ fields }) => fields.flags)).toEqual(['duplicate', 'duplicate']);
  });

  it('still flags the copy of a frame the state has forgotten, for as long as the store has not had it', async () => {
    rig.store.answer = keepAll;
    await rig.pump.start();
    await rig.sendAll({ fCnt: 1, id: 'a' }, { fCnt: 1, id: 'b' });
    await rig.untilAsked(4);
    const flags = () => rig.store.asked.map(({ fields }) => fields.flags);
    for (const answer of [keepAll, takeAll]) {
      await rig.restart();
      rig.store.answer = answer;
      rig.build(translateSaid, forgetful);
      await rig.pump.start();
      await rig.untilAsked(4);
      expect(flags().slice(0, 4)).toEqual([undefined, undefined, 'duplicate', 'duplicate']);
    }
    await rig.restart();
    expect(rig.pending).toBe(0);
    await rig.pump.start();
    await rig.sendAll({ fCnt: 2 });
    await rig.untilAsked(2);
    await rig.pump.stop();
    await rig.pump.stop();
    expect(rig.snapshot?.mark.copies).toEqual([]);
  }, 30_000);

  it('goes on without a snapshot that cannot be read', async () => {
    const stateLog = new StateLog(path.join(rig.folder, 'state'));
    await stateLog.save(
      () => [Buffer.from('not JSON')],
      () => ({ position: 1, copies: [], frames: [] }),
    );
    await stateLog.close();
    await rig.pump.start();
    await rig.sendAll({ fCnt: 1 });
    await rig.untilAsked(2);
    expect(rig.pump.health()).toEqual({ status: 'ok' });
  });
});
