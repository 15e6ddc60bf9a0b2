/** What operators are answered: kept beside `OperatorPort`, whose times become ISO 8601 and whose bytes become text. */
import { z } from 'zod';
import type { LetterFacts, LetterInFull } from '#core';
import { instant } from './parameters.ts';

const letterStates = ['waiting', 'redriving', 'stored'] as const;

const facts = {
  id: z.int().describe('Never given out twice; later letters have larger ones.'),
  state: z
    .enum(letterStates)
    .describe(
      '`waiting`: not sent again yet, or it came back; `redriving`: on its way; `stored`: it arrived, its bytes are gone.',
    ),
  code: z.string().meta({ description: 'Why it lies here, for counting.', examples: ['json_invalid'] }),
  reason: z.string().describe('What, where, why.'),
  receivedAt: z.iso
    .datetime()
    .describe('When the message was received; stays what it is however often it is sent.'),
  broker: z.string(),
  topic: z.string(),
  payloadBytes: z.int(),
  withheld: z
    .boolean()
    .describe('The bytes hold what is personal and were never kept: it cannot be redriven.'),
  attempts: z.int().describe('How often it was redriven.'),
  redrivenAt: z.iso.datetime().nullable().describe('When last.'),
};

export const letterSchema = z
  .object(facts)
  .meta({ id: 'Letter', title: 'A message nothing could be made of' });

export const letterInFullSchema = z
  .object({
    ...facts,
    payload: z.object({
      hex: z.string(),
      text: z.string().nullable().describe('Where it is UTF-8.'),
      json: z.unknown().optional().describe('Where the text is JSON; else absent.'),
    }),
  })
  .meta({ id: 'LetterInFull', title: 'A letter with its bytes' });

const filter = {
  code: z.string().optional().describe('Only letters of this code.'),
  state: z.enum(letterStates).optional().describe('Only letters in this state.'),
  topic: z.string().optional().describe('Only where the topic holds this text.'),
  device: z.string().optional().describe('Only where this is a level of the topic, e.g. a DevEUI.'),
  from: instant('Only messages received then or later.').optional(),
  to: instant('Only messages received before then.').optional(),
};

const cursor = z.coerce.number().int().min(1).optional();

export const filterQuery = z.strictObject(filter);
export type FilterQuery = z.infer<typeof filterQuery>;

export const listQuery = z.strictObject({
  ...filter,
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('At most so many letters.'),
  before: cursor.describe('`next` of the page before.'),
});
export type ListQuery = z.infer<typeof listQuery>;

// Letters that are not waiting cannot be sent again, so the state is no choice here.
const { state: _state, ...redriveFilter } = filter;
export const redriveQuery = z.strictObject({
  ...redriveFilter,
  limit: z.coerce.number().int().min(1).max(1000).default(1000).describe('At most so many letters.'),
  after: cursor.describe('`next` of the answer before.'),
});
export type RedriveQuery = z.infer<typeof redriveQuery>;

export const letterParams = z.object({ id: z.coerce.number().int().min(1).describe('Id of the letter.') });
export type LetterParams = z.infer<typeof letterParams>;

export const letterPage = z.object({
  letters: z.array(letterSchema),
  next: z.int().nullable().describe('`before` of the next page; null where this is the last.'),
});

export const redriveAnswer = z.object({
  outcome: z
    .enum(['redriven', 'on_its_way', 'stored'])
    .describe('`redriven` now; or it was `on_its_way` or `stored` before, and nothing was done.'),
  letter: letterSchema,
});

export const redriveAllAnswer = z.object({
  redriven: z.int(),
  withheld: z.int().describe('Letters without their bytes, which were left where they are.'),
  next: z.int().nullable().describe('`after` to go on with; null where all are done.'),
});

export const spoolAnswer = z
  .object({
    folder: z.string(),
    bytes: z.int(),
    bytesMax: z.int(),
    pending: z.int().describe('Messages whose consequences are not all safe yet.'),
  })
  .meta({ id: 'Spool', title: 'What waits between receipt and store' });

/** The answer's form of a letter. */
export function letterOf({
  receivedAtMs,
  redrivenAtMs,
  ...letter
}: LetterFacts): z.infer<typeof letterSchema> {
  const { id, state, code, reason, broker, topic, payloadBytes, withheld, attempts } = letter;
  const receivedAt = new Date(receivedAtMs).toISOString();
  const redrivenAt = redrivenAtMs === undefined ? null : new Date(redrivenAtMs).toISOString();
  return { id, state, code, reason, receivedAt, broker, topic, payloadBytes, withheld, attempts, redrivenAt };
}

/** The bytes as hex, as text where they are UTF-8, as JSON where that is JSON. */
export function letterInFullOf(letter: LetterInFull): z.infer<typeof letterInFullSchema> {
  const text = textOf(letter.payload);
  const payload = { hex: Buffer.from(letter.payload).toString('hex'), text, json: jsonOf(text) };
  return { ...letterOf(letter), payload };
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function jsonOf(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
