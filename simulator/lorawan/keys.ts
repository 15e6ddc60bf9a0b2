import { createHmac } from 'node:crypto';
import type { DeviceKeys } from './frames.ts';

/** Of networks that have none of their own: ChirpStack does not look at it. */
const joinEuiUsual = '0000000000000000';

/**
 * The root keys of a device from what a secrets file says of it.
 * @param appKey 32 hex digits
 * @param joinEui 16 hex digits, zeros where none is told
 */
export function keysOf(
  devEui: string,
  { appKey, joinEui = joinEuiUsual }: { readonly appKey: string; readonly joinEui?: string },
): DeviceKeys {
  return { devEui, joinEui, appKey: Buffer.from(appKey, 'hex') };
}

/** Root keys nobody has to keep, for tests: the first half of HMAC-SHA-256 of the DevEUI. */
export function derivedKeys(seed: number, devEui: string): DeviceKeys {
  const digest = createHmac('sha256', `stadtpegel ${seed}`).update(devEui, 'hex').digest();
  return { devEui, joinEui: joinEuiUsual, appKey: digest.subarray(0, 16) };
}
