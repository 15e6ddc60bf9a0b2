/** How a frame is laid on the carrier. */
export interface Modulation {
  readonly spreadingFactor: number;
  readonly bandwidthHz: number;
}

/** LoRaWAN 1.0.4 §4: eight symbols, to which the modem adds 4.25 of its own. */
const preambleSymbols = 8 + 4.25;
/** Coding rate 4/5, the only one LoRaWAN uses. */
const codedBits = 5;
/** From this length of a symbol on the modem protects itself against drift (“low data rate optimize”). */
const longSymbolUs = 16_000;

/**
 * Time on air in whole microseconds, by the formula of Semtech AN1200.13 “LoRa Modem Designer’s Guide” §4 and the SX1276
 * data sheet §4.1.1.7; explicit header, coding rate 4/5.
 * @param bytes length of the whole frame (PHYPayload), 0 to 255
 * @param crc whether the frame ends with a checksum of its own: uplinks do, downlinks do not (LoRaWAN 1.0.4 §3)
 */
export function airtimeUs(bytes: number, { spreadingFactor, bandwidthHz }: Modulation, crc = true): number {
  const symbolUs = (2 ** spreadingFactor * 1_000_000) / bandwidthHz;
  const slow = symbolUs >= longSymbolUs ? 1 : 0;
  const bits = 8 * bytes - 4 * spreadingFactor + 28 + (crc ? 16 : 0);
  const blocks = Math.max(0, Math.ceil(bits / (4 * (spreadingFactor - 2 * slow))));
  return Math.round((preambleSymbols + 8 + blocks * codedBits) * symbolUs);
}
