import { GraphDrawStyle } from '@grafana/grafana-foundation-sdk/common';
import { InfluxQuery } from '../influx-query.ts';
import { events, uplinks } from '../layout.ts';
import { lines, type Row, rows } from '../panels.ts';

/** Why an uplink gave no readings (`DecodeError` in core), as people call it. */
const decodeErrors = { profile_unknown: 'Profil unbekannt', decode_failed: 'Nutzdaten unlesbar' } as const;

/** What could not be understood, and what ChirpStack told beside uplinks. */
export function problems(): Row {
  const errorCounts = Object.entries(decodeErrors).map(([code, name]) =>
    new InfluxQuery(
      `SELECT count("error") FROM ${uplinks} WHERE "error" = '${code}' AND $timeFilter GROUP BY time($__interval) fill(0)`,
    ).alias(name),
  );
  const eventCounts = new InfluxQuery(
    `SELECT count("received_at_ms") FROM ${events} WHERE $timeFilter GROUP BY time($__interval), "type" fill(0)`,
  ).alias('$tag_type');
  return {
    title: 'Fehler und Ereignisse',
    panels: [
      lines('Dekodierfehler', 12, ...errorCounts)
        .drawStyle(GraphDrawStyle.Bars)
        .min(0),
      lines('Ereignisse nach Art', 12, eventCounts).drawStyle(GraphDrawStyle.Bars).min(0),
      rows(
        'Letzte Dekodierfehler',
        12,
        new InfluxQuery(
          `SELECT "device", "error", "error_message", "f_port", "payload" FROM ${uplinks} ` +
            'WHERE "error" =~ /./ AND $timeFilter ORDER BY time DESC LIMIT 50',
        ),
      ),
      rows(
        'Letzte Meldungen von ChirpStack',
        12,
        new InfluxQuery(
          `SELECT "device", "level", "code", "description" FROM ${events} ` +
            `WHERE "type" = 'log' AND $timeFilter ORDER BY time DESC LIMIT 50`,
        ),
      ),
    ],
  };
}
