import { hourMs } from '../calendar.ts';
import { drawOf } from '../draw.ts';

const dayMs = 24 * hourMs;
const yearDays = 365.25;
/** A heat wave fills one of these spans, coming and going with its edges. */
const spanMs = 12 * dayMs;
/** From June to the middle of September, as shares of a year. */
const summer = { from: 0.42, to: 0.7 };
/** Of the spans of a summer so many are hot: about three in two years in the middle of Germany. */
const hotShare = 0.25;

/** How hot it is beyond the season, 0 … 1, at a moment (ms UTC); 0 outside of heat waves. */
export function heatFrom(seed: number): (timeMs: number) => number {
  const draw = drawOf(seed, 'weather heat');
  return (timeMs) => {
    const span = Math.floor(timeMs / spanMs);
    const yearShare = (((span + 0.5) * spanMs) / (yearDays * dayMs)) % 1;
    if (yearShare < summer.from || yearShare > summer.to || draw(span) >= hotShare) return 0;
    return Math.sin(Math.PI * (timeMs / spanMs - span)) ** 2;
  };
}
