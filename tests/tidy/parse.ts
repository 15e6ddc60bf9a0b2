import { type Comment, type Node, type Program, parseSync, Visitor } from 'oxc-parser';

/** A source file and its syntax tree. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly Comment[];
}

/** @throws {SyntaxError} for text that is not JavaScript or TypeScript. */
export function parse(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text);
  const [first] = errors;
  if (first !== undefined) throw new SyntaxError(`${path}: ${first.message}`);
  return { path, text, program, comments };
}

/** The line, from 1, of an offset. */
export function lineAt(source: Source, offset: number): number {
  return source.text.slice(0, offset).split('\n').length;
}

/** One module named by another. `specifier` is undefined where it is computed. */
export interface Reference {
  readonly specifier: string | undefined;
  readonly line: number;
}

/** Types named in JSDoc, the way plain JavaScript files import them. */
function referencesInComments(source: Source): Reference[] {
  if (source.path.endsWith('.ts')) return [];
  return source.comments.flatMap((comment) =>
    [...comment.value.matchAll(/(?:\bimport\(|@import\b[^'"]*?\bfrom\s*)\s*['"]([^'"]+)['"]/g)].map(
      (match) => ({ specifier: match[1], line: lineAt(source, comment.start + match.index) }),
    ),
  );
}

/** Every way a file can reach another: imports, re-exports, dynamic and type imports, and `new URL(…, import.meta.url)` of code. */
export function referencesOf(source: Source): Reference[] {
  const found = referencesInComments(source);
  const add = (from: Node | null): void => {
    if (from === null) return;
    const specifier = from.type === 'Literal' && typeof from.value === 'string' ? from.value : undefined;
    found.push({ specifier, line: lineAt(source, from.start) });
  };
  new Visitor({
    ImportDeclaration: (node) => add(node.source),
    ExportNamedDeclaration: (node) => add(node.source),
    ExportAllDeclaration: (node) => add(node.source),
    ImportExpression: (node) => add(node.source),
    TSImportType: (node) => add(node.source),
    NewExpression: ({ callee, arguments: [target, base] }) => {
      const isUrl = callee.type === 'Identifier' && callee.name === 'URL';
      if (!isUrl || target?.type !== 'Literal' || base?.type !== 'MemberExpression') return;
      if (typeof target.value === 'string' && /\.[cm]?[jt]s$/.test(target.value)) add(target);
    },
  }).visit(source.program);
  return found;
}
