/** Reads a system-call trace for the one promise that no crash of a process can show: durable before acknowledged. */

/** What a trace says about one message we acknowledged. */
export interface Acknowledgement {
  readonly marker: string;
  readonly packetId: number;
}

export interface TraceFindings {
  readonly acknowledged: readonly Acknowledgement[];
  /** Acknowledgements that left before an fdatasync of the written message had returned. */
  readonly violations: readonly string[];
}

interface Call {
  readonly name: string;
  readonly text: string;
  /** Line on which the call began, and on which it returned. */
  readonly begin: number;
  readonly end: number;
}

/** `strace -f` lines as calls; a call that another thread interrupted stands on two lines. */
function callsOf(trace: string): Call[] {
  const open = new Map<string, { name: string; text: string; begin: number }>();
  const calls: Call[] = [];
  for (const [line, whole] of trace.split('\n').entries()) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(whole) ?? [];
    const resumed = /^<\.\.\. (\w+) resumed>(.*)$/.exec(rest);
    if (resumed) {
      const begun = open.get(thread);
      if (begun) calls.push({ ...begun, text: begun.text + (resumed[2] ?? ''), end: line });
      open.delete(thread);
      continue;
    }
    const name = /^(\w+)\(/.exec(rest)?.[1];
    if (name === undefined) continue;
    if (rest.endsWith('<unfinished ...>')) open.set(thread, { name, text: rest, begin: line });
    else calls.push({ name, text: rest, begin: line, end: line });
  }
  return calls;
}

/** What strace writes in hexadecimal (`-xx`), as Latin-1 text. */
function fromHex(hex: string): string {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex').toString('latin1');
}

/** The bytes a call hands over. */
function bytesIn(text: string): string {
  return [...text.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) => fromHex(hex)).join('');
}

/** Whether a call is about a file of the log: its first argument is a descriptor with the path behind it (`-y`). */
function isOnSegment(text: string): boolean {
  return fromHex(/^\w+\(\d+<((?:\\x[0-9a-f]{2})+)>/.exec(text)?.[1] ?? '').endsWith('.segment');
}

const socketCalls = ['write', 'writev', 'sendto', 'sendmsg'];

/** Packet ids of the PUBACKs (0x40 0x02 and two bytes) a call writes; only calls that write nothing else count. */
function pubacksIn(bytes: string): number[] {
  if (bytes.length % 4 !== 0) return [];
  const ids: number[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    if (bytes.charCodeAt(at) !== 0x40 || bytes.charCodeAt(at + 1) !== 0x02) return [];
    ids.push(bytes.charCodeAt(at + 2) * 256 + bytes.charCodeAt(at + 3));
  }
  return ids;
}

/**
 * @param trace of the platform while it received messages
 * @param markers by packet id: a text that stands in the payload of the message with that id; other ids are left out
 */
export function readTrace(trace: string, markers: ReadonlyMap<number, string>): TraceFindings {
  const calls = callsOf(trace).map((call) => ({ ...call, bytes: bytesIn(call.text) }));
  const writes = calls.filter(({ name, text }) => name.startsWith('pwrite') && isOnSegment(text));
  const syncs = calls.filter(
    ({ name, text }) => name === 'fdatasync' && isOnSegment(text) && / = 0/.test(text),
  );
  const acknowledged: Acknowledgement[] = [];
  const violations: string[] = [];
  for (const call of calls.filter(({ name }) => socketCalls.includes(name))) {
    for (const packetId of pubacksIn(call.bytes)) {
      const text = markers.get(packetId);
      if (text === undefined) continue;
      acknowledged.push({ marker: text, packetId });
      const write = writes.find(({ bytes }) => bytes.includes(text));
      const synced = syncs.some(({ begin, end }) => write && begin > write.end && end < call.begin);
      if (!synced)
        violations.push(
          `${text}: acknowledged on line ${call.begin}, ${write ? 'not synced' : 'not written'} before`,
        );
    }
  }
  return { acknowledged, violations };
}
