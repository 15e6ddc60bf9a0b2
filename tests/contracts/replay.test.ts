import { createLogger } from '#core';
import { createStore, ingestConfig } from '#ingest';
import { EmbeddedStore } from '../services/embedded-store.ts';
import { InfluxServer } from '../services/influxdb.ts';
import { missing } from '../services/programs.ts';
import { replayContract } from './replay.contract.ts';

let server: InfluxServer | undefined;

replayContract({
  name: 'InfluxDB 1.x',
  missing: missing('influxd'),
  async open() {
    server = await InfluxServer.create();
    const retention = { readingsRetention: '0s', uplinksRetention: '0s' };
    return createStore(ingestConfig.parse({ influxUrl: server.url, ...retention }), createLogger('silent'));
  },
  close: async () => server?.remove(),
});

const embedded = new EmbeddedStore();
replayContract({
  name: 'The embedded store',
  missing: false,
  open: () => embedded.open(),
  close: () => embedded.close(),
});
