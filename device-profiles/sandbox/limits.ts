/** What strangers may take. The limits of one result stand in `inside/run.js`, where they are held. */
export interface SandboxLimits {
  /** Wall time of one call. A cold first call took 93 ms on busy cores, so less would blame the innocent. */
  readonly timeoutMs: number;
  /** Mean processor time of a call, over a second of it; a usual codec takes 0.03 ms, one with a realm for each call 2. */
  readonly meanMsMax: number;
  /** Heap of one codec's isolate, in MiB; V8 may go over it by two or three times before it notices. */
  readonly heapMibMax: number;
  /** Memory of a whole child process. */
  readonly rssBytesMax: number;
  /**
   * Codecs with a realm at a time; the one not used for longest makes room, also where half of `rssBytesMax` is used. A
   * realm takes about 1.5 MiB; with fewer than there are codecs, 1000 frames of 100 codecs took ten times as long.
   */
  readonly realmsMax: number;
  /** Codecs decoding at the same time. */
  readonly runningMax: number;
  readonly batchFramesMax: number;
  readonly waitingFramesMax: number;
  /** How long a frame may wait for its turn; then it is given up, so that what waits for it goes on. */
  readonly waitMsMax: number;
  readonly payloadBytesMax: number;
  readonly sourceCharsMax: number;
  /** The largest answer read from the child. */
  readonly answerBytesMax: number;
  /** How long a child may take until it is ready. */
  readonly startMsMax: number;
  /** How long the child may leave a batch unanswered: some native calls of V8 heed no time limit. */
  readonly silenceMsMax: number;
  /** The same for a batch that has hit a limit before, and now runs alone. */
  readonly suspectSilenceMsMax: number;
  /** How long `stop` waits for what is under way. */
  readonly drainMsMax: number;
  /** Faults within `faultWindowMs` after which a codec is cut off; an end of the child counts for two. */
  readonly faultsMax: number;
  readonly faultWindowMs: number;
  /** How long at first; doubled each time the trial call fails too. */
  readonly cutOffMs: number;
  readonly cutOffMsMax: number;
}

const mib = 1024 * 1024;

export const sandboxLimits: SandboxLimits = Object.freeze({
  timeoutMs: 250,
  meanMsMax: 50,
  heapMibMax: 32,
  rssBytesMax: 768 * mib,
  realmsMax: 128,
  runningMax: 8,
  batchFramesMax: 256,
  waitingFramesMax: 50_000,
  waitMsMax: 10_000,
  payloadBytesMax: 1024,
  sourceCharsMax: 512 * 1024,
  answerBytesMax: 4 * mib,
  startMsMax: 10_000,
  silenceMsMax: 2_500,
  suspectSilenceMsMax: 1_000,
  drainMsMax: 5_000,
  faultsMax: 3,
  faultWindowMs: 300_000,
  cutOffMs: 30_000,
  cutOffMsMax: 600_000,
});
