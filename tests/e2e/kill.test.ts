/** The platform is ended again and again while uplinks come in: every one of them is stored exactly once. */
import { survives } from './kill.ts';
import { embeddedStore, influxStore } from './kill-stores.ts';

survives(influxStore(), { signal: 'SIGKILL', times: 20, uplinks: 50_000, perSecond: 1400 });
survives(embeddedStore, { signal: 'SIGKILL', times: 10, uplinks: 20_000, perSecond: 1400 });
survives(embeddedStore, { signal: 'SIGTERM', times: 4, uplinks: 12_000, perSecond: 2000 });
