import { posix } from 'node:path';
import type { RepositoryFile } from './files.ts';
import type { Finding } from './finding.ts';

const readmeLinesMax = 150;

/** Blanks code, keeping lines where they are, so that examples are not taken for links. */
function withoutCode(text: string): string {
  const blank = (code: string): string => code.replaceAll(/[^\n]/g, ' ');
  return text.replaceAll(/^( *)(```|~~~)[\s\S]*?^\1\2/gm, blank).replaceAll(/`[^`\n]*`/g, blank);
}

/** The fragment GitHub gives a heading: lower case, punctuation dropped, spaces to hyphens. */
function fragmentsOf(text: string): Set<string> {
  const headings = text.replaceAll(/^```[\s\S]*?^```/gm, '').match(/^#{1,6} .*$/gm) ?? [];
  return new Set(
    headings.map((heading) =>
      heading
        .replace(/^#+ /, '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

interface Link {
  readonly target: string;
  readonly line: number;
}

function linksIn(text: string): Link[] {
  const prose = withoutCode(text);
  const inline = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\[[^\]]+\]:\s*(\S+)/gm;
  return [...prose.matchAll(inline)].map((match) => ({
    target: match[1] ?? match[2] ?? '',
    line: prose.slice(0, match.index).split('\n').length,
  }));
}

function linkProblem(from: string, target: string, files: ReadonlyMap<string, RepositoryFile>) {
  const [rawPath = '', fragment] = target.split('#');
  const path = rawPath === '' ? from : posix.join(posix.dirname(from), decodeURIComponent(rawPath));
  const folder = path.replace(/\/$/, '');
  const file = files.get(path);
  if (file === undefined) {
    const isFolder = folder === '.' || [...files.keys()].some((name) => name.startsWith(`${folder}/`));
    return isFolder ? undefined : `there is no ${path}`;
  }
  if (fragment === undefined || !path.endsWith('.md') || fragmentsOf(file.text ?? '').has(fragment)) return;
  return `${path} has no heading #${fragment}`;
}

/** Relative links in Markdown that lead nowhere. */
export function linkFindings(files: ReadonlyMap<string, RepositoryFile>): Finding[] {
  return [...files.values()].flatMap(({ path, text }) => {
    if (!path.endsWith('.md') || text === undefined) return [];
    return linksIn(text).flatMap(({ target, line }) => {
      if (/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(target)) return [];
      const remedy = linkProblem(path, target, files);
      return remedy === undefined ? [] : [{ path, line, rule: `link to ${target}`, remedy }];
    });
  });
}

/** A front page nobody reads to its end. */
export function frontPageFindings(files: ReadonlyMap<string, RepositoryFile>): Finding[] {
  const path = 'README.md';
  const text = files.get(path)?.text;
  if (text === undefined) return [{ path, line: 1, rule: 'front page', remedy: 'write it' }];
  const lines = text.split('\n').length - 1;
  if (lines <= readmeLinesMax) return [];
  const remedy = `at most ${readmeLinesMax}: move what is not for a first reader to docs/`;
  return [{ path, line: readmeLinesMax + 1, rule: `front page of ${lines} lines`, remedy }];
}
