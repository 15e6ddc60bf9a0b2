/** What can happen to the store, and to the room the platform has while it cannot write to it. */

import type { InfluxServer } from '../../services/influxdb.ts';
import { eventually } from '../../services/programs.ts';
import type { World } from '../world.ts';

/** What was stored before the store went is confirmed with the next snapshot, which makes room once more. */
const confirmedWithinMs = 6000;

function serverOf({ store }: World): InfluxServer {
  if (!store.server) throw new Error('this scenario needs a store that is a server');
  return store.server;
}

async function isStoreDown(world: World): Promise<boolean> {
  return (await world.health()).components.influxdb?.status === 'down';
}

/** InfluxDB is stopped for a while, again and again where it is asked for. */
export async function away(world: World, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  for (let time = 0; time < world.scale.times; time++) {
    await world.pause(500, 2000);
    await serverOf(world).stop(signal);
    const sinceMs = performance.now();
    await world.sign('/health/ready 503, `influxdb` down', () => isStoreDown(world));
    await world.pause(Math.max(0, Math.round(world.scale.forMs - (performance.now() - sinceMs))));
    await serverOf(world).start();
    await world.untilReady();
  }
}

/** kill -9 of influxd. */
export async function killed(world: World): Promise<void> {
  await away(world, 'SIGKILL');
}

/** InfluxDB is away for longer than the spool has room: we stop acknowledging and keep the connection, the broker keeps the rest. */
export async function fullSpool(world: World): Promise<void> {
  await world.pause(1000);
  await serverOf(world).stop();
  await world.sign('/health/ready 503: `influxdb` down, `mqtt` and `spool` degraded (“full”)', async () => {
    const { components } = await world.health();
    return components.spool?.status === 'degraded' && components.mqtt?.status === 'degraded';
  });
  const { acks, line } = world;
  await eventually(async () => {
    const was = acks.pubacks;
    await world.pause(confirmedWithinMs);
    if (acks.pubacks !== was) throw new Error('it goes on');
  }, 60_000);
  const before = { pubacks: acks.pubacks, connections: line.accepted };
  await world.pause(world.scale.forMs);
  const after = { pubacks: acks.pubacks, connections: line.accepted };
  if (JSON.stringify(before) !== JSON.stringify(after))
    throw new Error(`full, but it went on: ${JSON.stringify({ before, after })}`);
  await serverOf(world).start();
}

/** Everything InfluxDB says is 200 ms late. */
export async function slow(world: World): Promise<void> {
  if (!world.storeLine) throw new Error('this scenario needs a relay to the store');
  world.storeLine.delayMs = 200;
  await world.sign(
    '`stadtpegel_store_waiting_points` above 0',
    async () => (await world.platform.metric('store_waiting_points')) > 0,
  );
  await world.pause(world.scale.forMs);
}

/** Somebody else fills the disk the platform's data is on, and in the end makes room again. */
export async function fullDisk(world: World): Promise<void> {
  const { disk } = world;
  if (!disk) throw new Error('this scenario needs a small disk');
  for (let time = 0; time < world.scale.times; time++) {
    await world.pause(1000, 3000);
    const untilMs = performance.now() + world.scale.forMs;
    const filling = (async () => {
      // Segments that are done with leave room, which is taken as well.
      for (; performance.now() < untilMs; await world.pause(50)) await disk.fill();
    })();
    await world.sign(
      '`mqtt` degraded: “ENOSPC … nothing is acknowledged until it takes messages again”',
      async () => /ENOSPC|no space|takes no more/i.test((await world.health()).components.mqtt?.detail ?? ''),
    );
    await filling;
    await disk.free();
  }
}
