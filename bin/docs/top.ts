import { fileURLToPath } from 'node:url';

/** The file or folder of that path from the top of the repository. */
export function fromTop(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
