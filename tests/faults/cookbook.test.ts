/** Every command of docs/simulator.md does what it says there. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mosquitto } from '../services/mosquitto.ts';
import { eventually, missing, Program, temporaryFolder } from '../services/programs.ts';

const page = readFileSync(new URL('../../docs/simulator.md', import.meta.url), 'utf8');
/** Those that publish; `--truth` is tried beside its code. */
const commands = [...page.matchAll(/^node (bin\/stadtpegel\.mjs simulate.*)$/gm)]
  .map(([, text = '']) => text)
  .filter((text) => !text.includes('--truth'));
const [makeKeys = ''] = /(?<=^node )bin\/stadtpegel\.mjs provision secrets .*$/m.exec(page) ?? [];
const gateways = `gateways:
  - { gatewayId: "0016c001f1500812", name: Rathaus, latitude: 51.151, longitude: 8.984, altitudeM: 35 }
`;
const isLoad = (text: string): boolean => text.includes('--rate');

describe.skipIf(missing('mosquitto'))('the cookbook', () => {
  let mosquitto: Mosquitto;
  let files: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    mosquitto = await Mosquitto.create();
    files = await temporaryFolder('cookbook');
    await writeFile(`${files.folder}/gateways.yaml`, gateways);
    await start(makeKeys).printed(/[1-9]\d* keys made/);
  });
  afterAll(async () => {
    await mosquitto.remove();
    await files.remove();
  });

  const started: Program[] = [];
  afterAll(() => Promise.all(started.map((program) => program.end('SIGINT'))));

  const start = (text: string): Program => {
    const program = new Program(
      process.execPath,
      text.replaceAll(/\S+\.yaml/g, `${files.folder}/$&`).split(' '),
      {
        PATH: process.env.PATH,
        STADTPEGEL_MQTT_URL: mosquitto.url,
      },
    );
    started.push(program);
    return program;
  };

  it('has commands for a town and for a load', () => {
    expect(commands.filter((text) => !isLoad(text)).length).toBeGreaterThan(7);
    expect(commands.filter(isLoad)).toHaveLength(1);
  });

  it('starts a town with each of them, and ends it with Ctrl-C', { timeout: 60_000 }, async () => {
    const towns = commands.filter((text) => !isLoad(text)).map(start);
    await Promise.all(towns.map((town) => town.printed(/Simulating .*Bad Pegelstein/, 50_000)));
    expect(await Promise.all(towns.map((town) => town.end('SIGINT')))).toEqual(towns.map(() => 0));
  });

  it('measures with the load, which ends by itself', { timeout: 30_000 }, async () => {
    const [load] = commands.filter(isLoad).map(start);
    await load?.printed(/"acknowledged"/, 25_000);
    await eventually(() => expect(load?.running).toBe(false));
    expect(await load?.end()).toBe(0);
  });
});
