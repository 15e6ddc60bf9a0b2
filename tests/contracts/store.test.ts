import { createLogger } from '#core';
import { InfluxStore } from '#ingest';
import { EmbeddedStore } from '../services/embedded-store.ts';
import { OutsideInflux } from '../services/influx-outside.ts';
import { InfluxServer } from '../services/influxdb.ts';
import { missing } from '../services/programs.ts';
import { storeContract } from './store.contract.ts';

let server: InfluxServer | undefined;
const started = (): InfluxServer => {
  if (!server) throw new Error('open comes first');
  return server;
};

const retention = { readings: '0s', uplinks: '0s' };
const log = createLogger('silent');
const influxStore = (): InfluxStore =>
  new InfluxStore({ url: started().url, database: 'stadtpegel', retention, log });

storeContract({
  name: 'InfluxDB 1.x',
  missing: missing('influxd'),
  async open() {
    server = await InfluxServer.create();
    return influxStore();
  },
  reopen: () => influxStore(),
  rows: (measurement) => started().query(`SELECT * FROM "readings"."${measurement}" ORDER BY time`),
  cut: () => started().stop(),
  restore: () => started().start(),
  close: () => started().remove(),
});

const outside = await OutsideInflux.named();
if (outside) {
  const { url, database, username, password, token } = outside;
  const outsideStore = (): InfluxStore =>
    new InfluxStore({
      url,
      database,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(token !== undefined && { token }),
      retention,
      log,
    });
  storeContract({
    name: 'The InfluxDB of STADTPEGEL_TEST_INFLUX_URL',
    missing: false,
    async open() {
      await outside.restore();
      return outsideStore();
    },
    reopen: outsideStore,
    rows: (measurement) => outside.query(`SELECT * FROM "readings"."${measurement}" ORDER BY time`),
    cut: () => outside.cut(),
    restore: () => outside.restore(),
    close: () => outside.remove(),
  });
}

const embedded = new EmbeddedStore();
storeContract({
  name: 'the embedded store',
  missing: false,
  open: () => embedded.open(),
  reopen: () => embedded.reopen(),
  rows: (measurement) => embedded.rows(measurement),
  cut: () => embedded.cut(),
  restore: () => embedded.restore(),
  close: () => embedded.close(),
});
