import { posix } from 'node:path';
import { isTest } from './files.ts';
import type { Finding } from './finding.ts';
import { codeless, developmentFolders, rooms, topLevelCode, wiring } from './map.ts';
import { type Reference, referencesOf, type Source } from './parse.ts';

/** Names of the npm packages `package.json` lists. */
export interface Packages {
  readonly runtime: ReadonlySet<string>;
  readonly development: ReadonlySet<string>;
}

/** The top folder of a path, or '' for files at the top. */
function folderOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : '';
}

function doorRemedy(path: string, door: string): string | undefined {
  const folder = folderOf(path);
  if (!Object.hasOwn(rooms, door)) return `there is no door #${door}; the doors are in tests/tidy/map.ts`;
  if (wiring.includes(folder)) return undefined;
  if (door === folder && isTest(path)) return undefined;
  if (rooms[folder]?.includes(door)) return undefined;
  const allowed = (rooms[folder] ?? []).map((name) => `#${name}`).join(', ') || 'no other room';
  return `${folder}/ may import ${allowed}; let bin/ hand in what #${door} gives, or move the word to core/`;
}

function relativeRemedy(path: string, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(path), specifier);
  const stays = folderOf(path) !== '' && folderOf(target) === folderOf(path);
  if (stays) return undefined;
  return `${specifier} leaves ${folderOf(path) || 'the top'}; go through the other room’s door`;
}

/** Whether code only ever runs on a developer's machine or in CI. */
function isDevelopment(path: string): boolean {
  return isTest(path) || developmentFolders.some((folder) => path.startsWith(folder));
}

function packageRemedy(path: string, specifier: string, packages: Packages): string | undefined {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (packages.runtime.has(name) || (isDevelopment(path) && packages.development.has(name))) return undefined;
  return packages.development.has(name)
    ? `${name} is a devDependency; only tests and ${developmentFolders.join(' and ')} may use it`
    : `${name} is not in package.json`;
}

function remedyFor(path: string, { specifier }: Reference, packages: Packages): string | undefined {
  // Tests run what was exported for others as a data: URL; anything else computed would be invisible to the map.
  if (specifier === undefined) return isTest(path) ? undefined : 'name the module in a literal';
  if (specifier.startsWith('node:')) return undefined;
  if (specifier.startsWith('#')) return doorRemedy(path, specifier.slice(1));
  if (specifier.startsWith('.')) return relativeRemedy(path, specifier);
  if (/^(\/|\w+:)/.test(specifier)) return 'import a door, a relative path or a package';
  return packageRemedy(path, specifier, packages);
}

/** Imports the map does not allow, and code where none belongs. */
export function importFindings(source: Source, packages: Packages): Finding[] {
  const { path } = source;
  const folder = folderOf(path);
  if (codeless.includes(folder))
    return [{ path, line: 1, rule: 'codeless folder', remedy: `${folder}/ holds no code; move it to bin/` }];
  const known = Object.hasOwn(rooms, folder) || wiring.includes(folder) || topLevelCode.includes(path);
  if (!known)
    return [{ path, line: 1, rule: 'unknown room', remedy: 'move it into a room of tests/tidy/map.ts' }];
  return referencesOf(source).flatMap((reference) => {
    const remedy = remedyFor(path, reference, packages);
    return remedy === undefined ? [] : [{ path, line: reference.line, rule: 'import', remedy }];
  });
}
