import * as broker from './faults/broker.ts';
import * as platform from './faults/platform.ts';
import * as store from './faults/store.ts';
import type { Scale, Scenario } from './scenario.ts';

/** How many uplinks, how many of them a second, how often it happens and how long it lasts each time. */
const scale = (uplinks: number, perSecond: number, times = 1, forMs = 0): Scale => ({
  uplinks,
  perSecond,
  times,
  forMs,
});
const n = 50_000;
const spoolBytesMaxMin = '16777216';

/** Everything an operator meets, sooner or later. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'killed',
    title: 'platform killed (kill -9) at random moments, InfluxDB',
    store: 'influxdb',
    full: scale(n, 900, 20),
    scaled: scale(10_000, 800, 5),
    fault: platform.killed,
  },
  {
    name: 'killed-embedded',
    title: 'platform killed (kill -9) at random moments, embedded store',
    store: 'embedded',
    full: scale(n, 900, 20),
    scaled: scale(10_000, 800, 5),
    fault: platform.killed,
  },
  {
    name: 'asked',
    title: 'SIGTERM under load, InfluxDB',
    store: 'influxdb',
    full: scale(n, 1400, 10),
    scaled: scale(6000, 1000, 2),
    fault: platform.asked,
  },
  {
    name: 'asked-embedded',
    title: 'SIGTERM under load, embedded store',
    store: 'embedded',
    full: scale(n, 1400, 10),
    scaled: scale(6000, 1000, 2),
    fault: platform.asked,
  },
  {
    name: 'broker-killed',
    title: 'mosquitto killed',
    store: 'influxdb',
    // Long enough that mosquitto has saved in between, as it does every 30 s, and now and then not.
    full: scale(n, 450, 3, 45_000),
    scaled: scale(8000, 800, 2, 4000),
    mayLose: true,
    fault: broker.killed,
  },
  {
    name: 'store-killed',
    title: 'influxd killed',
    store: 'influxdb',
    full: scale(n, 1200, 5, 2000),
    scaled: scale(6000, 1000, 2, 1000),
    fault: store.killed,
  },
  {
    name: 'store-away',
    title: 'InfluxDB away',
    store: 'influxdb',
    full: scale(n, 800, 1, 60_000),
    scaled: scale(8000, 1000, 1, 6000),
    fault: (world) => store.away(world),
  },
  {
    name: 'spool-full',
    title: 'InfluxDB away for longer than the spool (16 MiB) has room',
    store: 'influxdb',
    // A broker that is not asked for so long would close the connection.
    env: () => ({ STADTPEGEL_SPOOL_BYTES_MAX: spoolBytesMaxMin, STADTPEGEL_MQTT_KEEPALIVE_S: '4' }),
    full: scale(n, 3000, 1, 30_000),
    scaled: scale(30_000, 5000, 1, 8000),
    fault: store.fullSpool,
  },
  {
    name: 'disk-full',
    title: 'disk full, InfluxDB',
    store: 'influxdb',
    diskBytes: 100_663_296,
    env: () => ({ STADTPEGEL_SPOOL_BYTES_MAX: '33554432' }),
    full: scale(n, 1200, 3, 8000),
    scaled: scale(8000, 1000, 1, 4000),
    fault: store.fullDisk,
  },
  {
    name: 'disk-full-embedded',
    title: 'disk full, embedded store',
    store: 'embedded',
    diskBytes: 268_435_456,
    env: () => ({ STADTPEGEL_SPOOL_BYTES_MAX: '33554432' }),
    full: scale(n, 1200, 3, 8000),
    scaled: scale(8000, 1000, 1, 4000),
    fault: store.fullDisk,
  },
  {
    name: 'store-slow',
    title: 'InfluxDB slow (200 ms a write)',
    store: 'influxdb',
    isStoreRelayed: true,
    full: scale(n, 1400, 1, 10_000),
    scaled: scale(6000, 1000, 1, 1000),
    fault: store.slow,
  },
  {
    name: 'flapping',
    title: 'network flapping between platform, broker and store',
    store: 'influxdb',
    isStoreRelayed: true,
    env: () => ({ STADTPEGEL_MQTT_KEEPALIVE_S: '2' }),
    full: scale(n, 900, 30, 3000),
    scaled: scale(8000, 800, 6, 2500),
    fault: broker.flapping,
  },
  {
    name: 'clock',
    title: 'clock stepped an hour forward, then two back',
    store: 'influxdb',
    env: platform.ownClock,
    full: scale(n, 1400, 1, 10_000),
    scaled: scale(5000, 800, 1, 1500),
    fault: platform.clockStepped,
  },
  {
    name: 'torn',
    title: 'torn last segment after kill -9',
    store: 'influxdb',
    full: scale(n, 900, 12),
    scaled: scale(6000, 700, 3),
    fault: platform.torn,
  },
  {
    name: 'second-bridge',
    title: 'a second bridge with the same client id',
    store: 'influxdb',
    full: scale(n, 1400, 1, 10_000),
    scaled: scale(6000, 1000, 1, 1500),
    fault: broker.secondBridge,
  },
];
