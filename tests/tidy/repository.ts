import type { RepositoryFile } from './files.ts';
import type { Finding } from './finding.ts';

const fileBytesMax = 200_000;

/** Large files and why they are worth their place. Each must exist and still be large. */
const largeFiles: Readonly<Record<string, string>> = {
  'tests/captured/application-protobuf.jsonl': 'what a real ChirpStack 4 wrote, with what it means beside it',
};

/** Files too large to be read or reviewed, which stay in the history for ever. */
export function largeFileFindings(files: readonly RepositoryFile[]): Finding[] {
  const isLarge = new Set(files.filter((file) => file.sizeBytes > fileBytesMax).map((file) => file.path));
  const unexpected = [...isLarge].filter((path) => !Object.hasOwn(largeFiles, path));
  const leftOver = Object.keys(largeFiles).filter((path) => !isLarge.has(path));
  return [
    ...unexpected.map((path) => ({
      path,
      line: 1,
      rule: 'large file',
      remedy: `at most ${fileBytesMax} bytes; make it when needed, or list it with its reason in tests/tidy/repository.ts`,
    })),
    ...leftOver.map((path) => ({
      path,
      line: 1,
      rule: 'listed as large',
      remedy: 'it is not any more: take it off the list in tests/tidy/repository.ts',
    })),
  ];
}

/** What only makes sense on the machine something was written on. Each pattern is written so as not to match itself. */
const machineTraces: readonly { readonly pattern: RegExp; readonly remedy: string }[] = [
  {
    pattern: /(?<![\w.}-])\/(?:work|home|root)\/\w/,
    remedy: 'name files relative to the repository, or by their place in an installed system',
  },
  {
    pattern: /"resolve[d]":|https?:[/]{2}[^\s"'/]*(?:registry|artifactory|nexus|verdaccio)[^\s"'/]*[/"'\s]/i,
    remedy: 'packages come from whatever registry the reader uses: leave its host name out',
  },
];

/** Paths of a developer's machine and hosts of package registries. */
export function machineTraceFindings(files: readonly RepositoryFile[]): Finding[] {
  return files.flatMap(({ path, text }) =>
    (text ?? '')
      .split('\n')
      .flatMap((content, index) =>
        machineTraces
          .filter(({ pattern }) => pattern.test(content))
          .map(({ remedy }) => ({ path, line: index + 1, rule: 'trace of a machine', remedy })),
      ),
  );
}
