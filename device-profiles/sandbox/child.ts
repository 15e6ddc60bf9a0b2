/**
 * The decoder child process: holds strangers' codecs, each in an isolate of its own, and runs them. It knows no
 * retries and no blame; the parent does, because it outlives this process. Ends when its standard input does.
 */
import type { SandboxLimits } from './limits.ts';
import { CodecIsolate, isTimeout, UnusableCodec } from './realm.ts';
import { type Fault, PacketReader, packed, type Request } from './wire.ts';

interface Stranger {
  readonly source: string;
  readonly stateful: boolean;
  isolate?: CodecIsolate | undefined;
}

const limits: SandboxLimits = JSON.parse(process.argv[2] ?? '');
const strangers = new Map<string, Stranger>();

function send(text: string): void {
  process.stdout.write(packed(text));
}

function faultOf(thrown: unknown, isolate: CodecIsolate | undefined): Fault {
  if (isTimeout(thrown)) return { kind: 'time', message: `did not end within ${limits.timeoutMs} ms` };
  if (isolate?.isDisposed === true)
    return { kind: 'memory', message: `took more than ${limits.heapMibMax} MiB` };
  return { kind: 'broken', message: `broke its realm: ${String(thrown).slice(0, 200)}` };
}

async function run(id: number, codec: string, frames: string): Promise<void> {
  const stranger = strangers.get(codec);
  if (stranger === undefined) throw new Error(`${codec} was not loaded`);
  try {
    stranger.isolate ??= new CodecIsolate(stranger.source, stranger.stateful, limits);
    const { isolate } = stranger;
    const beforeMs = isolate.cpuMs;
    const results = await isolate.run(frames);
    send(`{"id":${id},"cpuMs":${isolate.cpuMs - beforeMs},"results":${results}}`);
  } catch (thrown) {
    if (thrown instanceof UnusableCodec) {
      send(JSON.stringify({ id, unusable: thrown.message }));
    } else {
      send(JSON.stringify({ id, fault: faultOf(thrown, stranger.isolate) }));
    }
    // Whatever was interrupted may be half done: the next call finds everything new.
    stranger.isolate?.dispose();
    stranger.isolate = undefined;
  }
}

function handle(request: Request): void {
  if (request.op === 'run') {
    void run(request.id, request.codec, request.frames);
    return;
  }
  strangers.get(request.codec)?.isolate?.dispose();
  strangers.delete(request.codec);
  if (request.op === 'load')
    strangers.set(request.codec, { source: request.source, stateful: request.stateful });
}

const reader = new PacketReader(2 ** 31, (text) => handle(JSON.parse(text)));
process.stdin.on('data', (chunk: Buffer) => reader.push(chunk));
// Killed or not, a parent that is gone closes the pipe.
process.stdin.on('end', () => process.exit(0));
process.stdout.on('error', () => process.exit(0));
send('{"ready":true}');
