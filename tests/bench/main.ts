/** `npm run bench -- decode`: measures, and says how. Figures of one run compare with each other and no other run. */
import { benchDecode } from './decode.ts';

const benches: Readonly<Record<string, () => Promise<void>>> = { decode: benchDecode };

const name = process.argv[2] ?? '';
const bench = benches[name];
if (bench === undefined) {
  process.stderr.write(`There is no benchmark "${name}". There are: ${Object.keys(benches).join(', ')}.\n`);
  process.exitCode = 2;
} else {
  await bench();
}
