import { describe, expect, it } from 'vitest';
import { dashboards } from './dashboards.ts';
import { quantityLines } from './quantity-lines.ts';

const all = Object.values(dashboards());
const panelsOf = (dashboard: (typeof all)[number]) => dashboard.panels ?? [];
const targetsOf = (panel: ReturnType<typeof panelsOf>[number]) =>
  'targets' in panel ? (panel.targets ?? []).map((target) => ({ refId: '', query: '', ...target })) : [];

describe('dashboards', () => {
  it('keep their addresses', () => {
    expect(all.map(({ uid, title }) => [uid, title])).toEqual([
      ['stadtpegel-betrieb', 'Stadtpegel: Betrieb'],
      ['stadtpegel-stadt', 'Stadt jetzt'],
    ]);
  });

  it('number their panels, and give each its own place inside the grid', () => {
    for (const dashboard of all) {
      const panels = panelsOf(dashboard);
      expect(panels.map(({ id }) => id)).toEqual(panels.map((_, index) => index + 1));
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } = { x: 0, y: 0, w: 25, h: 1 } }) =>
        Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
      expect(cells.filter((cell) => Number(cell.split(' ')[0]) >= 24)).toEqual([]);
    }
  });

  it('ask only for the time that is shown, by queries of different names', () => {
    for (const panel of all.flatMap(panelsOf)) {
      const targets = targetsOf(panel);
      expect(targets.map(({ query }) => query).filter((query) => !query.includes('$timeFilter'))).toEqual([]);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    }
  });

  it('are the same each time', () => {
    expect(JSON.stringify(dashboards())).toBe(JSON.stringify(dashboards()));
  });
});

describe('quantityLines', () => {
  it('takes name, unit and digits from the table of quantities', () => {
    const { title, fieldConfig } = quantityLines('air_temperature', 8, 'environment').build();
    expect(title).toBe('Lufttemperatur');
    expect(fieldConfig?.defaults).toMatchObject({ unit: 'celsius', decimals: 1 });
  });

  it('refuses what has no mean', () => {
    expect(() => quantityLines('active_energy', 8, 'energy')).toThrow('no plain mean');
  });
});
