/** The load generator on a real broker, read by the real bridge, and held against a real store. */
import { spawn } from 'node:child_process';
import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createDirectory, loadInventory } from '#city-state';
import type { Uplink } from '#core';
import { createTranslate } from '#gateway-bridge';
import { InfluxServer } from './services/influxdb.ts';
import { Mosquitto } from './services/mosquitto.ts';
import { Platform } from './services/platform.ts';
import { missing, temporaryFolder } from './services/programs.ts';

const summarySchema = z.object({
  asked: z.number(),
  sent: z.number(),
  acknowledged: z.number(),
  unacknowledged: z.number(),
  poisoned: z.object({ malformed: z.number(), oversize: z.number(), undecodable: z.number() }).optional(),
  seconds: z.number(),
  verify: z.object({ ok: z.boolean(), stored: z.number(), missing: z.number() }).optional(),
});

/** `stadtpegel simulate` with a load; `interruptMs`: Ctrl-C so long after it has begun to publish. */
async function load(args: string, env: NodeJS.ProcessEnv = {}, interruptMs?: number) {
  const command = ['bin/stadtpegel.mjs', 'simulate', ...args.split(' ')];
  const child = spawn(process.execPath, command, { env: { PATH: process.env.PATH, ...env } });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
    if (interruptMs !== undefined && / sent {2}/.test(chunk.toString()))
      setTimeout(() => child.kill('SIGINT'), interruptMs);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, errors, summary: output === '' ? undefined : summarySchema.parse(JSON.parse(output)) };
}

describe.skipIf(missing('mosquitto'))('stadtpegel simulate --rate', () => {
  it.each(['json', 'protobuf'])(
    'publishes uplinks in %s that all mean something, each once',
    async (encoding) => {
      const mosquitto = await Mosquitto.create();
      const listener = await connectAsync(mosquitto.url);
      const translate = createTranslate(createDirectory(await loadInventory('cities/captured')));
      const uplinks: Uplink[] = [];
      listener.on('message', (topic, payload) => {
        const translated = translate({ receivedAtMs: Date.now(), broker: 'b', topic, payload });
        if (translated.kind === 'uplink') uplinks.push(translated);
      });
      await listener.subscribeAsync('application/+/device/+/event/up', { qos: 1 });
      const options = `--mqtt ${mosquitto.url} --rate 4000/s --devices 500 --uplinks 4000 --force`;
      const { code, summary } = await load(`${options} --encoding ${encoding}`);
      await listener.endAsync();
      await mosquitto.remove();
      expect([code, summary]).toEqual([
        0,
        expect.objectContaining({ asked: 4000, sent: 4000, acknowledged: 4000, unacknowledged: 0 }),
      ]);
      expect(uplinks).toHaveLength(4000);
      const unlike = (key: (uplink: Uplink) => unknown): number => new Set(uplinks.map(key)).size;
      expect(unlike(({ deduplicationId }) => deduplicationId)).toBe(4000);
      expect(unlike(({ devEui }) => devEui)).toBe(500);
      expect(unlike(({ devEui, fCnt }) => `${devEui} ${fCnt}`)).toBe(4000);
      expect(unlike(({ devEui, time }) => `${devEui} ${time}`)).toBe(4000);
      for (const { error, flags, readings, receivedAtMs, time } of uplinks) {
        expect([error, flags, readings.length > 0]).toEqual([undefined, [], true]);
        // One row in the store: neither channels nor a past of their own.
        expect(new Set(readings.map((reading) => `${reading.channel} ${reading.time}`)).size).toBe(1);
        expect(Math.abs(receivedAtMs - time)).toBeLessThan(5000);
      }
    },
  );

  it.each(['json', 'protobuf'])(
    'poisons %s so that each is a dead letter or a decode error',
    async (encoding) => {
      const mosquitto = await Mosquitto.create();
      const listener = await connectAsync(mosquitto.url);
      const translate = createTranslate(createDirectory(await loadInventory('cities/captured')));
      const found = new Map<string, number>();
      const saw = (what: string): unknown => found.set(what, 1 + (found.get(what) ?? 0));
      listener.on('message', (topic, payload) => {
        const translated = translate({ receivedAtMs: Date.now(), broker: 'b', topic, payload });
        if (translated.kind === 'dead-letter') saw(translated.code);
        if (translated.kind === 'uplink') saw(translated.error?.code ?? 'readings');
      });
      await listener.subscribeAsync('application/+/device/+/event/up', { qos: 1 });
      const options = `--mqtt ${mosquitto.url} --rate 1000/s --devices 200 --uplinks 1000 --poison 6% --force`;
      const { summary } = await load(`${options} --encoding ${encoding}`);
      await listener.endAsync();
      await mosquitto.remove();
      const { malformed = 0, oversize = 0, undecodable = 0 } = summary?.poisoned ?? {};
      for (const count of [malformed, oversize, undecodable]) expect(Math.abs(count - 20)).toBeLessThan(5);
      expect(Object.fromEntries(found)).toEqual({
        readings: 1000 - malformed - oversize - undecodable,
        [`${encoding}_invalid`]: malformed,
        payload_too_large: oversize,
        decode_failed: undecodable,
      });
    },
  );

  it('keeps its rate, ends at Ctrl-C, and sums up what was', { timeout: 40_000 }, async () => {
    const mosquitto = await Mosquitto.create();
    const options = `--mqtt ${mosquitto.url} --rate 500/s --duration 60s --force`;
    const { code, errors, summary } = await load(options, {}, 1000);
    await mosquitto.remove();
    expect(code).toBe(0);
    expect(errors).toMatch(
      /^1 s {2}[45]\d\d sent {2}[45]\d\d acknowledged {2}[45]\d\d\/s {2}\d+ late {2}0 errors$/m,
    );
    expect(summary?.seconds).toBeLessThan(10);
    expect(summary?.acknowledged).toBe(summary?.sent);
    expect((summary?.sent ?? 0) / (summary?.seconds ?? 1)).toBeGreaterThan(400);
    expect((summary?.sent ?? 0) / (summary?.seconds ?? 1)).toBeLessThanOrEqual(500);
  });

  it('leaves a broker alone that somebody uses', { timeout: 30_000 }, async () => {
    const mosquitto = await Mosquitto.create();
    const other = await connectAsync(mosquitto.url);
    await other.publishAsync('application/1/device/2/event/up', '{}', { qos: 1, retain: true });
    const { code, errors, summary } = await load(`--mqtt ${mosquitto.url} --rate 10 --uplinks 10`);
    await other.endAsync();
    await mosquitto.remove();
    expect([code, summary]).toEqual([1, undefined]);
    expect(errors).toMatch(/somebody uses this broker: application\/1\/device\/2\/event\/up.*--force/);
  });

  it('says that there is no broker', async () => {
    const { code, errors } = await load('--mqtt mqtt://127.0.0.1:1 --rate 10');
    expect([code, errors]).toEqual([1, expect.stringMatching(/ECONNREFUSED 127\.0\.0\.1:1/)]);
  });

  it.each([
    ['--devices 4', /--devices is of a load: it takes --rate/],
    ['--rate 20000/s --devices 10', /too few.*it takes 2000/],
    ['--rate 10 --city cities/demo', /'--rate <uplinks\/s>' cannot be used with option '--city/],
    ['--rate 10 --poison 1', /--poison.*'1'.*1%/],
    ['--poison 1%', /--poison is of a load: it takes --rate/],
    ['--rate fast', /--rate.*'fast'.*20000\/s/],
    ['--rate 10 --duration 5', /--duration.*'5'.*60s/],
    ['--rate 10 --verify', /set STADTPEGEL_INFLUX_URL/],
  ])('%s: named, and 1', async (options, message) => {
    const { code, errors } = await load(`--mqtt mqtt://127.0.0.1:1 ${options}`);
    expect([code, errors]).toEqual([1, expect.stringMatching(message)]);
    expect(errors).not.toMatch(/\n\s+at /);
  });
});

describe.skipIf(missing('mosquitto', 'influxd'))('stadtpegel simulate --verify', () => {
  it('finds every acknowledged uplink in the store, poisoned ones only where they can be read', {
    timeout: 90_000,
  }, async () => {
    const { folder, remove } = await temporaryFolder('load');
    const [mosquitto, influx] = await Promise.all([Mosquitto.create(), InfluxServer.create()]);
    const platform = await Platform.start({
      mqttUrl: mosquitto.url,
      influxUrl: influx.url,
      dataDir: folder,
      command: 'bridge',
    });
    const env = { STADTPEGEL_INFLUX_URL: influx.url };
    const options = `--mqtt ${mosquitto.url} --rate 5000/s --devices 600 --uplinks 3000 --poison 2% --force --verify`;
    const first = await load(options, env);
    const { malformed = 0, oversize = 0 } = first.summary?.poisoned ?? {};
    expect([first.code, first.summary?.verify]).toEqual([
      0,
      { ok: true, stored: 3000 - malformed - oversize, missing: 0 },
    ]);
    expect(oversize).toBeGreaterThan(10);
    await platform.stop();
    await remove();
    await influx.remove();
    await mosquitto.remove();
  });
});
