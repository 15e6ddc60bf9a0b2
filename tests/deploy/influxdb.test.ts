/** What a new InfluxDB of docker-compose.yml is told, on a real one. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InfluxServer } from '../services/influxdb.ts';
import { missing } from '../services/programs.ts';

describe.skipIf(missing('influxd'))('deploy/influxdb/retention.iql', () => {
  it('makes the retention policies, readings being the default', async () => {
    const influx = await InfluxServer.create();
    try {
      await influx.query('CREATE DATABASE "stadtpegel"');
      await influx.query(
        readFileSync(new URL('../../deploy/influxdb/retention.iql', import.meta.url), 'utf8'),
      );
      const policies = await influx.query('SHOW RETENTION POLICIES');
      expect(policies.map(({ name, duration, default: isDefault }) => [name, duration, isDefault])).toEqual([
        ['autogen', '0s', false],
        ['readings', '9500h0m0s', true],
        ['uplinks', '2160h0m0s', false],
        ['means_15m', '0s', false],
        ['means_1h', '0s', false],
      ]);
    } finally {
      await influx.remove();
    }
  });
});
