/** Every fault of the simulator on real parts: nothing acknowledged is lost, no status is false, and an operator can see it. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faults } from '#simulator';
import { ownClock } from '../crash/faults/platform.ts';
import { InfluxServer, type Row } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { eventually, missing, temporaryFolder } from '../services/programs.ts';
import { Publisher } from '../services/publisher.ts';
import { type Answer, answersOf } from './answers.ts';
import { checkAnswer } from './check.ts';
import { framesOf, isReadable, type LastWord, lastWords, timeOf } from './observer.ts';
import { type Asset, fromMs, hours, Quarter, writeCity } from './quarters.ts';
import { type Look, trials } from './signs.ts';

const hourMs = 3_600_000;
/** When the city is looked at. */
const looksMs = Array.from({ length: hours }, (_, hour) => fromMs + (hour + 1) * hourMs);
const clean = new Quarter(0, 'clean', '');
const quarters = [
  clean,
  ...Object.entries(trials).map(([name, { scenario }], index) => new Quarter(index + 1, name, scenario)),
];
const uplinks = quarters.flatMap((quarter) => quarter.uplinks).sort((a, b) => a.publishedMs - b.publishedMs);

describe.skipIf(missing('mosquitto', 'influxd'))('while something goes wrong', () => {
  let mosquitto: Mosquitto;
  let influx: InfluxServer;
  let platform: Platform;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let rows: Row[];
  let apart: string[];
  const answers = new Map<number, Answer[]>();

  const writeClock = async (timeMs: number): Promise<number> => {
    const offMs = timeMs - Date.now();
    await writeFile(path.join(folder.folder, 'clock'), String(offMs));
    return offMs;
  };
  /** Makes it that time for the platform. */
  const setClock = async (timeMs: number): Promise<void> => {
    const offMs = await writeClock(timeMs);
    platform.program.child.kill('SIGWINCH');
    await platform.program.printed(new RegExp(`clock is ${offMs} ms off`));
  };

  beforeAll(async () => {
    [mosquitto, influx, folder] = await Promise.all([
      Mosquitto.create(),
      InfluxServer.create(),
      temporaryFolder('faults'),
    ]);
    await writeCity(folder.folder, quarters);
    await writeClock(fromMs);
    platform = await Platform.start({
      ...{ mqttUrl: mosquitto.url, influxUrl: influx.url, cityDir: folder.folder },
      dataDir: path.join(folder.folder, 'data'),
      env: ownClock(folder.folder),
    });
    await eventually(async () => expect((await platform.get('/health/ready')).status).toBe(200));
    const publisher = await Publisher.connect(mosquitto.url);
    let published = 0;
    for (const [index, lookMs] of looksMs.entries()) {
      const sinceMs = looksMs[index - 1] ?? fromMs;
      const now = uplinks.filter(({ publishedMs }) => publishedMs >= sinceMs && publishedMs < lookMs);
      published += await publisher.publish(now.map(({ message }) => message));
      await eventually(async () =>
        expect(await platform.metric('messages_translated_total')).toBe(published),
      );
      await setClock(lookMs);
      answers.set(lookMs, await eventually(() => answersOf(platform)));
    }
    await publisher.close();
    await eventually(async () => expect(await platform.metric('spool_pending_messages')).toBe(0));
    rows = await influx.query('SELECT * FROM uplinks.uplink GROUP BY device');
    const lines = platform.program.output.matchAll(/device (\w+) at \S+ has been apart from others/g);
    apart = Array.from(lines, ([, device = '']) => device);
  }, 80_000);
  afterAll(async () => {
    await platform.stop();
    await influx.remove();
    await mosquitto.remove();
    await folder.remove();
  });

  const lookAt = ({ name, devEuis, uplinks: own }: Quarter): Look => {
    const known = new Set(devEuis.values());
    const heard = new Set([...own.map(({ devEui }) => devEui), ...known]);
    const told = [...answers.values()].flat().filter(({ id }) => id.startsWith(`${name}-`));
    return {
      rows: rows.filter(({ device }) => heard.has(String(device))),
      freshness: new Set(told.map(({ freshness }) => freshness)),
      isKnown: (devEui) => known.has(devEui),
      apart: apart.filter((device) => known.has(device)),
    };
  };

  it('has a trial for every fault', () => {
    const tried = [...Object.keys(trials), 'broker-restart'];
    expect(tried.toSorted()).toEqual(faults.map(({ name }) => name).toSorted());
  });

  it('acknowledges everything, and stores what can be read exactly once', async () => {
    expect(await platform.metric('mqtt_acknowledged_total')).toBe(uplinks.length);
    const idOf = (device: unknown, time: unknown): string => `${String(device)} ${String(time)}`;
    const expected = new Set(uplinks.filter(isReadable).map((one) => idOf(one.devEui, timeOf(one))));
    expect(rows.map(({ device, time }) => idOf(device, time)).toSorted()).toEqual([...expected].toSorted());
    expect(await platform.metric('dead_letters_total')).toBe(
      uplinks.filter((one) => !isReadable(one)).length,
    );
  });

  it.each(['late-copies', 'duplicates', 'clean'])('%s: each frame counts once', (name) => {
    const quarter = quarters.find((one) => one.name === name) ?? clean;
    const { rows: own } = lookAt(quarter);
    const counting = own.filter(({ flags }) => flags !== 'duplicate');
    const frames = new Set(quarter.uplinks.map(({ devEui, fCnt }) => `${devEui} ${fCnt}`));
    expect(counting.map(({ device, f_cnt }) => `${device} ${f_cnt}`).toSorted()).toEqual(
      [...frames].toSorted(),
    );
  });

  it.each(quarters.map((quarter) => [quarter.name, quarter] as const))(
    '%s: no status is false',
    (name, quarter) => {
      for (const lookMs of looksMs) {
        const delivered = quarter.uplinks.filter(({ publishedMs }) => publishedMs < lookMs);
        const words = new Map<Asset, ReadonlyMap<string, LastWord>>(
          [...quarter.devEuis].map(([asset, devEui]) => [asset, lastWords(framesOf(delivered, devEui))]),
        );
        for (const answer of answers.get(lookMs) ?? [])
          if (answer.id.startsWith(`${name}-`))
            checkAnswer(
              answer,
              answer.id.slice(name.length + 1),
              (asset) => words.get(asset) ?? new Map(),
              lookMs,
            );
      }
    },
  );

  it('counts as repeated what came twice, and nothing else', async () => {
    const readable = uplinks.filter(isReadable);
    const distinct = new Set(readable.map(({ message }) => String(message.payload)));
    expect(await platform.metric('uplinks_repeated_total')).toBe(readable.length - distinct.size);
  });

  it('counts as apart those that drift, and none that anything else is wrong with', async () => {
    const drifting = quarters.filter((quarter) => lookAt(quarter).apart.length > 0);
    expect(drifting.map(({ name }) => name)).toEqual(['drift']);
    expect(await platform.metric('devices_apart')).toBe(new Set(apart).size);
  });

  it.each(quarters.slice(1).map((quarter) => [quarter.name, quarter] as const))(
    '%s: an operator sees it, and only where it is',
    async (name, quarter) => {
      const { sign, counters = [] } = trials[name] ?? {};
      if (sign) expect([sign(lookAt(quarter)), sign(lookAt(clean))]).toEqual([true, false]);
      for (const [metric, label] of counters) expect(await platform.metric(metric, label)).toBeGreaterThan(0);
      expect(sign !== undefined || counters.length > 0).toBe(true);
    },
  );
});
