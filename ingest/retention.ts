import { type Theme, themes } from '#core';

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * How long something is kept, in ms; undefined for ever.
 * @param duration as the setting has it: a number and `h`, `d` or `w`, or `0s`
 */
export function keptMs(duration: string): number | undefined {
  const ms = Number.parseInt(duration, 10) * (unitMs[duration.slice(-1)] ?? 0);
  return ms > 0 ? ms : undefined;
}

/** How long the readings of each theme are kept. */
export interface ReadingsRetention {
  /** What the store is told: as long as any theme needs it. */
  readonly longest: string;
  /** Milliseconds; undefined for ever. */
  readonly keptMs: (theme: Theme) => number | undefined;
  /** Themes whose time is over sooner: the store does not see to them by itself. */
  readonly trimmed: readonly Theme[];
}

/**
 * @param usual for all themes but those named
 * @param byTheme durations of single themes
 */
export function readingsRetention(
  usual: string,
  byTheme: Readonly<Partial<Record<Theme, string>>>,
): ReadingsRetention {
  const lengthOf = (duration: string): number => keptMs(duration) ?? Number.POSITIVE_INFINITY;
  const durations = new Map(themes.map((theme) => [theme, byTheme[theme] ?? usual]));
  const longest = [...durations.values()].reduce((a, b) => (lengthOf(b) > lengthOf(a) ? b : a));
  return {
    longest,
    keptMs: (theme) => keptMs(durations.get(theme) ?? usual),
    trimmed: themes.filter((theme) => lengthOf(durations.get(theme) ?? usual) < lengthOf(longest)),
  };
}
