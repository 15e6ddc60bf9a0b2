/** What every generated page says first, so that nobody corrects it by hand. `source` is the file to correct instead. */
export function notice(source: string): string {
  return `Made by \`npm run docs\` from ${source}; correct it there.`;
}

/** Texts of one cell: pipes would end it, line breaks the row. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}

const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

/** A table in GitHub's Markdown, ending with a line break. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = `|${head.map(() => '---|').join('')}`;
  return `${[row(head), rule, ...rows.map(row)].join('\n')}\n`;
}

/** A text as code. None of ours holds a backtick. */
export function code(text: string): string {
  return `\`${text}\``;
}
