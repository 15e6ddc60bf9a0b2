import type { RawMessage } from '#core';

/** Which letter a message in the spool was taken from, and which attempt it is. */
export interface RedriveMark {
  readonly letter: number;
  readonly attempt: number;
}

/**
 * A message that is sent again carries its letter in the name of its broker, `letter/17/1/host:port`: so it is durable
 * with the message itself, whatever happens in between. No broker's own name looks like that: a host holds no slash.
 */
const marked = /^letter\/(\d+)\/(\d+)\/(.*)$/s;
const prefix = 'letter/';

/** The message as it goes into the spool again. */
export function withMark(message: RawMessage, { letter, attempt }: RedriveMark): RawMessage {
  return { ...message, broker: `${prefix}${letter}/${attempt}/${message.broker}` };
}

/** The mark of a message and the message as it was; undefined where it bears none. */
export function readMark(message: RawMessage): { mark: RedriveMark; message: RawMessage } | undefined {
  // Asked of every message that passes: the regular expression only of those few that need it.
  if (!message.broker.startsWith(prefix)) return undefined;
  const [, letter, attempt, broker] = marked.exec(message.broker) ?? [];
  if (broker === undefined) return undefined;
  return {
    mark: { letter: Number(letter), attempt: Number(attempt) },
    message: { ...message, broker },
  };
}
