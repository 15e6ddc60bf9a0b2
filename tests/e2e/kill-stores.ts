import path from 'node:path';
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { InfluxServer } from '../services/influxdb.ts';
import type { Held, StoreSeen } from './kill.ts';

const copied = "flags = 'duplicate'";

function byCount(a: Held['devices'][number], b: Held['devices'][number]): number {
  return a.count - b.count;
}

/** A real InfluxDB beside the platform. */
export function influxStore(): StoreSeen {
  let server: InfluxServer | undefined;
  return {
    name: 'InfluxDB',
    programs: ['influxd'],
    async open() {
      server = await InfluxServer.create();
      return { influxUrl: server.url };
    },
    async held() {
      if (!server) throw new Error('open comes first');
      const rows = await server.query('SELECT count(f_cnt), sum(f_cnt) FROM uplinks.uplink GROUP BY device');
      return {
        devices: rows.map(({ count, sum }) => ({ count: Number(count), sum: Number(sum) })).sort(byCount),
        copies: await server.count(`SELECT count(f_cnt) FROM uplinks.uplink WHERE ${copied}`),
        airTemperatures: await server.count('SELECT count(air_temperature) FROM readings.building'),
        copiedTemperatures: await server.count(
          `SELECT count(air_temperature) FROM readings.building WHERE ${copied}`,
        ),
        bayOccupancies: await server.count('SELECT count(bay_occupied) FROM readings.parking'),
      };
    },
    async close() {
      await server?.remove();
    },
  };
}

const perDevice = `
  SELECT count(*)::INTEGER, sum(CAST(u.fields->>'f_cnt' AS INTEGER))::INTEGER
  FROM uplinks AS u JOIN series AS s ON s.id = u.series WHERE s.measurement = 'uplink' GROUP BY s.device`;
const ofField = `
  SELECT count(*)::INTEGER FROM readings AS r JOIN series AS s ON s.id = r.series
  WHERE s.measurement = $1 AND s.field = $2`;

/** What `npm start` brings: a file in the data folder, which only one process can have open. */
export const embeddedStore: StoreSeen = {
  name: 'the embedded store',
  programs: [],
  open: async () => ({}),
  async held(dataDir) {
    const file = path.join(dataDir, 'readings.duckdb');
    const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
    const connection = await instance.connect();
    const rows = async (sql: string, values: string[] = []): Promise<DuckDBValue[][]> =>
      (await connection.runAndReadAll(sql, values)).getRows();
    const count = async (sql: string, values?: string[]): Promise<number> =>
      Number((await rows(sql, values))[0]?.[0]);
    try {
      return {
        devices: (await rows(perDevice))
          .map(([uplinks, sum]) => ({ count: Number(uplinks), sum: Number(sum) }))
          .sort(byCount),
        copies: await count(`SELECT count(*)::INTEGER FROM uplinks WHERE fields->>'flags' = 'duplicate'`),
        airTemperatures: await count(ofField, ['building', 'air_temperature']),
        copiedTemperatures: await count(`${ofField} AND r.${copied}`, ['building', 'air_temperature']),
        bayOccupancies: await count(ofField, ['parking', 'bay_occupied']),
      };
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  },
  close: async () => undefined,
};
