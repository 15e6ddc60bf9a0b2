import { copyFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { InfluxServer } from '../services/influxdb.ts';
import { temporaryFolder } from '../services/programs.ts';
import type { Held, Row } from './verdict.ts';

/** A store the platform writes to, looked into from outside when the platform has stopped. */
export interface StoreSeen {
  /** The server, where it is one. */
  readonly server: InfluxServer | undefined;
  held(dataDir: string): Promise<Held>;
  close(): Promise<void>;
}

/** A real InfluxDB beside the platform. */
export async function influxStore(): Promise<StoreSeen> {
  const server = await InfluxServer.create();
  const rows = async (measurement: string, field: string): Promise<Row[]> =>
    (await server.query(`SELECT ${field}, flags FROM ${measurement} GROUP BY device`)).map(
      ({ device, time, flags }) => ({
        device: String(device),
        timeMs: Number(time),
        isCopy: flags === 'duplicate',
      }),
    );
  return {
    server,
    held: async () => ({
      uplinks: await rows('uplinks.uplink', 'f_cnt'),
      readings: [
        ...(await rows('readings.building', 'air_temperature')),
        ...(await rows('readings.parking', 'bay_occupied')),
      ],
    }),
    close: () => server.remove(),
  };
}

const uplinkRows = `
  SELECT s.device, u.time::DOUBLE, coalesce(u.fields->>'flags', '')
  FROM uplinks AS u JOIN series AS s ON s.id = u.series WHERE s.measurement = 'uplink'`;
const readingRows = `
  SELECT s.device, r.time::DOUBLE, coalesce(r.flags, '')
  FROM readings AS r JOIN series AS s ON s.id = r.series
  WHERE s.field IN ('air_temperature', 'bay_occupied')`;

/** What `npm start` brings: a file in the data folder, which only one process can have open. */
export const embeddedStore: StoreSeen = {
  server: undefined,
  async held(dataDir) {
    const { folder, remove } = await temporaryFolder('held');
    const file = path.join(folder, 'readings.duckdb');
    // A copy: DuckDB resolves the path, which leads out of a mount namespace.
    for (const name of (await readdir(dataDir)).filter((one) => one.startsWith('readings.duckdb')))
      await copyFile(path.join(dataDir, name), path.join(folder, name));
    const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
    const connection = await instance.connect();
    const rows = async (sql: string): Promise<Row[]> =>
      (await connection.runAndReadAll(sql)).getRows().map(([device, time, flags]) => ({
        device: String(device),
        timeMs: Number(time),
        isCopy: flags === 'duplicate',
      }));
    try {
      return { uplinks: await rows(uplinkRows), readings: await rows(readingRows) };
    } finally {
      connection.closeSync();
      instance.closeSync();
      await remove();
    }
  },
  close: async () => undefined,
};
