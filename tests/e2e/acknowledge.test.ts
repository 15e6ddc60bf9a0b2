/** No PUBACK leaves before the fdatasync that covers its message; a copy of the code without the fdatasync is found out. */
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InfluxServer } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { eventually, missing, temporaryFolder } from '../services/programs.ts';
import { Publisher } from '../services/publisher.ts';
import { readTrace, type TraceFindings } from './acknowledge.ts';

const messages = 300;
const marker = (n: number): string => `<marker ${n}>`;

describe.skipIf(missing('mosquitto', 'influxd', 'strace'))('acknowledging, seen from the kernel', () => {
  let influx: InfluxServer;
  let work: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    [influx, work] = await Promise.all([InfluxServer.create(), temporaryFolder('strace')]);
  });
  afterAll(async () => {
    await influx.remove();
    await work.remove();
  });

  const traced = async (name: string, root?: string): Promise<TraceFindings> => {
    const mosquitto = await Mosquitto.create();
    const file = path.join(work.folder, `${name}.strace`);
    const calls = 'trace=write,writev,sendto,sendmsg,pwrite64,pwritev,fdatasync,fsync';
    const platform = await Platform.start({
      mqttUrl: mosquitto.url,
      influxUrl: influx.url,
      dataDir: path.join(work.folder, name),
      // -D: strace is the grandchild, so that signals go to the platform itself.
      wrapper: ['strace', '-D', '-f', '-y', '-xx', '-s', '100000', '-e', calls, '-o', file],
      ...(root !== undefined && { root }),
    });
    try {
      await eventually(async () => expect((await platform.get('/health/ready')).status).toBe(200));
      const publisher = await Publisher.connect(mosquitto.url);
      const topic = 'application/a/device/0000000000000001/event/up';
      // Slow at first, one message a group, then as fast as it goes.
      await publisher.publish(
        Array.from({ length: 50 }, (_, i) => ({ topic, payload: marker(i + 1) })),
        100,
      );
      await publisher.publish(
        Array.from({ length: messages - 50 }, (_, i) => ({ topic, payload: marker(i + 51) })),
      );
      await eventually(
        async () => expect(await platform.metric('mqtt_acknowledged_total')).toBe(messages),
        30_000,
      );
      await publisher.close();
    } finally {
      await platform.stop();
      await mosquitto.remove();
    }
    // The broker numbers what it sends a new session at QoS 1 from 1.
    const markers = new Map(Array.from({ length: messages }, (_, i) => [i + 1, marker(i + 1)]));
    return readTrace(await readFile(file, 'utf8'), markers);
  };

  /** The tree as it is, but for one change in one file. */
  const mutant = async (name: string, file: string, change: (code: string) => string): Promise<string> => {
    const root = path.join(work.folder, name);
    await mkdir(root);
    const left = new Set(['node_modules', '.git', 'data', 'coverage']);
    await cp(process.cwd(), root, {
      recursive: true,
      filter: (from) => !left.has(path.relative(process.cwd(), from)),
    });
    await symlink(path.resolve('node_modules'), path.join(root, 'node_modules'));
    const code = await readFile(path.join(root, file), 'utf8');
    const changed = change(code);
    expect(changed).not.toBe(code);
    await writeFile(path.join(root, file), changed);
    return root;
  };

  it('comes after the fdatasync that covers the message', { timeout: 90_000 }, async () => {
    const { acknowledged, violations } = await traced('as-it-is');
    expect(new Set(acknowledged.map((one) => one.marker)).size).toBe(messages);
    expect(violations).toEqual([]);
  });

  it('is found out when the fdatasync is missing', { timeout: 90_000 }, async () => {
    const root = await mutant('no-sync', 'ingest/spool/writer.ts', (code) =>
      code.replace(/await handle\.datasync\(\);/, ''),
    );
    const { acknowledged, violations } = await traced('without-sync', root);
    expect(acknowledged).toHaveLength(messages);
    expect(violations.filter((one) => one.includes('not synced before'))).toHaveLength(messages);
  });

  it('is found out when it does not wait for the spool', { timeout: 90_000 }, async () => {
    const root = await mutant('no-wait', 'ingest/spool/writer.ts', (code) =>
      code.replace(/await handle\.datasync\(\);/, 'setTimeout(() => handle.datasync(), 50);'),
    );
    const { violations } = await traced('without-wait', root);
    expect(violations.filter((one) => one.includes('not synced before')).length).toBeGreaterThan(0);
  });
});
