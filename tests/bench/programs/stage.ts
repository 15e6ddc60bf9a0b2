/**
 * The platform up to one of its stages, to see what each adds: `node stage.ts STAGE MQTT_URL DATA_FOLDER COUNT`. Prints
 * `ready`, and `done` when so many messages have passed its last stage. What comes behind is the platform itself.
 */
import { z } from 'zod';
import { CityState, createDirectory, loadInventory } from '#city-state';
import { createLogger, Registry, type Spool } from '#core';
import { Bridge, bridgeConfig, createTranslate } from '#gateway-bridge';
import { SegmentLog } from '#ingest';
import { type Stage, stages } from '../stage-names.ts';

const [, , name, mqttUrl, dataDir = '', count = '0'] = process.argv;
const stage: Stage = z.enum(stages).parse(name);
const reaches = (wanted: Stage): boolean => stages.indexOf(stage) >= stages.indexOf(wanted);
const batch = { messagesMax: 1000, bytesMax: 4 * 1_048_576 };
const log = createLogger('warn');

let left = Number(count);
function passed(messages: number): void {
  left -= messages;
  if (left <= 0) process.stdout.write('done\n');
}

async function work(spool: Spool): Promise<never> {
  const inventory = await loadInventory('cities/captured');
  const translate = createTranslate(createDirectory(inventory));
  const state = new CityState({ inventory, now: Date.now });
  for (;;) {
    const deliveries = await spool.consume(batch, new AbortController().signal);
    for (const { message } of reaches('translate') ? deliveries : []) {
      const translated = translate(message);
      if (reaches('state') && translated.kind === 'uplink') state.apply(translated);
    }
    spool.release();
    spool.confirm(deliveries.map(({ position }) => position));
    passed(deliveries.length);
    await new Promise(setImmediate);
  }
}

/** Takes messages and forgets them, so that the receiver alone remains. */
const forgetful: Pick<Spool, 'append'> = {
  append: async (messages) => {
    passed(messages.length);
  },
};

async function openSpool(): Promise<Spool> {
  const spool = new SegmentLog({
    folder: dataDir,
    bytesMax: 4 * 1_073_741_824,
    log,
    onDamage: () => undefined,
  });
  await spool.start();
  // Ends only with the process.
  void work(spool);
  return spool;
}

const spool = reaches('spool') ? await openSpool() : forgetful;
const config = bridgeConfig.parse({ mqttUrl });
const bridge = new Bridge({ config, spool, registry: new Registry(), log });
await bridge.start();
while (bridge.health().status !== 'ok') await new Promise((resolve) => setTimeout(resolve, 20));
process.stdout.write('ready\n');
