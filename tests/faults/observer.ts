/** What somebody who reads every delivered message, and knows nothing else, can say of a quarter; worked out without the platform's rules. */
import { decode, profileById } from '#device-profiles';
import type { FaultyUplink } from '#simulator';

const dayMs = 86_400_000;
/** Two processings of one frame are at most so far apart. */
const copyMs = 600_000;

/** Whether an uplink can be made of a message at all. */
export function isReadable({ devEui, message }: FaultyUplink): boolean {
  if (!message.topic.endsWith(`/device/${devEui}/event/up`)) return false;
  try {
    JSON.parse(message.payload.toString());
    return true;
  } catch {
    return false;
  }
}

/** When a message's readings are of: its own time where that can be, else when the network server received it. */
export function timeOf({ timeMs, gateways }: FaultyUplink): number {
  const receivedMs = Math.min(...gateways.map(({ nsTimeMs }) => nsTimeMs));
  return timeMs > receivedMs - 30 * dayMs && timeMs < receivedMs + 60_000 ? timeMs : receivedMs;
}

/** Of one device: the frames that were delivered, each once, by time. */
export function framesOf(uplinks: readonly FaultyUplink[], devEui: string): FaultyUplink[] {
  const sorted = uplinks
    .filter((one) => one.devEui === devEui && isReadable(one))
    .sort((a, b) => timeOf(a) - timeOf(b));
  return sorted.filter(
    (one, index) =>
      !sorted
        .slice(0, index)
        .some(
          (before) =>
            before.fCnt === one.fCnt &&
            before.devAddr === one.devAddr &&
            timeOf(one) - timeOf(before) < copyMs,
        ),
  );
}

/** The last word on a quantity. */
export interface LastWord {
  readonly value: unknown;
  readonly timeMs: number;
  /** Whether a frame came after it that should have said more, and could not be read. */
  readonly isDoubtful: boolean;
}

/** What a device last said, by quantity. */
export function lastWords(frames: readonly FaultyUplink[]): Map<string, LastWord> {
  const words = new Map<string, LastWord>();
  for (const frame of frames) {
    const profile = profileById(frame.profile);
    if (profile === undefined) throw new Error(`no profile ${frame.profile}`);
    const { readings, errors } = decode(profile, frame);
    // An empty frame says nothing, and that is a word: nothing has changed.
    if (errors.length > 0 && frame.bytes.length > 0)
      for (const [key, word] of words) words.set(key, { ...word, isDoubtful: true });
    for (const { quantity, value, flags = [] } of readings)
      if (flags.length === 0) words.set(quantity, { value, timeMs: timeOf(frame), isDoubtful: false });
  }
  return words;
}
