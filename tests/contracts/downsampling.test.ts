import { createLogger } from '#core';
import { createStore, ingestConfig } from '#ingest';
import { EmbeddedStore } from '../services/embedded-store.ts';
import { InfluxServer } from '../services/influxdb.ts';
import { missing } from '../services/programs.ts';
import { downsamplingContract, wrapsAt } from './downsampling.contract.ts';

let server: InfluxServer | undefined;
const started = (): InfluxServer => {
  if (!server) throw new Error('open comes first');
  return server;
};

downsamplingContract({
  name: 'InfluxDB 1.x',
  missing: missing('influxd'),
  async open() {
    server = await InfluxServer.create();
    const config = ingestConfig.parse({ influxUrl: server.url, readingsRetention: '0s' });
    return createStore(config, createLogger('silent'), wrapsAt);
  },
  cut: () => started().stop(),
  restore: () => started().start(),
  close: () => started().remove(),
});

const embedded = new EmbeddedStore(wrapsAt);
downsamplingContract({
  name: 'The embedded store',
  missing: false,
  open: () => embedded.open(),
  cut: () => embedded.cut(),
  restore: () => embedded.restore(),
  close: () => embedded.close(),
});
