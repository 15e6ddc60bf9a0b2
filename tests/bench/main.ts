/** `npm run bench -- NAME`: measures, and says how. Figures of one run compare with each other and no other run. */
import { messageOf } from '#core';

interface Bench {
  readonly usage: string;
  readonly run: (args: readonly string[]) => Promise<void>;
}

const withoutOptions = (name: string): string => `npm run bench -- ${name}\n`;

// Loaded when asked for: the engines one of them compares are of no use to the others.
const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  decode: async () => ({
    usage: withoutOptions('decode'),
    run: (await import('./decode.ts')).benchDecode,
  }),
  state: async () => ({
    usage: withoutOptions('state'),
    run: (await import('./state.ts')).benchState,
  }),
  ingest: async () => {
    const { usage, benchIngest } = await import('./ingest.ts');
    return { usage, run: benchIngest };
  },
  backlog: async () => {
    const { usage, benchBacklog } = await import('./backlog.ts');
    return { usage, run: benchBacklog };
  },
  soak: async () => {
    const { usage, benchSoak } = await import('./soak.ts');
    return { usage, run: benchSoak };
  },
};

const [, , name = '', ...args] = process.argv;
const isHelp = [name, ...args].includes('--help');
const bench = await benches[name]?.();
if (bench !== undefined && isHelp) {
  process.stdout.write(bench.usage);
} else if (bench !== undefined) {
  await bench.run(args).catch((cause: unknown) => {
    process.stderr.write(`${messageOf(cause)}\n`);
    process.exitCode = 1;
  });
} else if (isHelp) {
  for (const load of Object.values(benches)) process.stdout.write((await load()).usage);
} else {
  process.stderr.write(`There is no benchmark "${name}". There are: ${Object.keys(benches).join(', ')}.\n`);
  process.exitCode = 2;
}
