/** What can happen to the broker, to the way there, and beside us. */
import path from 'node:path';
import { verifySpool } from '#ingest';
import { eventually } from '../../services/programs.ts';
import type { World } from '../world.ts';

/** kill -9 of mosquitto, which then knows what it saved last: at most 30 s ago, as it is shipped. */
export async function killed(world: World): Promise<void> {
  for (let time = 0; time < world.scale.times; time++) {
    await world.pause(world.scale.forMs / 2, world.scale.forMs);
    await world.broker.stop('SIGKILL');
    await world.sign(
      '/health/ready 503, `mqtt` down; `mqtt_sessions_lost_total` where the broker forgot us',
      async () => (await world.health()).components.mqtt?.status === 'down',
    );
    await world.broker.start();
    await world.untilReady();
  }
}

/**
 * The way to broker and store breaks in all the ways it can: reset, reset in the middle of a packet or an answer, late,
 * and silent without a word, so that only a time limit finds out.
 */
export async function flapping(world: World): Promise<void> {
  const { line, storeLine, rng } = world;
  if (!storeLine) throw new Error('this scenario needs a relay to the store');
  const ways = [
    () => storeLine.breakNext(),
    () => line.cut(),
    () => storeLine.cut(),
    () => line.breakNext(),
    () => {
      storeLine.delayMs = rng.int(0, 300);
    },
    () => line.silence(),
  ];
  for (let time = 0; time < world.scale.times; time++) {
    (ways[time % ways.length] ?? line.cut)();
    await world.pause(200, world.scale.forMs);
  }
  await world.sign('log “mqtt broker is away”, “influxdb is away”, and when they are back', () =>
    ['mqtt broker', 'influxdb'].every((what) =>
      ['is away', 'is back'].every((how) => world.platform.program.output.includes(`${what} ${how}`)),
    ),
  );
  if (world.scale.times > ways.length * 2) storeLine.silence();
}

/** A second one with our client id and data of its own: it goes on, the first one notices, writes what it has and receives no more. */
export async function secondBridge(world: World): Promise<void> {
  await world.pause(world.scale.forMs);
  const first = world.platform;
  const firstData = world.dataDir;
  const second = await world.succeed();
  await world.sign(
    'first: /health/ready 503, “another client uses our client id; this bridge has stopped”',
    async () =>
      /another client uses our client id/.test((await world.health(first)).components.mqtt?.detail ?? ''),
  );
  await world.untilReady();
  await eventually(async () => {
    const pending = await first.metric('spool_pending_messages');
    if (pending > 0) throw new Error(`${pending} messages are left in the spool of the first one`);
  }, 60_000);
  const how = await first.stop();
  if (how !== 0 || !second.program.running) throw new Error(`the first one ended with ${how}`);
  const { pending, damagedBytes } = await verifySpool(path.join(firstData, 'spool'));
  if (pending + damagedBytes > 0) throw new Error('the spool of the first one is not empty and whole');
}
