import type { Row } from '../panels.ts';
import { quantityLines } from '../quantity-lines.ts';

/** What flows at charge points, as meters before them measure it. */
export function charging(): Row {
  const themes = ['charging', 'energy'] as const;
  return {
    title: 'Laden',
    panels: [quantityLines('current', 12, ...themes), quantityLines('active_power', 12, ...themes)],
  };
}
