/**
 * Violations that must be found, so that a checker that has gone blind cannot pass. Each is a whole file under an
 * invented path, with the words its finding's rule must hold.
 */
export interface Planted {
  readonly what: string;
  readonly path: string;
  readonly text: string;
  readonly rule: string;
}

const planted = (rule: string, what: string, path: string, text: string): Planted => ({
  what,
  path,
  text,
  rule,
});

const lines = (count: number): string => '  work();\n'.repeat(count);

export const plantedImports: readonly Planted[] = [
  planted('import', 'a forbidden room', 'ingest/a.ts', `import { app } from '#city-api';`),
  planted('import', 'a forbidden room from a test', 'ingest/a.test.ts', `import { app } from '#city-api';`),
  planted('import', 'core importing a room', 'core/a.ts', `import { run } from '#ingest';`),
  planted('import', 'its own door', 'ingest/a.ts', `import { run } from '#ingest';`),
  planted('import', 'a relative escape', 'ingest/deep/a.ts', `import { b } from '../../core/errors.ts';`),
  planted('import', 'an escape from bin', 'bin/a.ts', `import { b } from '../core/errors.ts';`),
  planted('import', 'an inner file', 'city-api/a.ts', `import { b } from '#core/errors.ts';`),
  planted('import', 'a dynamic import', 'ingest/a.ts', `const app = await import('#city-api');`),
  planted('import', 'a computed import', 'ingest/a.ts', 'const app = await import(name);'),
  planted('import', 'a type-only import', 'ingest/a.ts', `import type { App } from '#city-api';`),
  planted('import', 'a type written as import()', 'ingest/a.ts', `type App = import('#city-api').App;`),
  planted('import', 'a named re-export', 'ingest/a.ts', `export { app } from '#city-api';`),
  planted('import', 'a re-export of everything', 'ingest/a.ts', `export * from '#city-api';`),
  planted('import', 'an import for its effects', 'ingest/a.ts', `import '#city-api';`),
  planted(
    'import',
    'a type in JSDoc',
    'ingest/a.js',
    `/** @type {import('../core/uplink.ts').Uplink} */ let a;`,
  ),
  planted('import', 'a worker', 'ingest/a.ts', `new Worker(new URL('../core/a.ts', import.meta.url));`),
  planted('import', 'an absolute path', 'ingest/a.ts', `import '/srv/a.js';`),
  planted('import', 'a package nobody asked for', 'ingest/a.ts', `import _ from 'lodash/fp';`),
  planted('import', 'a package for tests', 'ingest/a.ts', `import { it } from 'vitest';`),
  planted('codeless', 'code among documents', 'docs/a.ts', 'export {};'),
  planted('unknown room', 'a room that is not on the map', 'utils/a.ts', 'export {};'),
];

export const plantedStyle: readonly Planted[] = [
  planted('file of 501 lines', 'a long file', 'core/a.ts', 'work();\n'.repeat(501)),
  planted('function of 71', 'a long function', 'core/a.ts', `function a() {\n${lines(69)}}`),
  planted('function of 71', 'a long method', 'core/a.ts', `class A { a() {\n${lines(69)}} }`),
  planted('function of 71', 'a long arrow', 'core/a.ts', `const a = () => {\n${lines(69)}};`),
  planted('any', 'any', 'core/a.ts', 'let a: any;'),
  planted('any', 'any in JSDoc', 'core/a.js', '/** @param {any} a */ function b(a) {}'),
  planted('non-null', 'a non-null assertion', 'core/a.ts', 'a!.b();'),
  planted('double assertion', 'a double assertion', 'core/a.ts', 'const a = b as unknown as A;'),
  planted('unchecked', 'types switched off', 'core/a.ts', `// @ts-${'nocheck'}`),
  planted('unfinished', 'a promise to oneself', 'core/a.ts', `// ${'TO'}DO later`),
  planted('left out', 'the only test', 'core/a.test.ts', `it.only('a', () => {});`),
  planted('left out', 'a skipped suite', 'core/a.test.ts', `describe.skip('a', () => {});`),
  planted(
    'skip without',
    'a skip without reason',
    'core/a.test.ts',
    `it('a', (context) => { context.skip(); });`,
  ),
  planted('mock', 'a mocked module', 'core/a.test.ts', `vi.mock('./errors.ts');`),
];
