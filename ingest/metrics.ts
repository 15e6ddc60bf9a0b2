import { Counter, Gauge, type Registry, type Spool } from '#core';
import type { Ledger } from './ledger.ts';

export interface IngestMetrics {
  readonly translated: Counter<'kind'>;
  readonly decodeErrors: Counter<'code'>;
  readonly flagged: Counter<'flag'>;
  readonly repeated: Counter;
  readonly deadLetters: Counter<'code'>;
  readonly evicted: Counter<'why'>;
  readonly points: Counter<'outcome'>;
  readonly damagedBytes: Counter;
  readonly waitingBytes: Gauge;
}

/** The figures of ingest; labels are few and fixed, never a device. */
export function createIngestMetrics(registry: Registry): IngestMetrics {
  const registers = [registry];
  return {
    translated: new Counter({
      name: 'stadtpegel_messages_translated_total',
      help: 'Messages taken from the spool, by what they were: uplink, event, gateway-stats, dead-letter',
      labelNames: ['kind'],
      registers,
    }),
    decodeErrors: new Counter({
      name: 'stadtpegel_decode_errors_total',
      help: 'Uplinks stored without readings because they could not be decoded',
      labelNames: ['code'],
      registers,
    }),
    flagged: new Counter({
      name: 'stadtpegel_uplinks_flagged_total',
      help: 'Uplinks stored with a flag: clock (their own time cannot be), duplicate (a copy, which does not count)',
      labelNames: ['flag'],
      registers,
    }),
    repeated: new Counter({
      name: 'stadtpegel_uplinks_repeated_total',
      help:
        'Uplinks that came once more, the very same message, from a broker that sends again or a network server that tells ' +
        'twice: stored once, counted once',
      registers,
    }),
    deadLetters: new Counter({
      name: 'stadtpegel_dead_letters_total',
      help: 'Messages put into the dead-letter drawer',
      labelNames: ['code'],
      registers,
    }),
    evicted: new Counter({
      name: 'stadtpegel_drawer_evicted_total',
      help: 'Dead letters that left the drawer unread: for newer ones (bytes), or because of their age',
      labelNames: ['why'],
      registers,
    }),
    points: new Counter({
      name: 'stadtpegel_points_total',
      help: 'Points the store has accepted or rejected',
      labelNames: ['outcome'],
      registers,
    }),
    waitingBytes: new Gauge({
      name: 'stadtpegel_waiting_bytes',
      help: 'Bytes of messages that were taken from the spool and wait for the store',
      registers,
    }),
    damagedBytes: new Counter({
      name: 'stadtpegel_spool_damaged_bytes_total',
      help: 'Bytes of the spool that were no records',
      registers,
    }),
  };
}

/** Gauges that are read when asked for. */
export function observe(registry: Registry, spool: Spool, ledger: Ledger): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge('stadtpegel_spool_pending_messages', 'Messages not confirmed yet', () => spool.status().pending);
  gauge('stadtpegel_spool_bytes', 'Bytes the spool takes on disk', () => spool.status().bytes);
  gauge('stadtpegel_spool_bytes_max', 'Bytes the spool may take', () => spool.status().bytesMax);
  gauge('stadtpegel_drawer_bytes', 'Bytes the dead-letter drawer holds', () => ledger.drawerBytes);
}
