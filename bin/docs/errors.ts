import { errorTable } from '#core';
import { code, notice, table } from './markdown.ts';

/** `docs/errors.md`: what every code means to whoever meets it. */
export function errorsPage(): string {
  const rows = Object.entries(errorTable).map(([name, { status, retryable, title, remedy }]) => [
    code(name),
    String(status),
    retryable ? 'yes' : 'no',
    title,
    remedy,
  ]);
  return `# Errors

${notice('`core/errors.ts`')}

Every error has a code. The REST API answers with problem details ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) whose \`code\` is one of these;
logs and metrics use the same codes. A code keeps its meaning for ever. *Retry* says whether the same request can succeed later.

${table(['Code', 'Status', 'Retry', 'What it means', 'What to do'], rows)}`;
}
