/** `npm run bench -- NAME`: measures, and says how. Figures of one run compare with each other and no other run. */
const benches: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  // Loaded when asked for: the engines one of them compares are of no use to the others.
  decode: async () => (await import('./decode.ts')).benchDecode(),
  state: async () => (await import('./state.ts')).benchState(),
  ingest: async (args) => (await import('./ingest.ts')).benchIngest(args),
  backlog: async (args) => (await import('./backlog.ts')).benchBacklog(args),
  soak: async (args) => (await import('./soak.ts')).benchSoak(args),
};

const [, , name = '', ...args] = process.argv;
const bench = benches[name];
if (bench === undefined) {
  process.stderr.write(`There is no benchmark "${name}". There are: ${Object.keys(benches).join(', ')}.\n`);
  process.exitCode = 2;
} else {
  await bench(args);
}
