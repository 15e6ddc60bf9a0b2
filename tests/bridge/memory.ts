import { type RawMessage, type Registry, StadtpegelError } from '#core';

/** A spool in memory whose append can be made to fail: what is tested here is the bridge. */
export class Memory {
  readonly got: string[] = [];
  full = false;
  slowMs = 0;

  async append(messages: readonly RawMessage[]): Promise<void> {
    if (this.slowMs > 0) await new Promise((resolve) => setTimeout(resolve, this.slowMs));
    if (this.full) throw new StadtpegelError('spool_full', 'full, for this test');
    for (const { payload } of messages) this.got.push(Buffer.from(payload).toString('utf8'));
  }

  get distinct(): number {
    return new Set(this.got).size;
  }
}

/** A counter of the bridge, by the part of its name that differs. */
export async function metric(registry: Registry, name: string): Promise<number> {
  const found = await registry.getSingleMetric(`stadtpegel_mqtt_${name}_total`)?.get();
  return found?.values[0]?.value ?? 0;
}
