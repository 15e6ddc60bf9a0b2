import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Component, Delivery, RawMessage, Spool } from '#core';

/** What the suite needs to know of an implementation; `reopen` gives a new instance on what the last one left. */
export interface SpoolUnderTest {
  readonly name: string;
  open(bytesMax?: number): Promise<Spool & Component>;
  /** Forgets everything; called before each test. */
  clear(): Promise<void>;
}

function message(text: string, bytes = 0): RawMessage {
  const payload = Buffer.alloc(Math.max(bytes, Buffer.byteLength(text)), 32);
  payload.write(text);
  return {
    receivedAtMs: 1_795_000_000_123.5,
    broker: 'broker-ä',
    topic: `application/1/device/${text}`,
    payload,
  };
}

function textOf({ message: { payload } }: Delivery): string {
  return Buffer.from(payload).toString('utf8').trim();
}

const limit = { messagesMax: 1000, bytesMax: 1_048_576 };

/** Takes deliveries until there are `count`. */
async function take(spool: Spool, count: number): Promise<Delivery[]> {
  const all: Delivery[] = [];
  while (all.length < count) {
    all.push(
      ...(await spool.consume({ ...limit, messagesMax: count - all.length }, AbortSignal.timeout(5000))),
    );
    spool.release();
  }
  return all;
}

const texts = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `m${from + i}`);
const positionsOf = (deliveries: readonly Delivery[]) => deliveries.map(({ position }) => position);

/** The promises of the port {@link Spool}, for any implementation. */
export function spoolContract(under: SpoolUnderTest): void {
  describe(`${under.name} keeps the promises of a spool`, () => {
    let spool: Spool & Component;
    beforeEach(async () => {
      await under.clear();
      spool = await under.open();
    });
    afterEach(() => spool.stop());

    const reopen = async (): Promise<void> => {
      await spool.stop();
      spool = await under.open();
    };

    it('hands out what was appended, whole and in order', async () => {
      const sent = texts(50).map((text) => message(text));
      await Promise.all(sent.map((one) => spool.append([one])));
      const got = await take(spool, 50);
      expect(got.map(textOf).sort()).toEqual(texts(50).sort());
      expect(got[0]?.message.topic).toBe(`application/1/device/${got[0] && textOf(got[0])}`);
      expect(got[0]?.message.receivedAtMs).toBe(1_795_000_000_123.5);
      expect(got[0]?.message.broker).toBe('broker-ä');
    });

    it('keeps the order of one caller', async () => {
      for (const text of texts(20)) await spool.append([message(text)]);
      expect((await take(spool, 20)).map(textOf)).toEqual(texts(20));
    });

    it('waits for the first message, and gives up when told to', async () => {
      const waiting = spool.consume(limit, AbortSignal.timeout(5000));
      await spool.append([message('late')]);
      expect((await waiting).map(textOf)).toEqual(['late']);
      await expect(spool.consume(limit, AbortSignal.timeout(50))).rejects.toThrow();
    });

    it('hands out again after a restart what was not confirmed, and nothing else', async () => {
      await spool.append(texts(10).map((text) => message(text)));
      const got = await take(spool, 10);
      spool.confirm(positionsOf(got.filter((_, index) => index !== 3 && index < 8)));
      await reopen();
      expect((await take(spool, 3)).map(textOf)).toEqual(['m3', 'm8', 'm9']);
    });

    it('tells the newest out of turn, each once, until they are consumed', async () => {
      await spool.append(texts(3).map((text) => message(text)));
      await take(spool, 2);
      const newest = () => spool.newest().map(({ payload }) => Buffer.from(payload).toString().trim());
      expect(newest()).toEqual(['m2']);
      expect(newest()).toEqual([]);
      await spool.append([message('m3')]);
      expect(newest()).toEqual(['m3']);
      expect((await take(spool, 2)).map(textOf)).toEqual(['m2', 'm3']);
      await spool.append([message('m4')]);
      await take(spool, 1);
      expect(newest()).toEqual([]);
    });

    it('tells of a large backlog the newest, in little memory', async () => {
      for (const text of texts(30)) await spool.append([message(text, 500_000)]);
      const newest = spool.newest();
      expect(newest.length).toBeGreaterThan(5);
      expect(newest.length).toBeLessThan(30);
      expect(
        Buffer.from(newest.at(-1)?.payload ?? [])
          .toString()
          .trim(),
      ).toBe('m29');
      expect(await take(spool, 30)).toHaveLength(30);
    });

    it('never confirms one message with another', async () => {
      await spool.append(texts(5).map((text) => message(text)));
      spool.confirm(positionsOf((await take(spool, 5)).slice(4)));
      expect(spool.status().pending).toBe(4);
      await reopen();
      expect((await take(spool, 4)).map(textOf)).toEqual(texts(4));
    });

    it('counts attempts only for messages that were in hand when the process ended', async () => {
      await spool.append(texts(3).map((text) => message(text)));
      expect((await take(spool, 2)).map(({ attempt }) => attempt)).toEqual([1, 1]);
      await reopen();
      expect((await take(spool, 3)).map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    });

    it('hands out a message that was in hand alone, with the number of its attempt', async () => {
      await spool.append(texts(4).map((text) => message(text)));
      for (const attempt of [1, 2, 3, 4]) {
        const [first] = await spool.consume({ ...limit, messagesMax: 1 }, AbortSignal.timeout(5000));
        expect(first).toMatchObject({ attempt });
        expect(first && textOf(first)).toBe('m0');
        await reopen();
      }
      const batch = await spool.consume(limit, AbortSignal.timeout(5000));
      expect(batch.map(textOf)).toEqual(['m0']);
      spool.release();
      expect((await take(spool, 3)).map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    });

    it('stands a message appended twice', async () => {
      await spool.append([message('twice')]);
      await spool.append([message('twice')]);
      expect((await take(spool, 2)).map(textOf)).toEqual(['twice', 'twice']);
    });

    it('refuses when full, drops nothing, and takes messages again when there is room', async () => {
      await spool.stop();
      spool = await under.open(1_048_576);
      const sent: string[] = [];
      const fill = async (): Promise<void> => {
        for (;;) {
          const text = `m${sent.length}`;
          await spool.append([message(text, 20_000)]);
          sent.push(text);
        }
      };
      await expect(fill()).rejects.toMatchObject({ code: 'spool_full' });
      expect(spool.status().bytes).toBeLessThanOrEqual(1_048_576);
      expect(sent.length).toBeGreaterThan(40);
      const got = await take(spool, sent.length);
      expect(got.map(textOf)).toEqual(sent);
      spool.confirm(positionsOf(got));
      await expect.poll(() => spool.status().bytes).toBeLessThan(500_000);
      await spool.append([message('room again')]);
      expect((await take(spool, 1)).map(textOf)).toEqual(['room again']);
    });

    it('refuses a message larger than 1 MiB by name', async () => {
      await expect(spool.append([message('big', 1_048_577)])).rejects.toMatchObject({
        code: 'spool_record_too_large',
      });
    });

    it('keeps to the limits of a consumer and still gets on with one that is larger', async () => {
      await spool.append(texts(5).map((text) => message(text, 1000)));
      const small = await spool.consume({ messagesMax: 1000, bytesMax: 2500 }, AbortSignal.timeout(5000));
      expect(small.length).toBeLessThanOrEqual(2);
      const one = await spool.consume({ messagesMax: 1000, bytesMax: 10 }, AbortSignal.timeout(5000));
      expect(one).toHaveLength(1);
    });
  });
}
