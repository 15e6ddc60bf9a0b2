import { Gauge, type Registry } from '#core';
import type { StoreWriter, WriterStatus } from './writer.ts';

/** The figures of the way to the store, read when asked for. */
export function observeWriter(registry: Registry, writer: StoreWriter): void {
  const gauge = (name: string, help: string, read: (status: WriterStatus) => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read(writer.status));
      },
    });
  };
  gauge('stadtpegel_store_waiting_points', 'Points not settled yet', ({ waiting }) => waiting);
  gauge('stadtpegel_store_lanes', 'Batches that may be on their way at once', ({ lanes }) => lanes);
  gauge(
    'stadtpegel_store_batch_points',
    'Points a batch may hold at present',
    (status) => status.batchPoints,
  );
  gauge(
    'stadtpegel_store_away_seconds',
    'How long the store has not answered, 0 while it does',
    ({ awaySinceMs }) => (awaySinceMs === undefined ? 0 : Math.max(0, Date.now() - awaySinceMs) / 1000),
  );
}
