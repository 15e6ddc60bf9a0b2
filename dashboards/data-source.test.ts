import { describe, expect, it } from 'vitest';
import { dataSource } from './data-source.ts';

describe('dataSource', () => {
  it('asks the given database in InfluxQL, through Grafana’s server', () => {
    const { datasources } = dataSource({ url: 'http://127.0.0.1:8086', database: 'city' });
    expect(datasources).toEqual([
      {
        name: 'Stadtpegel',
        uid: 'stadtpegel',
        type: 'influxdb',
        access: 'proxy',
        url: 'http://127.0.0.1:8086',
        isDefault: true,
        editable: false,
        jsonData: { dbName: 'city', httpMode: 'POST', version: 'InfluxQL' },
      },
    ]);
  });

  it('tells who asks, where a password is wanted', () => {
    const credentials = { user: 'grafana', password: '$PASSWORD' };
    const { datasources } = dataSource({ url: 'http://influxdb:8086', database: 'city', credentials });
    expect(datasources).toMatchObject([{ user: 'grafana', secureJsonData: { password: '$PASSWORD' } }]);
  });
});
