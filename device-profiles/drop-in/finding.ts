/** Something a vendor's folder says that cannot be taken as it is, or that its reader should know. */
export interface Finding {
  /** `refused`: what it is about is not loaded. `note`: it is, and this is good to know. */
  readonly kind: 'refused' | 'note';
  /** Path below the folder or archive that was read, with `/`. */
  readonly file: string;
  /** Counted from 1, where it is known. */
  readonly line?: number;
  /** Which device (`vendor/model`), or which vendor with all its devices, it is about. */
  readonly about?: string;
  readonly reason: string;
  /** What the reader can do about it. */
  readonly remedy: string;
}

/** What would break or colour a line of a terminal or log, or turn it around: these texts are strangers'. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/** A finding on one line, beginning like a compiler's message so that editors find the place. */
export function textOfFinding({ kind, file, line, about, reason, remedy }: Finding): string {
  const place = line === undefined ? file : `${file}:${line}`;
  const subject = about === undefined ? '' : ` [${about}]`;
  return `${place}: ${kind}${subject}: ${reason}; ${remedy}`.replaceAll(unprintable, '\ufffd');
}
