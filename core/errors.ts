/**
 * Every error with a name. Codes are a public promise: they stand in answers, logs and metrics, `docs/errors.md` is
 * made from this table, and a code that was given up is never used again for something else.
 */
export interface ErrorKind {
  /** HTTP status where the error reaches a caller. */
  readonly status: number;
  readonly retryable: boolean;
  readonly title: string;
  /** What the reader can do about it. */
  readonly remedy: string;
}

export const errorTable = {
  request_invalid: {
    status: 400,
    retryable: false,
    title: 'The request is not valid',
    remedy: 'Correct the parameters named in `errors`; /openapi.json describes them all.',
  },
  not_found: {
    status: 404,
    retryable: false,
    title: 'There is nothing here',
    remedy: 'Check the id against the list endpoint; ids are stable and case-sensitive.',
  },
  history_withheld: {
    status: 403,
    retryable: false,
    title: 'This history is withheld for privacy',
    remedy: 'Ask for a site with at least five bays: a single bay’s past can tell about a person.',
  },
  too_many_requests: {
    status: 429,
    retryable: true,
    title: 'Too many requests',
    remedy:
      'Wait as long as `Retry-After` says; lists can be cached by their `ETag`, changes come over /v1/stream.',
  },
  too_many_streams: {
    status: 503,
    retryable: true,
    title: 'Too many live streams are open',
    remedy: 'Wait as long as `Retry-After` says, or poll the lists with their `ETag`.',
  },
  store_unavailable: {
    status: 503,
    retryable: true,
    title: 'The time-series store does not answer',
    remedy: 'Live state is not affected; ask for history again later. Operators: see /health/ready.',
  },
  internal: {
    status: 500,
    retryable: true,
    title: 'Something went wrong on our side',
    remedy: 'Try again; if it persists, report the `instance` of this answer.',
  },
  config_invalid: {
    status: 500,
    retryable: false,
    title: 'The configuration has mistakes',
    remedy: 'Correct each variable listed; docs/configuration.md describes them all.',
  },
  inventory_invalid: {
    status: 500,
    retryable: false,
    title: 'The city inventory has mistakes',
    remedy: 'Correct the file and place named; docs/inventory.schema.json lets editors check as you type.',
  },
  spool_full: {
    status: 503,
    retryable: true,
    title: 'The spool has reached its limit',
    remedy:
      'Nothing is lost: the broker keeps what we do not acknowledge. Bring the store back or raise the limit.',
  },
  spool_record_too_large: {
    status: 500,
    retryable: false,
    title: 'A message is larger than the spool takes',
    remedy: 'No ChirpStack event comes near the limit: find out who publishes to this topic.',
  },
  letter_withheld: {
    status: 409,
    retryable: false,
    title: 'This letter has no bytes to send again',
    remedy:
      'Nothing to do: they held what is personal and were never kept. What the letter says is all there is.',
  },
  letter_incomplete: {
    status: 409,
    retryable: false,
    title: 'The bytes of this letter are missing',
    remedy:
      'The letter names the file that should hold them: bring it back from a backup. Without them there is nothing to send.',
  },
  replay_running: {
    status: 409,
    retryable: true,
    title: 'A replay is running already',
    remedy: 'Wait for it (stadtpegel replay status), or end it (stadtpegel replay cancel).',
  },
  replay_refused: {
    status: 409,
    retryable: false,
    title: 'There is nothing to decode anew',
    remedy:
      'Ask for a span the radio log covers: STADTPEGEL_UPLINKS_RETENTION and STADTPEGEL_UPLINK_ARCHIVE say what it keeps.',
  },
  spool_in_use: {
    status: 500,
    retryable: false,
    title: 'Another process uses this data folder',
    remedy: 'Stop the other process, or give this one a data folder of its own.',
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorTable;

/** An error with a code of the table. `message` says what happened here, in one sentence. */
export class StadtpegelError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StadtpegelError';
    this.code = code;
  }

  get kind(): ErrorKind {
    return errorTable[this.code];
  }
}

/** The text of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
