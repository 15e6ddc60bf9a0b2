/**
 * Frame counters tell whether a frame was lost: a device counts its uplinks (FCntUp, LoRaWAN L2 1.0.4 §4.3.1.5), and
 * begins again at 0 with a new address when it joins. A run is a stretch of counters without a gap, of frames that
 * could be read but for the first.
 */

/** What of a frame matters here. */
export interface Counted {
  readonly time: number;
  readonly devAddr: number;
  readonly fCnt: number;
  /** What it said is not known, so it confirms nothing said before: a run begins with it. */
  readonly unreadable: boolean;
}

/** Frames by time, the oldest at 0. */
export interface CountedList {
  readonly size: number;
  timeAt(at: number): number;
  devAddrAt(at: number): number;
  fCntAt(at: number): number;
}

/** Frames with consecutive counters under one address. */
export interface Run {
  readonly devAddr: number;
  readonly fromFCnt: number;
  readonly toFCnt: number;
  /** A value measured from then on had no lost frame after it, within this run. */
  readonly sinceMs: number;
  /** Time of the newest frame. */
  readonly untilMs: number;
}

/**
 * How much later a frame may be dated than one with a higher counter and still be just out of order. Gateways' clocks
 * differ, and the time rule lets an event's own time be ahead of its receipt by this much.
 */
export const disorderMs = 60_000;

/** The frames between two rejoins or counter resets. */
interface Session {
  readonly devAddr: number;
  readonly openedMs: number;
  /** What was folded before the first of the frames. */
  readonly before: Run | undefined;
  readonly frames: Map<number, Counted>;
  top: Counted;
}

/** A lower or repeated counter much later is a reset, whereas shortly after it only came out of order. */
function belongsTo(session: Session, { fCnt, time }: Counted): boolean {
  if (fCnt > session.top.fCnt) return true;
  const { before } = session;
  const known =
    session.frames.has(fCnt) || (before !== undefined && fCnt >= before.fromFCnt && fCnt <= before.toFCnt);
  return !known && time <= session.top.time + disorderMs;
}

function sessionsOf(folded: Run | undefined, frames: readonly Counted[]): Session[] {
  const sessions: Session[] = [];
  if (folded !== undefined) {
    const { devAddr, toFCnt: fCnt, untilMs: time, sinceMs: openedMs } = folded;
    sessions.push({
      devAddr,
      openedMs,
      before: folded,
      frames: new Map(),
      top: { devAddr, fCnt, time, unreadable: false },
    });
  }
  for (const frame of frames) {
    const { devAddr, time } = frame;
    const session = sessions.findLast((candidate) => candidate.devAddr === devAddr);
    const replacedMs = session === sessions.at(-1) ? Infinity : (sessions.at(-1)?.openedMs ?? Infinity);
    if (session !== undefined && time <= replacedMs + disorderMs && belongsTo(session, frame)) {
      session.frames.set(frame.fCnt, frame);
      if (frame.fCnt > session.top.fCnt) session.top = frame;
    } else {
      const alone = new Map([[frame.fCnt, frame]]);
      sessions.push({ devAddr, openedMs: time, before: undefined, frames: alone, top: frame });
    }
  }
  return sessions;
}

function runOf({ devAddr, fCnt, time }: Counted): Run {
  return { devAddr, fromFCnt: fCnt, toFCnt: fCnt, sinceMs: time, untilMs: time };
}

function extended(run: Run, { fCnt, time }: Counted): Run {
  return {
    ...run,
    toFCnt: fCnt,
    sinceMs: Math.min(run.sinceMs, time),
    untilMs: Math.max(run.untilMs, time),
  };
}

function continues(run: Run, { fCnt, unreadable }: Counted): boolean {
  return fCnt === run.toFCnt + 1 && !unreadable;
}

/** Where clocks disagree about which frame was before a gap, a value between the two counts as before it. */
function after(earlier: Run | undefined, run: Run): Run {
  return earlier === undefined ? run : { ...run, sinceMs: Math.max(run.sinceMs, earlier.untilMs + 1) };
}

/**
 * The runs that frames make, in the order of the device's counting; the last one is current, and between any two
 * a frame was lost or the device began anew.
 * @param folded what the frames before these come to
 * @param frames by time, without copies
 */
export function runsOf(folded: Run | undefined, frames: readonly Counted[]): Run[] {
  const runs: Run[] = [];
  for (const session of sessionsOf(folded, frames)) {
    let current = session.before;
    for (const frame of [...session.frames.values()].sort((a, b) => a.fCnt - b.fCnt)) {
      if (current !== undefined && continues(current, frame)) current = extended(current, frame);
      else {
        if (current !== undefined) runs.push(after(runs.at(-1), current));
        current = runOf(frame);
      }
    }
    if (current !== undefined) runs.push(after(runs.at(-1), current));
  }
  return runs;
}

/** Which of some frames to fold first: the oldest, or one just out of order that it should follow. */
export function foldable(frames: CountedList): number {
  const [untilMs, devAddr] = [frames.timeAt(0) + disorderMs, frames.devAddrAt(0)];
  let first = 0;
  let lowest = frames.fCntAt(0);
  for (let at = 1; at < frames.size && frames.timeAt(at) <= untilMs; at++) {
    const fCnt = frames.fCntAt(at);
    if (fCnt >= lowest || frames.devAddrAt(at) !== devAddr) continue;
    first = at;
    lowest = fCnt;
  }
  return first;
}

/** The run that the next older frames come to, together with one more. */
export function withFolded(folded: Run | undefined, frame: Counted): Run {
  return folded?.devAddr === frame.devAddr && continues(folded, frame)
    ? extended(folded, frame)
    : after(folded, runOf(frame));
}
