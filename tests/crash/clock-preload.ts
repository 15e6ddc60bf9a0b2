/**
 * Loaded into the platform before anything else (`node --import`): on SIGWINCH (which nothing else listens to here) its clock is as many milliseconds off as the
 * file CRASH_CLOCK_FILE says. Only what this process asks `Date` for is: timers run by the monotonic clock, as they do on
 * a real machine; the files' times and the clocks of broker and store stay as they are, which on one real machine would go with it.
 */
import { readFileSync } from 'node:fs';

const file = process.env.CRASH_CLOCK_FILE ?? '';
const RealDate = Date;
let offMs = 0;

function read(): void {
  // Where nobody has set it yet, the file is empty and the clock right.
  offMs = Number(readFileSync(file, { encoding: 'ascii', flag: 'a+' }));
}

const now = (): number => RealDate.now() + offMs;

read();
globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
});
process.on('SIGWINCH', () => {
  read();
  process.stderr.write(`the clock is ${offMs} ms off\n`);
});
