/** What can happen to the platform's own process, and around it. */
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { spooledMessages } from '#ingest';
import type { World } from '../world.ts';

const stopMsMax = 5000;
const hourMs = 3_600_000;
const clockFile = 'clock';
const clockPreload = new URL('../clock-preload.ts', import.meta.url).href;

/** What makes the platform's clock one that can be set ({@link clockStepped}). */
export function ownClock(scratch: string): NodeJS.ProcessEnv {
  return {
    NODE_OPTIONS: `--import=${clockPreload}`,
    CRASH_CLOCK_FILE: path.join(scratch, clockFile),
  };
}

async function refuses(url: string): Promise<boolean> {
  return fetch(url).then(
    () => false,
    () => true,
  );
}

/** kill -9 at random moments, every second time right behind an acknowledgement; whoever watches over processes starts it again. */
export async function killed(world: World): Promise<void> {
  for (let time = 0; time < world.scale.times; time++) {
    await world.pause(20, 1200);
    // Where load and backlog have come to their end, there is none to wait for.
    if (time % 2 === 1) await Promise.race([world.acks.next(), world.pause(200)]);
    await world.end('SIGKILL');
    const url = `${world.platform.operatorUrl}/health/live`;
    await world.sign('process gone, its listeners refuse', () => refuses(url));
    await world.start();
  }
}

/** Asked to stop at random moments, it ends with 0 in time, however much comes in. */
export async function asked(world: World): Promise<void> {
  for (let time = 0; time < world.scale.times; time++) {
    await world.pause(20, 1200);
    const sinceMs = performance.now();
    const how = await world.end('SIGTERM');
    await world.sign('exit code 0 within 5 s', () => how === 0 && performance.now() - sinceMs < stopMsMax);
    await world.start();
  }
}

/**
 * Killed, and behind what it had acknowledged lies what a torn write can leave: the half of a record, pages of zeros (a
 * length that reached the disk before the data), or rubbish. What is cut into was never acknowledged.
 */
export async function torn(world: World): Promise<void> {
  for (let time = 0; time < world.scale.times; time++) {
    await world.pause(200, 1200);
    await world.end('SIGKILL');
    if (await tear(world, time)) {
      const platform = await world.start();
      await world.sign('log “spool: cut off an unfinished write”', () =>
        /cut off an unfinished write/.test(platform.program.output),
      );
    } else await world.start();
  }
}

/** False where there is no segment to tear. */
async function tear(world: World, time: number): Promise<boolean> {
  const folder = path.join(world.dataDir, 'spool');
  const newest = (await readdir(folder))
    .filter((name) => name.endsWith('.segment'))
    .sort()
    .at(-1);
  if (newest === undefined) return false;
  const file = path.join(folder, newest);
  const bytes = await readFile(file);
  if (bytes.length === 0) return false;
  const half = bytes.subarray(0, world.rng.int(1, Math.min(400, bytes.length)));
  const rubbish = Buffer.from(Array.from({ length: 700 }, () => world.rng.int(0, 255)));
  const tail = [half, Buffer.alloc(8192), rubbish][time % 3] ?? half;
  const unacknowledged = await unacknowledgedBytes(world, folder, bytes.length);
  if (unacknowledged === 0) await appendFile(file, tail);
  else {
    // The last bytes of a record nobody was told of.
    const from = bytes.length - world.rng.int(1, Math.min(unacknowledged, 200));
    await writeFile(file, Buffer.concat([bytes.subarray(0, from), tail]));
  }
  return true;
}

/** How many bytes at the end of the newest segment hold messages that were not acknowledged. */
async function unacknowledgedBytes(world: World, folder: string, bytesMax: number): Promise<number> {
  let bytes = 0;
  for await (const { message } of spooledMessages(folder)) {
    const text = Buffer.from(message.payload).toString('utf8');
    const id = /"deduplicationId":"([^"]+)"/.exec(text)?.[1] ?? '';
    bytes = world.acks.acknowledged.has(id) ? 0 : bytes + message.payload.length;
  }
  return Math.min(bytes, bytesMax);
}

/** The clock is set an hour forward, then two hours back, and stays there. */
export async function clockStepped(world: World): Promise<void> {
  for (const offMs of [hourMs, -hourMs]) {
    await world.pause(world.scale.forMs);
    const { program } = world.platform;
    await writeFile(path.join(world.scratch, clockFile), String(offMs));
    program.child.kill('SIGWINCH');
    await program.printed(new RegExp(`clock is ${offMs} ms off`));
  }
  await world.pause(world.scale.forMs);
  await world.sign('none needed: nothing stops', async () => (await world.health()).ready);
}
