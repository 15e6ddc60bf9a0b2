import { describe, expect, it } from 'vitest';
import { faults } from '#simulator';
import { metricsPage } from './metrics.ts';

describe('the page of metrics', () => {
  it('has every metric that a fault of the simulator is said to show in, beside the name of the fault', async () => {
    const rows = (await metricsPage()).split('\n').filter((line) => line.startsWith('| `'));
    const named = faults.flatMap(({ name, signal }) =>
      [...signal.matchAll(/stadtpegel_\w+/g)].map(([metric]) => ({ name, metric })),
    );
    expect(named.length).toBeGreaterThan(9);
    for (const { name, metric } of named) {
      const row = rows.find((line) => line.startsWith(`| \`${metric}\` |`));
      expect(row?.split('|').at(-2), metric).toContain(`\`${name}\``);
    }
  });

  it('names each once, in their order', async () => {
    const names = [...(await metricsPage()).matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(names).toEqual([...new Set(names)].sort());
  });
});
