import { createLogger } from '#core';
import { InfluxStore } from '#ingest';
import { InfluxServer } from '../services/influxdb.ts';
import { missing } from '../services/programs.ts';
import { storeContract } from './store.contract.ts';

let server: InfluxServer | undefined;
const started = (): InfluxServer => {
  if (!server) throw new Error('open comes first');
  return server;
};

storeContract({
  name: 'InfluxDB 1.x',
  missing: missing('influxd'),
  async open() {
    server = await InfluxServer.create();
    const retention = { readings: '0s', uplinks: '0s' };
    return new InfluxStore({
      url: server.url,
      database: 'stadtpegel',
      retention,
      log: createLogger('silent'),
    });
  },
  rows: (measurement) => started().query(`SELECT * FROM "readings"."${measurement}" ORDER BY time`),
  cut: () => started().stop(),
  restore: () => started().start(),
  close: () => started().remove(),
});
