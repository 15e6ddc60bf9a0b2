import { InfluxQuery } from '../influx-query.ts';
import { allReadings, events, uplinks } from '../layout.ts';
import { figure, type Row, thresholds } from '../panels.ts';

/** The figures an operator looks at first, over the chosen time. */
export function overview(): Row {
  const devices = `SELECT last("f_cnt") AS "f_cnt" FROM ${uplinks} WHERE $timeFilter GROUP BY "device"`;
  const batteries = `SELECT last("battery_level") AS "level" FROM ${allReadings} WHERE $timeFilter GROUP BY "device"`;
  return {
    title: 'Überblick',
    panels: [
      figure('Uplinks', 4, new InfluxQuery(`SELECT count("f_cnt") FROM ${uplinks} WHERE $timeFilter`)),
      figure(
        'Geräte gehört',
        4,
        new InfluxQuery(`SELECT count("f_cnt") FROM (${devices}) WHERE $timeFilter`),
      ),
      alarming('Dekodierfehler', `SELECT count("error") FROM ${uplinks} WHERE $timeFilter`),
      alarming(
        'Fehler laut ChirpStack',
        `SELECT count("code") FROM ${events} WHERE "type" = 'log' AND "level" = 'ERROR' AND $timeFilter`,
      ),
      figure(
        'Beitritte (Join)',
        4,
        new InfluxQuery(`SELECT count("dev_addr") FROM ${events} WHERE "type" = 'join' AND $timeFilter`),
      ),
      alarming(
        'Batterien unter 20 %',
        `SELECT count("level") FROM (${batteries}) WHERE "level" < 20 AND $timeFilter`,
      ),
    ],
  };
}

/** A count that should be nothing, and is nothing where no row matches. */
function alarming(title: string, query: string) {
  return figure(title, 4, new InfluxQuery(query))
    .noValue('0')
    .thresholds(thresholds('green', [1, 'red']));
}
