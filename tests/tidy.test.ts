/** The house rules, held. Every failure names file and line, the rule, and what to do. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { errorTable } from '#core';
import { dependencyFindings, type Manifest, packagesOf } from './tidy/dependencies.ts';
import { frontPageFindings, linkFindings } from './tidy/documents.ts';
import { isCode, type RepositoryFile, readRepository, repositoryRoot } from './tidy/files.ts';
import { type Finding, textOf } from './tidy/finding.ts';
import { importFindings } from './tidy/imports.ts';
import { longFiles } from './tidy/map.ts';
import { parse } from './tidy/parse.ts';
import { plantedImports, plantedStyle } from './tidy/planted.ts';
import { largeFileFindings, machineTraceFindings } from './tidy/repository.ts';
import { doorFindings, readmeSections, roomFindings } from './tidy/rooms.ts';
import { styleFindings } from './tidy/style.ts';

const files = readRepository();
const byPath = new Map(files.map((file) => [file.path, file]));
const textAt = (path: string): string => byPath.get(path)?.text ?? '';
const manifest = JSON.parse(textAt('package.json')) as Manifest;
const packages = packagesOf(manifest);
const sources = files.filter((file) => isCode(file.path)).map(({ path, text }) => parse(path, text ?? ''));

function expectNone(findings: readonly Finding[]): void {
  expect(findings.map(textOf)).toEqual([]);
}

const fileOf = (path: string, text: string): RepositoryFile => ({ path, text, sizeBytes: text.length });
const repositoryOf = (...all: RepositoryFile[]) => new Map(all.map((file) => [file.path, file]));

describe('the map', () => {
  it.each(plantedImports)('finds $what planted in $path', ({ path, text, rule }) => {
    expect(importFindings(parse(path, text), packages)).toEqual([
      expect.objectContaining({ path, line: 1, rule: expect.stringContaining(rule) }),
    ]);
  });

  it('finds a door planted in package.json, and one taken out', () => {
    const { '#core': core = '', ...others } = manifest.imports;
    expect(doorFindings({ ...others, '#heart': core }).map(({ remedy }) => remedy)).toEqual([
      expect.stringContaining('#core'),
      expect.stringContaining('#heart'),
    ]);
  });

  it('has read the whole house', () => {
    expect(sources.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['core/index.ts', 'tests/tidy.test.ts', 'vitest.config.ts']),
    );
  });

  it('is kept by every import', () =>
    expectNone(sources.flatMap((source) => importFindings(source, packages))));

  it('is what package.json says', () => expectNone(doorFindings(manifest.imports)));
});

describe('the style', () => {
  it.each(plantedStyle)('finds $what', ({ path, text, rule }) => {
    expect(styleFindings(parse(path, text)).map((finding) => finding.rule)).toEqual([
      expect.stringContaining(rule),
    ]);
  });

  it('lets suites be as long as they are', () => {
    const suite = `describe('a', () => {\n${"  it('b', () => {});\n".repeat(80)}});`;
    expectNone(styleFindings(parse('core/a.test.ts', suite)));
  });

  it('is kept by every file', () =>
    expectNone(sources.flatMap((source) => styleFindings(source, Object.hasOwn(longFiles, source.path)))));

  it('excepts only what exists', () =>
    expect(Object.keys(longFiles).filter((path) => !byPath.has(path))).toEqual([]));
});

describe('rooms', () => {
  it('finds a room without door and README', () =>
    expect(roomFindings(new Map()).map(({ path }) => path)).toEqual(
      expect.arrayContaining(['core/README.md', 'core/index.ts']),
    ));

  it('finds a README with a section of its own', () => {
    const text = `# core\n\nWords.\n\n${readmeSections.join('\n\nText.\n\n')}\n\n## And more\n`;
    expect(roomFindings(repositoryOf(fileOf('core/README.md', text)))).toContainEqual(
      expect.objectContaining({ path: 'core/README.md', rule: 'shape of README' }),
    );
  });

  it('each have a door and a README of the same shape', () => expectNone(roomFindings(byPath)));
});

describe('documents', () => {
  it('finds links that lead nowhere', () => {
    const text =
      '# A\n\n[b](b.md) [c](#c)\n[ok](#a) [out](https://example.org) `[code](no.md)`\n\n[d]: ../d.md\n';
    expect(
      linkFindings(repositoryOf(fileOf('docs/a.md', text))).map(({ line, rule }) => [line, rule]),
    ).toEqual([
      [3, 'link to b.md'],
      [3, 'link to #c'],
      [6, 'link to ../d.md'],
    ]);
  });

  it('link to what is there', () => expectNone(linkFindings(byPath)));
  it('begin with a short front page', () => expectNone(frontPageFindings(byPath)));

  it('list every error, and no other', () => {
    const documented = [...textAt('docs/errors.md').matchAll(/^\| `([a-z_]+)` \|/gm)].map((row) => row[1]);
    expect(documented.toSorted()).toEqual(Object.keys(errorTable).toSorted());
  });

  it('are as fresh as what they are made from (npm run docs)', () => {
    const check = () =>
      execFileSync(process.execPath, ['bin/docs.ts', '--check'], { cwd: repositoryRoot, encoding: 'utf8' });
    expect(check).not.toThrow();
  });
});

describe('dependencies', () => {
  it('finds a loose version, a package without a reason and a reason without a package', () => {
    const loose: Manifest = {
      imports: {},
      dependencies: { a: '^1.0.0' },
      optionalDependencies: {},
      devDependencies: {},
    };
    expect(dependencyFindings(loose, '| `b` | why | what else |\n').map(({ rule }) => rule)).toEqual([
      'loose version',
      'undocumented package',
      'row left over',
    ]);
  });

  it('are pinned, few, and each has its reason', () =>
    expectNone(dependencyFindings(manifest, textAt('docs/dependencies.md'))));
});

describe('the repository', () => {
  it('finds large files and traces of a machine', () => {
    const trace = fileOf('core/a.ts', `const a = '${['', 'home', 'me'].join('/')}';`);
    const registry = fileOf('b.json', `{ "${'resolved'}": "x" }`);
    const blob: RepositoryFile = { path: 'a.bin', text: undefined, sizeBytes: 200_001 };
    expect(machineTraceFindings([trace, registry])).toHaveLength(2);
    expect(largeFileFindings([blob])).toContainEqual(expect.objectContaining({ path: 'a.bin' }));
  });

  it('holds no large files', () => expectNone(largeFileFindings(files)));
  it('holds no traces of a machine', () => expectNone(machineTraceFindings(files)));
});
