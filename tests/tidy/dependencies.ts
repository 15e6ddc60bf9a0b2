import type { Finding } from './finding.ts';
import type { Packages } from './imports.ts';

/** Beside the official Fastify plugins, which come and go with Fastify. */
const runtimePackagesMax = 25;

/** What of `package.json` is looked at. */
export interface Manifest {
  readonly imports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** The packages code may name. */
export function packagesOf(manifest: Manifest): Packages {
  return {
    runtime: new Set(Object.keys(manifest.dependencies)),
    development: new Set(Object.keys(manifest.devDependencies)),
  };
}

function manifestFindings(manifest: Manifest): Finding[] {
  const all = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies };
  const path = 'package.json';
  const findings: Finding[] = Object.entries(all)
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name]) => ({ path, line: 1, rule: 'loose version', remedy: `pin ${name} to one exact version` }));
  const counted = Object.keys(manifest.dependencies).filter((name) => !name.startsWith('@fastify/'));
  if (counted.length > runtimePackagesMax)
    findings.push({
      path,
      line: 1,
      rule: `${counted.length} run-time packages`,
      remedy: `at most ${runtimePackagesMax} beside @fastify/*: what can go?`,
    });
  return findings;
}

/** Loose versions, too many packages, and packages without a reason in `docs/dependencies.md` (or reasons left over). */
export function dependencyFindings(manifest: Manifest, documentation: string): Finding[] {
  const listed = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies };
  const path = 'docs/dependencies.md';
  const rows = documentation.split('\n').flatMap((row, index) => {
    const name = /^\| `([^`]+)` \|/.exec(row)?.[1];
    return name === undefined ? [] : [{ name, line: index + 1 }];
  });
  const documented = new Set(rows.map((row) => row.name));
  const missing = Object.keys(listed)
    .filter((name) => !documented.has(name))
    .map((name) => ({
      path,
      line: 1,
      rule: 'undocumented package',
      remedy: `add a row for ${name}: why it, what would replace it`,
    }));
  const leftOver = rows
    .filter(({ name }) => !Object.hasOwn(listed, name))
    .map(({ name, line }) => ({
      path,
      line,
      rule: 'row left over',
      remedy: `${name} is not in package.json any more`,
    }));
  return [...manifestFindings(manifest), ...missing, ...leftOver];
}
