import { describe, expect, it } from 'vitest';
import { createLogger, Registry } from '#core';
import { BrokerDrops } from './broker-drops.ts';

const topic = '$SYS/broker/publish/messages/dropped';

function noticing() {
  const registry = new Registry();
  const said: number[] = [];
  const log = Object.assign(createLogger('silent'), {
    warn: ({ more }: { readonly more: number }): unknown => said.push(more),
  });
  const drops = new BrokerDrops('broker:1883', registry, log);
  const hear = (payload: string): boolean => drops.takes(topic, Buffer.from(payload));
  const told = async () =>
    (await registry.getSingleMetric('stadtpegel_mqtt_broker_dropped_messages')?.get())?.values;
  return { drops, hear, told, said };
}

describe('what the broker says it has dropped', () => {
  it('is told as it says it, and warned of where it grows, also behind a restart of the broker', async () => {
    const { hear, told, said } = noticing();
    expect(await told()).toEqual([]);
    for (const count of ['0', '0', '7', '7', '9', '0', '2']) hear(count);
    expect(await told()).toEqual([{ value: 2, labels: { broker: 'broker:1883' } }]);
    expect(said).toEqual([7, 2, 2]);
  });

  it('is no message for the spool, and nothing where it is no number', async () => {
    const { drops, hear, told, said } = noticing();
    expect([
      hear('many'),
      hear('4'),
      drops.takes('application/a/device/b/event/up', Buffer.from('4')),
    ]).toEqual([true, true, false]);
    expect(await told()).toMatchObject([{ value: 4 }]);
    expect(said).toEqual([4]);
  });
});
