import type { Row } from '../panels.ts';
import { quantityLines } from '../quantity-lines.ts';

/** The air, outdoors and in public rooms. */
export function air(): Row {
  const keys = ['air_temperature', 'relative_humidity', 'co2', 'pm2_5', 'pm10', 'tvoc'] as const;
  return { title: 'Luft', panels: keys.map((key) => quantityLines(key, 8, 'environment', 'building')) };
}
