import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { noQuery } from '../parameters.ts';
import { problemResponses } from '../problems.ts';

/** The script's parts, each after those it imports. */
const scriptParts = [
  new URL('./browser/html.js', import.meta.url),
  new URL('./browser/words.js', import.meta.url),
  new URL('./browser/cards.js', import.meta.url),
  new URL('./browser/sections.js', import.meta.url),
  new URL('./browser/live.js', import.meta.url),
];

/** The parts as one script: in one scope there is nothing to import or export. */
function script(): string {
  return scriptParts
    .map((part) => readFileSync(part, 'utf8'))
    .join('\n')
    .replaceAll(/^import [^;]*;\n/gm, '')
    .replaceAll(/^export /gm, '');
}

const read = (name: string): string => readFileSync(new URL(`./browser/${name}`, import.meta.url), 'utf8');

const fileNames = ['page.js', 'page.css', 'icon.svg'] as const;
type FileName = (typeof fileNames)[number];

const fileParams = z.object({ file: z.enum(fileNames) });

/** GET /page/…: what the page is drawn with, read once. */
export function registerAssets(app: FastifyInstance): void {
  const files: Readonly<Record<FileName, readonly [type: string, text: string]>> = {
    'page.js': ['text/javascript', script()],
    'page.css': ['text/css', read('palette.css') + read('page.css')],
    'icon.svg': ['image/svg+xml', read('icon.svg')],
  };
  const text = { schema: z.string() };
  const schema = {
    tags: ['about'],
    operationId: 'pageFile',
    summary: 'What the page at / is drawn with',
    params: fileParams,
    querystring: noQuery,
    response: {
      200: {
        description: 'The file.',
        content: { 'text/javascript': text, 'text/css': text, 'image/svg+xml': text },
      },
      ...problemResponses(),
    },
  };
  app.get<{ Params: z.infer<typeof fileParams> }>('/page/:file', { schema }, async ({ params }, reply) => {
    const [type, body] = files[params.file];
    return reply.type(`${type}; charset=utf-8`).send(body);
  });
}
