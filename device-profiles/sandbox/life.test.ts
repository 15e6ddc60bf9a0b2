import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createLogger, Registry } from '#core';
import { codecOf, frameFor, honest, quietSandbox } from './fixtures.ts';
import { DecoderSandbox } from './sandbox.ts';

const killer = codecOf(
  'killer',
  'if (input.bytes[0] === 66) new Array(2 ** 27).fill(0); return { data: { fine: true } };',
);
const slow = codecOf(
  'slow',
  'const end = input.bytes[0]; let n = 0; for (let i = 0; i < 3e6; i++) n += i % 7; return { data: { end } };',
);

/** Whether a process is still there. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function pidOf(sandbox: DecoderSandbox): number {
  if (sandbox.pid === undefined) throw new Error('there is no decoder process');
  return sandbox.pid;
}

describe('the decoder process', () => {
  it('is started by the first frame, has nothing of our environment, and is gone after stop', async () => {
    await using sandbox = quietSandbox();
    await sandbox.start();
    await sandbox.setCodecs([honest]);
    expect(sandbox.pid).toBeUndefined();
    await sandbox.decode(frameFor('honest', 1));
    const pid = pidOf(sandbox);
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toBe('TZ=UTC\0');
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('\0--permission\0');
    await sandbox.stop();
    expect(isAlive(pid)).toBe(false);
    expect((await sandbox.decode(frameFor('honest', 1))).errors).toEqual([
      'the decoder was stopped; decode it again later',
    ]);
    await sandbox.start();
    expect((await sandbox.decode(frameFor('honest', 9))).data).toEqual({ first: 9 });
  });

  it('is not left behind when stop comes first', async () => {
    const sandbox = quietSandbox();
    await sandbox.start();
    await sandbox.stop();
    await sandbox.setCodecs([honest]);
    const waiting = quietSandbox();
    await waiting.setCodecs([honest]);
    const decoded = waiting.decode(frameFor('honest', 3));
    await waiting.stop();
    expect((await decoded).data).toEqual({ first: 3 });
    expect(waiting.pid).toBeUndefined();
  });

  it('may be killed in the middle of a batch: every frame is decoded, and no codec blamed', async () => {
    await using sandbox = quietSandbox();
    await sandbox.setCodecs([slow, honest]);
    await sandbox.decode(frameFor('slow', 0));
    const pid = pidOf(sandbox);
    const frames = Array.from({ length: 60 }, (_, at) => frameFor(at % 2 === 0 ? 'slow' : 'honest', at));
    const decoding = Promise.all(frames.map((frame) => sandbox.decode(frame)));
    await new Promise((resolve) => setTimeout(resolve, 30));
    process.kill(pid, 'SIGKILL');
    expect((await decoding).map(({ data }) => data.end ?? data.first)).toEqual(frames.map((_, at) => at));
    expect(pidOf(sandbox)).not.toBe(pid);
    expect(sandbox.health()).toEqual({ status: 'ok' });
  });

  it('is restarted after a codec that kills it, which is found among others and in the end cut off', {
    timeout: 30_000,
  }, async () => {
    const registry = new Registry();
    const limits = { silenceMsMax: 600, suspectSilenceMsMax: 400, cutOffMs: 500 };
    const sandbox = new DecoderSandbox({ registry, log: createLogger('silent'), limits });
    await sandbox.setCodecs([killer, honest]);
    const frames = [1, 66, 4, 66, 5].map((byte) => frameFor('killer', byte));
    const [one, attack, four, another, five, ...others] = await Promise.all(
      [...frames, ...Array.from({ length: 300 }, (_, at) => frameFor('honest', at % 256))].map((frame) =>
        sandbox.decode(frame),
      ),
    );
    expect([one?.data, four?.data]).toEqual([{ fine: true }, { fine: true }]);
    expect(attack?.errors[0]).toMatch(/^ended the decoder/);
    expect(another?.errors[0]).toMatch(/^ended the decoder/);
    expect(five?.errors[0]).toMatch(/^the codec killer is cut off for a while: ended the decoder/);
    expect(others.map(({ data }) => data.first)).toEqual(others.map((_, at) => at % 256));
    expect(sandbox.health()).toMatchObject({
      status: 'degraded',
      detail: expect.stringContaining('killer (ended the decoder'),
    });
    expect(await registry.metrics()).toMatch(/sandbox_faults_total\{codec="killer",kind="death"\} 2/);
    expect(await registry.metrics()).toMatch(/sandbox_codecs_cut_off 1/);
    await expect
      .poll(async () => (await sandbox.decode(frameFor('killer', 1))).data, { timeout: 5000 })
      .toEqual({ fine: true });
    expect(sandbox.health()).toEqual({ status: 'ok' });
    await sandbox.stop();
  });

  it('cuts off what is too slow again and again, and tries it after a while', async () => {
    await using sandbox = quietSandbox({ timeoutMs: 40, faultsMax: 2, cutOffMs: 300 });
    await sandbox.setCodecs([
      codecOf('looping', 'while (input.bytes[0] === 66); return { data: { fine: true } };'),
      honest,
    ]);
    const decoded = await Promise.all(
      [66, 66, 66, 1].map((byte) => sandbox.decode(frameFor('looping', byte))),
    );
    expect(decoded.map(({ errors }) => errors[0])).toEqual([
      'did not end within 40 ms',
      'did not end within 40 ms',
      'the codec looping is cut off for a while: did not end within 40 ms; decode it again later',
      'the codec looping is cut off for a while: did not end within 40 ms; decode it again later',
    ]);
    expect((await sandbox.decode(frameFor('honest', 1))).data).toEqual({ first: 1 });
    await expect
      .poll(async () => (await sandbox.decode(frameFor('looping', 1))).data, { timeout: 5000 })
      .toEqual({ fine: true });
    expect(sandbox.health().status).toBe('ok');
  });

  it('says so when it cannot start, and keeps no frame waiting for it', async () => {
    await using sandbox = quietSandbox({ answerBytesMax: 5 });
    await sandbox.setCodecs([honest]);
    const expected = /^the decoder process said what cannot be read: a message of 14 bytes; at most 5/;
    expect((await sandbox.decode(frameFor('honest', 1))).errors[0]).toMatch(expected);
    expect((await sandbox.decode(frameFor('honest', 1))).errors[0]).toMatch(expected);
    expect(sandbox.health()).toMatchObject({ status: 'degraded', detail: expect.stringMatching(expected) });
  });

  it('turns a realm that cannot be made into an error', async () => {
    await using sandbox = quietSandbox({ heapMibMax: 1 });
    await sandbox.setCodecs([honest]);
    expect((await sandbox.decode(frameFor('honest', 1))).errors).toHaveLength(1);
  });

  it('ends with its parent, however that ended and whatever it was doing', async () => {
    const program = `import('${new URL('./fixtures.ts', import.meta.url)}').then(async (our) => {
      const sandbox = our.quietSandbox();
      await sandbox.setCodecs([our.honest, our.codecOf('looping', 'while (true);')]);
      await sandbox.decode(our.frameFor('honest', 1));
      void sandbox.decode(our.frameFor('looping', 1));
      process.stdout.write(String(sandbox.pid));
    });`;
    const parent = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = await once(parent.stdout, 'data');
    const pid = Number(String(said));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  });

  it('is not ended by a codec that was to blame before: others go on in theirs', {
    timeout: 30_000,
  }, async () => {
    const limits = {
      silenceMsMax: 400,
      suspectSilenceMsMax: 300,
      cutOffMs: 200,
      rssBytesMax: 400 * 1024 * 1024,
    };
    await using sandbox = quietSandbox(limits);
    await sandbox.setCodecs([killer, honest]);
    for (let round = 0; round < 2; round++) await sandbox.decode(frameFor('killer', 66));
    expect(sandbox.health().status).toBe('degraded');
    await sandbox.decode(frameFor('honest', 1));
    const pid = pidOf(sandbox);
    for (let round = 0; round < 2; round++) {
      await expect
        .poll(async () => (await sandbox.decode(frameFor('killer', 66))).errors[0], {
          interval: 20,
          timeout: 5000,
        })
        .toMatch(/^ended the decoder/);
      expect((await sandbox.decode(frameFor('honest', 7))).data).toEqual({ first: 7 });
    }
    expect(pidOf(sandbox)).toBe(pid);
  });

  it('may be stopped in its tracks: it is ended, and every frame decoded', async () => {
    await using sandbox = quietSandbox({ silenceMsMax: 400, suspectSilenceMsMax: 2000 });
    await sandbox.setCodecs([honest]);
    await sandbox.decode(frameFor('honest', 1));
    process.kill(pidOf(sandbox), 'SIGSTOP');
    expect((await sandbox.decode(frameFor('honest', 2))).data).toEqual({ first: 2 });
    expect(sandbox.health().status).toBe('ok');
  });

  it('must become ready in time', async () => {
    await using sandbox = quietSandbox({ startMsMax: 1 });
    await sandbox.setCodecs([honest]);
    const { errors } = await sandbox.decode(frameFor('honest', 1));
    expect(errors).toEqual(['the decoder process was not ready after 1 ms; decode it again later']);
  });

  it('costs nothing but its frames where the system has no file descriptor left for it', async () => {
    const program = `Promise.all([import('${new URL('./fixtures.ts', import.meta.url)}'), import('node:fs')]).then(async ([our, fs]) => {
      await using sandbox = our.quietSandbox();
      await sandbox.setCodecs([our.honest]);
      await sandbox.decode(our.frameFor('honest', 1));
      process.kill(sandbox.pid, 'SIGKILL');
      while (sandbox.pid !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
      const held = [];
      try { for (;;) held.push(fs.openSync('/dev/null')); } catch {}
      const first = await sandbox.decode(our.frameFor('honest', 1));
      for (const fd of held) fs.closeSync(fd);
      let again;
      do again = await sandbox.decode(our.frameFor('honest', 1)); while (again.errors.length > 0);
      process.stdout.write(JSON.stringify([first.errors, again.data]));
    });`;
    const script = 'ulimit -n 64; exec "$0" -e "$1"';
    const child = spawn('bash', ['-c', script, process.execPath, program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = await once(child.stdout, 'data');
    expect(JSON.parse(String(said))).toEqual([
      [expect.stringMatching(/^the decoder process could not be started: .*(?:EMFILE|too many open files)/)],
      { first: 1 },
    ]);
  });

  it('cuts off what is slow within its limit, once that has cost seconds', { timeout: 30_000 }, async () => {
    await using sandbox = quietSandbox({ meanMsMax: 5, faultsMax: 1 });
    const body = 'let n = 0; for (let i = 0; i < 2e7; i++) n += i % 7; return { data: { n } };';
    await sandbox.setCodecs([codecOf('sluggish', body)]);
    const decoded = await Promise.all(
      Array.from({ length: 1000 }, (_, at) => sandbox.decode(frameFor('sluggish', at % 256))),
    );
    expect(decoded[0]?.errors).toEqual([]);
    expect(decoded.at(-1)?.errors[0]).toMatch(
      /^the codec sluggish is cut off .* takes \d+ ms a frame, at most 5/,
    );
  });

  it('gives up what has waited too long', async () => {
    await using sandbox = quietSandbox({ waitMsMax: 1000 });
    const body = 'if (input.bytes[0] > 0) for (let i = 0; i < 5e7; i++); return { data: { i: 1 } };';
    await sandbox.setCodecs([codecOf('sluggish', body)]);
    await sandbox.decode(frameFor('sluggish', 0));
    const frames = Array.from({ length: 255 }, (_, at) => frameFor('sluggish', at + 1));
    const decoded = await Promise.all(frames.map((frame) => sandbox.decode(frame)));
    expect(decoded[0]?.data).toEqual({ i: 1 });
    const expected = 'waited 1000 ms for the codec sluggish; decode it again later';
    expect(decoded.at(-1)?.errors).toEqual([expected]);
  });

  it('sends many large results of a codec with a realm for each call in several answers', async () => {
    const registry = new Registry();
    const sandbox = new DecoderSandbox({ registry, log: createLogger('silent') });
    const large = codecOf('large', 'return { data: { text: "\u20ac".repeat(60000) } };');
    await sandbox.setCodecs([{ ...large, stateful: true }]);
    const frames = Array.from({ length: 100 }, (_, at) => frameFor('large', at));
    const decoded = await Promise.all(frames.map((frame) => sandbox.decode(frame)));
    expect(decoded.every(({ data }) => String(data.text).length === 60_000)).toBe(true);
    expect(await registry.metrics()).toMatch(/sandbox_decoder_ends_total 0/);
    await sandbox.stop();
  });

  it('takes no more frames than may wait', async () => {
    await using sandbox = quietSandbox({ waitingFramesMax: 2 });
    await sandbox.setCodecs([honest]);
    const decoded = await Promise.all([1, 2, 3].map((byte) => sandbox.decode(frameFor('honest', byte))));
    expect(decoded.map(({ errors }) => errors[0])).toEqual([
      undefined,
      undefined,
      '2 frames wait for the decoder already; decode it again later',
    ]);
  });
});

describe('memory', () => {
  /** What a process holds, in MiB. */
  const rssMib = (pid: number) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

  it('stays flat over 50,000 decodes and 200 changes of the codecs', { timeout: 120_000 }, async () => {
    await using sandbox = quietSandbox();
    const decodeMany = async (id: string, rounds: number) => {
      for (let round = 0; round < rounds; round++) {
        await Promise.all(Array.from({ length: 500 }, (_, at) => sandbox.decode(frameFor(id, at % 256))));
      }
    };
    const changeMany = async (rounds: number) => {
      for (let round = 0; round < rounds; round++) {
        await sandbox.setCodecs([{ ...honest, source: `${honest.source} // ${round}` }]);
        await sandbox.decode(frameFor('honest', 1));
      }
    };
    await changeMany(40);
    await decodeMany('honest', 20);
    const pid = pidOf(sandbox);
    const before = rssMib(pid);
    await decodeMany('honest', 100);
    await changeMany(200);
    expect(pidOf(sandbox)).toBe(pid);
    expect(rssMib(pid) - before).toBeLessThan(40);
  });

  it('stays flat for a codec whose every call has a realm of its own', { timeout: 60_000 }, async () => {
    await using sandbox = quietSandbox();
    await sandbox.setCodecs([{ ...honest, stateful: true }]);
    const decodeMany = async (rounds: number) => {
      for (let round = 0; round < rounds; round++) {
        await Promise.all(Array.from({ length: 50 }, () => sandbox.decode(frameFor('honest', 1))));
      }
    };
    await decodeMany(4);
    const before = rssMib(pidOf(sandbox));
    await decodeMany(20);
    expect(rssMib(pidOf(sandbox)) - before).toBeLessThan(40);
  });
});
