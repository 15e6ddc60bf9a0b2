/** What InfluxDB says of itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const waitMsMax = 900_000;
const askEveryMs = 50;

/** How many points it has written since its start. */
async function pointsWritten(influxUrl: string): Promise<number> {
  const variables: unknown = await (await fetch(`${influxUrl}/debug/vars`)).json();
  const module = z.object({ values: z.object({ pointsWrittenOK: z.number() }) });
  return Object.values(z.record(z.string(), z.unknown()).parse(variables)).reduce<number>((sum, one) => {
    const read = module.safeParse(one);
    return sum + (read.success ? read.data.values.pointsWrittenOK : 0);
  }, 0);
}

/** Resolves when it has written so many. @throws where it has not in a quarter of an hour */
export async function untilWritten(influxUrl: string, points: number): Promise<void> {
  const untilMs = performance.now() + waitMsMax;
  while ((await pointsWritten(influxUrl)) < points) {
    if (performance.now() > untilMs)
      throw new Error(`${await pointsWritten(influxUrl)} of ${points} points came`);
    await sleep(askEveryMs);
  }
}
