import { InfluxQuery } from '../influx-query.ts';
import { allReadings, uplinks } from '../layout.ts';
import { lines, type Row, rows } from '../panels.ts';

/** Which devices were heard last when, by whom, and whose battery ends first. */
export function devices(): Row {
  const levels = `SELECT last("battery_level") AS "level" FROM ${allReadings} WHERE $timeFilter GROUP BY "device"`;
  return {
    title: 'Geräte',
    panels: [
      rows(
        'Zuletzt gehört',
        24,
        new InfluxQuery(
          `SELECT last("f_cnt") AS "Zähler", "rssi_dbm" AS "RSSI", "snr_db" AS "SNR", "spreading_factor" AS "SF", ` +
            `"gateway_ids" AS "Gateways", "profile" AS "Profil" FROM ${uplinks} WHERE $timeFilter GROUP BY "device"`,
        ),
      ),
      rows(
        'Schwächste Batterien (%)',
        8,
        new InfluxQuery(`SELECT bottom("level", "device", 20) AS "Stand" FROM (${levels}) WHERE $timeFilter`),
      ),
      lines(
        'Batteriestand',
        16,
        new InfluxQuery(
          `SELECT last("battery_level") FROM ${allReadings} WHERE $timeFilter ` +
            'GROUP BY time($__interval), "device" fill(none)',
        ).alias('$tag_device'),
      )
        .unit('percent')
        .min(0)
        .max(100)
        .spanNulls(true),
    ],
  };
}
