import type { DecodeResult, Frame } from '../decode.ts';
import type { DecoderSandbox } from '../sandbox/index.ts';
import { meaningOf } from '../synonyms.ts';
import type { StrangerDevice } from './device.ts';

/**
 * What a payload of a stranger's device says: all that its codec gave as data, and of it as readings what is certain.
 * Never rejects; without a codec, or where it fails, the result has an error.
 */
export async function decodeStranger(
  sandbox: Pick<DecoderSandbox, 'decode'>,
  device: StrangerDevice,
  frame: Frame & { readonly receivedAtMs: number },
): Promise<DecodeResult> {
  const { codecId, id } = device;
  if (codecId === undefined)
    return { data: {}, readings: [], warnings: [], errors: [`${id} has no codec`], archivePayload: true };
  const { data, warnings, errors } = await sandbox.decode({ codecId, ...frame });
  const readings = errors.length > 0 ? [] : meaningOf(data);
  return { data, readings, warnings, errors, archivePayload: true };
}
