import { z } from 'zod';

/** A comma-separated list of allowed words: `a,b`. */
export function commaList<Word extends string>(words: readonly Word[], description: string) {
  const isWord = (text: string): text is Word => words.some((word) => word === text);
  return z
    .string()
    .transform((text, context) => {
      const parts = text.split(',');
      const unknown = parts.filter((part) => !isWord(part));
      if (unknown.length > 0) {
        context.addIssue(`"${unknown.join(', ')}" is none of ${words.join(', ')}.`);
      }
      return [...new Set(parts.filter(isWord))];
    })
    .meta({ description: `${description} One or more of ${words.join(', ')}, separated by commas.` });
}

/** A time with its zone, as milliseconds UTC. */
export function instant(description: string) {
  return z.iso
    .datetime({
      offset: true,
      error: 'Give an ISO 8601 time with zone, e.g. 2026-05-04T09:30:00Z (a + must be written %2B).',
    })
    .meta({ examples: ['2026-05-04T00:00:00Z'] })
    .transform((text) => Date.parse(text))
    .meta({ description });
}

/** For paths that take no query: a parameter that does nothing is a mistake worth telling. */
export const noQuery = z.strictObject({});

export const siteParams = z.object({ id: z.string().describe('Id of the site, as its list gives it.') });
export type SiteParams = z.infer<typeof siteParams>;

/** The response schema of an answer in JSON. */
export function jsonAnswer(description: string, schema: z.ZodType) {
  return { description, content: { 'application/json': { schema } } };
}
