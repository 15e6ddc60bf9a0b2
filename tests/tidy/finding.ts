/** Something that breaks a house rule: where, which rule, and what to do about it. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly remedy: string;
}

/** `path:line  rule: remedy`, so that terminals make a link of it. */
export function textOf({ path, line, rule, remedy }: Finding): string {
  return `${path}:${line}  ${rule}: ${remedy}`;
}
