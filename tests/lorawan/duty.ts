/** Duty cycle, reckoned from what arrived: the LoRa formula and the sub-bands of EU868 once more, in other words. */
import type { Sending } from './server.ts';

/**
 * Semtech AN1200.13 §4 for 125 kHz, CRC on, explicit header, 4/5, ms: preamble 12.25 symbols, then 8, then 5 for each block of
 * 4 · (SF − 2 · DE) bits.
 */
function airtimeMs(bytes: number, sf: number): number {
  const symbolMs = 2 ** sf / 125;
  const blockBits = sf >= 11 ? 4 * (sf - 2) : 4 * sf;
  const blocks = Math.max(0, Math.ceil((8 * bytes - 4 * sf + 44) / blockBits));
  return (20.25 + 5 * blocks) * symbolMs;
}

/** Both bands the devices use allow 1 % (ETSI EN 300 220-2 annex B): 865 to 868 and 868 to 868.6 MHz. */
const share = 0.01;
const hourMs = 3_600_000;

interface OnAir {
  readonly fromMs: number;
  readonly forMs: number;
}

function byBand(sendings: readonly Sending[]): Map<string, OnAir[]> {
  const bands = new Map<string, OnAir[]>();
  for (const { devEui, endMs, bytes, frequencyHz, spreadingFactor } of sendings) {
    const forMs = airtimeMs(bytes, spreadingFactor);
    const name = `${devEui} ${frequencyHz < 868e6 ? '865' : '868'}`;
    bands.set(name, [...(bands.get(name) ?? []), { fromMs: endMs - forMs, forMs }]);
  }
  return bands;
}

/** Frames that began before their sub-band was open again after the one before. */
export function closedTooShort(sendings: readonly Sending[]): string[] {
  return [...byBand(sendings)].flatMap(([name, frames]) =>
    frames.flatMap(({ fromMs }, index) => {
      const before = frames[index - 1];
      // A microsecond is as exact as the times are.
      if (before === undefined || fromMs >= before.fromMs + before.forMs / share - 0.01) return [];
      return [`${name}: ${fromMs - before.fromMs} ms after one of ${before.forMs} ms`];
    }),
  );
}

/** The largest share of any hour each device used of a sub-band. */
export function bandShares(sendings: readonly Sending[]): Map<string, number> {
  return new Map(
    [...byBand(sendings)].map(([name, frames]) => {
      const inHour = (fromMs: number): number =>
        frames
          .filter((frame) => frame.fromMs >= fromMs && frame.fromMs < fromMs + hourMs)
          .reduce((sum, { forMs }) => sum + forMs, 0);
      return [name, Math.max(...frames.map(({ fromMs }) => inHour(fromMs))) / hourMs];
    }),
  );
}
