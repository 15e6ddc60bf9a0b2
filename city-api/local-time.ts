const local = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d))?)?$/;
const withOffset = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * A date (its first moment) or time as people write it, ISO 8601, as milliseconds UTC; NaN where it is none. Without an
 * offset it is a time of the zone. A time the clocks pass twice is the first of both; one they leap over is as long after
 * the leap as it is after its beginning.
 * @param timeZone IANA name
 */
export function timeIn(text: string, timeZone: string): number {
  if (withOffset.test(text)) return Date.parse(text);
  const [, date, minutes = '00:00', seconds = '00'] = local.exec(text) ?? [];
  const wanted = Date.parse(`${date}T${minutes}:${seconds}Z`);
  // `Date.parse` takes 31 February for 3 March.
  if (Number.isNaN(wanted) || new Date(wanted).toISOString().slice(0, 10) !== date) return Number.NaN;
  // The offsets before and after any change of the clocks nearby; the larger one gives the earlier time.
  const offsets = [-1, 1].map((side) => offsetMs(wanted + side * 86_400_000, timeZone));
  const candidates = offsets.map((offset) => wanted - offset).sort((a, b) => a - b);
  const fitting = candidates.find((timeMs) => timeMs + offsetMs(timeMs, timeZone) === wanted);
  return fitting ?? candidates.at(-1) ?? Number.NaN;
}

/** How far the zone's clocks are ahead of UTC at a time, ms. */
function offsetMs(timeMs: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return Date.parse(`${format.format(timeMs).replace(' ', 'T')}Z`) - Math.floor(timeMs / 1000) * 1000;
}
