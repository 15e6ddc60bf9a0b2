import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { createLogger } from '#core';
import { createGateways } from '#simulator';
import { eventually, freePort, missing } from '../services/programs.ts';
import { gateways, startBench } from './bench.ts';
import { startBroker } from './broker.ts';

describe.skipIf(missing('mosquitto'))('gateways on MQTT', () => {
  it('wait for a broker that is away, say so, and stop at once', async () => {
    const transport = await createGateways({
      ...{ mqttUrl: `mqtt://127.0.0.1:${await freePort()}`, log: createLogger('silent'), seed: 1, gateways },
      ...{ devices: [], emissions: () => [] },
    });
    await transport.start();
    await eventually(() => expect(transport.health().detail).toMatch('trying again every second'));
    expect(transport.health().status).toBe('degraded');
    await transport.stop();
    expect(transport.counts).toEqual({ published: 0, lost: 0, commands: 0, unreadable: 0 });
  });

  it('count commands they cannot read, obey none that are for others, and go on', async () => {
    const broker = await startBroker();
    const bench = await startBench({
      mqttUrl: broker.url,
      seed: 1,
      devices: 2,
      radiusKm: 0.5,
      emissions: [],
    });
    await bench.run(1000);
    const { commands } = bench.transport.counts;
    const client = await connectAsync(broker.url);
    for (const { id } of gateways)
      for (const payload of ['{"downlinkId":1}', '\x01noise', ''])
        await client.publishAsync(`eu868/gateway/${id}/command/down`, payload);
    await client.publishAsync(`eu868/gateway/${gateways[0]?.id}/command/config`, 'whatever');
    await client.publishAsync('eu868/gateway/ffffffffffffffff/command/down', '{}');
    await eventually(() => expect(bench.transport.counts.commands - commands).toBe(10));
    // An empty message is an empty command in protobuf: it asks for nothing, and gets its acknowledgement.
    expect(bench.transport.counts.unreadable).toBe(3 + 2 * 2);
    expect(bench.transport.health()).toMatchObject({ status: 'ok' });
    await client.endAsync();
    await bench.close();
    await broker.remove();
  });
});
