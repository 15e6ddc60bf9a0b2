const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * How long something is kept, in ms; undefined for ever.
 * @param duration as the setting has it: a number and `h`, `d` or `w`, or `0s`
 */
export function keptMs(duration: string): number | undefined {
  const ms = Number.parseInt(duration, 10) * (unitMs[duration.slice(-1)] ?? 0);
  return ms > 0 ? ms : undefined;
}
