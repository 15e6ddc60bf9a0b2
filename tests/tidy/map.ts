/**
 * The house as data: which room may import which door. Change it here first, with the reason in `docs/decisions/`.
 */
export const rooms: Readonly<Record<string, readonly string[]>> = {
  core: [],
  simulator: ['core', 'device-profiles'],
  'device-profiles': ['core'],
  'gateway-bridge': ['core', 'device-profiles'],
  ingest: ['core'],
  'city-state': ['core'],
  'city-api': ['core', 'city-state'],
  dashboards: ['core'],
};

/** Folders without a door of their own that may use every door. */
export const wiring: readonly string[] = ['bin', 'tests'];

/** Code that makes generated files and is in no image: it may use development packages. */
export const developmentFolders: readonly string[] = ['dashboards/', 'bin/docs/'];

/** Folders that hold data and texts only. */
export const codeless: readonly string[] = ['cities', 'deploy', 'docs'];

/** Code that tools expect at the top of the repository. */
export const topLevelCode: readonly string[] = ['vitest.config.ts'];

/** Where `package.json` must point for each room. */
export function doorsOf(roomNames: readonly string[]): Record<string, string> {
  return Object.fromEntries(roomNames.map((room) => [`#${room}`, `./${room}/index.ts`]));
}

/** Tables of data that may be longer than code may be, and what they hold. Each must exist. */
export const longFiles: Readonly<Record<string, string>> = {};
