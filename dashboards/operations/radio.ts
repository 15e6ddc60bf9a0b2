import { InfluxQuery } from '../influx-query.ts';
import { uplinks } from '../layout.ts';
import { lines, type Row } from '../panels.ts';

const perInterval = 'WHERE $timeFilter GROUP BY time($__interval) fill(none)';

/** How much is heard, and how well. RSSI and SNR are those of the gateway that heard an uplink best. */
export function radio(): Row {
  // Counted minute by minute first, so that the unit stays the same however far one zooms out.
  const minutes = `SELECT count("f_cnt") AS "n" FROM ${uplinks} WHERE $timeFilter GROUP BY time(1m) fill(0)`;
  const perMinute = `SELECT mean("n") FROM (${minutes}) ${perInterval}`;
  const ofField = (select: string, alias: string): InfluxQuery =>
    new InfluxQuery(`SELECT ${select} FROM ${uplinks} ${perInterval}`).alias(alias);
  return {
    title: 'Funk',
    panels: [
      lines('Uplinks je Minute', 12, new InfluxQuery(perMinute).alias('Uplinks')).interval('1m').min(0),
      lines(
        'Gateways je Uplink',
        12,
        ofField('mean("gateways")', 'Mittel'),
        ofField('min("gateways")', 'Minimum'),
      ).min(0),
      lines(
        'RSSI',
        12,
        ofField('mean("rssi_dbm")', 'Mittel'),
        ofField('percentile("rssi_dbm", 10)', 'die schwächsten 10 %'),
      ).unit('dBm'),
      lines(
        'SNR',
        12,
        ofField('mean("snr_db")', 'Mittel'),
        ofField('percentile("snr_db", 10)', 'die schwächsten 10 %'),
      ).unit('dB'),
    ],
  };
}
