import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, type RawMessage, type Translation } from '#core';
import { Overtaker } from './overtaker.ts';

const message = (text: string): RawMessage => ({
  receivedAtMs: 0,
  broker: 'test',
  topic: text,
  payload: new Uint8Array(),
});

function translate(raw: RawMessage): Translation {
  if (raw.topic === 'broken') return { kind: 'dead-letter', raw, code: 'json_invalid', reason: 'test' };
  return {
    kind: 'event',
    type: 'log',
    devEui: raw.topic,
    time: 0,
    receivedAtMs: 0,
    flags: [],
    deduplicationId: '',
    details: {},
    readings: [],
  };
}

describe('the overtaker', () => {
  let waiting: RawMessage[];
  let applied: string[];
  let overtaker: Overtaker;

  beforeEach(async () => {
    waiting = [];
    applied = [];
    overtaker = new Overtaker({
      spool: { newest: () => waiting.splice(0) },
      translate: (raw) => (raw.topic === 'slow' ? Promise.resolve(translate(raw)) : translate(raw)),
      state: {
        apply: ({ devEui }, early) => {
          if (devEui === 'evil') throw new Error('a fault of ours');
          applied.push(early ? devEui : `${devEui} in its turn`);
          return { duplicate: false, repeated: false };
        },
      },
      log: createLogger('silent'),
    });
    await overtaker.start();
  });
  afterEach(() => overtaker.stop());

  it('applies what waits, again and again, in order, and says that it is early', async () => {
    waiting.push(message('a'), message('slow'), message('broken'), message('b'));
    await expect.poll(() => applied, { timeout: 2000 }).toEqual(['a', 'slow', 'b']);
    waiting.push(...Array.from({ length: 250 }, (_, i) => message(`m${i}`)));
    await expect.poll(() => applied.length, { timeout: 2000 }).toBe(253);
  });

  it('goes on after a message it could not apply', async () => {
    waiting.push(message('evil'));
    await expect.poll(() => waiting.length, { timeout: 2000 }).toBe(0);
    waiting.push(message('good'));
    await expect.poll(() => applied, { timeout: 2000 }).toEqual(['good']);
  });

  it('stops at once, with nothing under way', async () => {
    await overtaker.stop();
    waiting.push(message('late'));
    expect(applied).toEqual([]);
  });
});
