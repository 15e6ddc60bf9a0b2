import { createLogger, Registry } from '#core';
import { DecoderSandbox, type SandboxParts } from './sandbox.ts';

/** What the tests of the sandbox share: one that says nothing, frames, and codecs as short as they can be. */
export function quietSandbox(limits: SandboxParts['limits'] = {}): DecoderSandbox & AsyncDisposable {
  const sandbox = new DecoderSandbox({ registry: new Registry(), log: createLogger('silent'), limits });
  return Object.assign(sandbox, { [Symbol.asyncDispose]: () => sandbox.stop() });
}

export const receivedAtMs = Date.UTC(2024, 4, 17, 12, 30);

/** A frame of fPort 2 for a codec. */
export function frameFor(codecId: string, ...bytes: number[]) {
  return { codecId, fPort: 2, bytes: Uint8Array.from(bytes), receivedAtMs };
}

/** A codec whose data are what the body returns; it may use `input`. */
export function codecOf(id: string, body: string) {
  return { id, source: `function decodeUplink(input) { ${body} }` };
}

/** Gives the first byte back. */
export const honest = codecOf('honest', 'return { data: { first: input.bytes[0] } };');
