/** What strangers may take. The limits of one result stand in `inside/run.js`, where they are held. */
export interface SandboxLimits {
  /** Wall time of one call. A cold first call took 93 ms on busy cores, so less would blame the innocent. */
  readonly timeoutMs: number;
  /** Heap of one codec's isolate, in MiB; V8 may go over it by two or three times before it notices. */
  readonly heapMibMax: number;
  /** Memory of the whole child process. */
  readonly rssBytesMax: number;
  /** Codecs with a realm at a time; the one not used for longest makes room. */
  readonly realmsMax: number;
  /** Codecs decoding at the same time. */
  readonly runningMax: number;
  readonly batchFramesMax: number;
  readonly waitingFramesMax: number;
  readonly payloadBytesMax: number;
  readonly sourceCharsMax: number;
  /** The largest answer read from the child. */
  readonly answerBytesMax: number;
  /** How long the child may leave a batch unanswered: some native calls of V8 heed no time limit. */
  readonly silenceMsMax: number;
  /** The same for a batch that was under way when the child died, and now runs alone. */
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
  heapMibMax: 32,
  rssBytesMax: 768 * mib,
  realmsMax: 32,
  runningMax: 8,
  batchFramesMax: 256,
  waitingFramesMax: 50_000,
  payloadBytesMax: 1024,
  sourceCharsMax: 512 * 1024,
  answerBytesMax: 4 * mib,
  silenceMsMax: 2_500,
  suspectSilenceMsMax: 1_000,
  drainMsMax: 5_000,
  faultsMax: 3,
  faultWindowMs: 300_000,
  cutOffMs: 30_000,
  cutOffMsMax: 600_000,
});
