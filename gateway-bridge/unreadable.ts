/** Why a message becomes a dead letter. */
export class Unreadable extends Error {
  /** Stable, for counting; the README lists them all. */
  readonly code: string;

  constructor(code: string, reason: string) {
    super(reason);
    this.name = 'Unreadable';
    this.code = code;
  }
}
