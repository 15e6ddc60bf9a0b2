/**
 * A payload codec for the Milesight AM307 as vendors write them: a loop over channels, a branch each. Written for the
 * benchmarks after the channel table of device-profiles/devices/milesight-am307.ts; it runs here, in the sandbox and
 * in QuickJS.
 *
 * @param {{ bytes: ArrayLike<number>, fPort: number }} input
 */
export function decodeUplink(input) {
  const bytes = input.bytes;
  /** @type {(at: number) => number} */
  const u8 = (at) => bytes[at] ?? 0;
  /** @type {(at: number) => number} */
  const u16 = (at) => u8(at) | (u8(at + 1) << 8);
  /** @type {(at: number) => number} */
  const s16 = (at) => (u16(at) << 16) >> 16;
  /** @type {Record<string, number | string>} */
  const data = {};
  for (let at = 0; at + 1 < bytes.length; ) {
    const channel = u8(at++);
    const type = u8(at++);
    if (channel === 0x01 && type === 0x75) {
      data.battery = u8(at);
      at += 1;
    } else if (channel === 0x03 && type === 0x67) {
      data.temperature = s16(at) / 10;
      at += 2;
    } else if (channel === 0x04 && type === 0x68) {
      data.humidity = u8(at) / 2;
      at += 1;
    } else if (channel === 0x05 && type === 0x00) {
      data.pir = u8(at) === 1 ? 'trigger' : 'idle';
      at += 1;
    } else if (channel === 0x06 && type === 0xcb) {
      data.light_level = u8(at);
      at += 1;
    } else if (channel === 0x07 && type === 0x7d) {
      data.co2 = u16(at);
      at += 2;
    } else if (channel === 0x08 && type === 0x7d) {
      data.tvoc = u16(at) / 100;
      at += 2;
    } else if (channel === 0x09 && type === 0x73) {
      data.pressure = u16(at) / 10;
      at += 2;
    } else {
      return { errors: [`channel ${channel} of type ${type} is not known`] };
    }
  }
  return { data };
}
