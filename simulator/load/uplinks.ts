import { type Encoding, upEventWriter } from '../encoding.ts';
import type { UpEventOptions } from '../up-event.ts';
import { Fleet } from './fleet.ts';
import { type Patches, Template } from './template.ts';
import { type Wording, wordings } from './wording.ts';

/** Frame counters of a load have seven digits. */
export const fCntMin = 1_000_000;
export const fCntMax = 9_999_999;

/** Stand in the events that become templates, and nowhere else in them. */
const standIn = {
  device: 0xabcdef,
  counter: 'fedcba',
  fCnt: 7_654_321,
  timeMs: Date.UTC(2001, 1, 3, 4, 5, 6, 789),
};

const hexDigits = Buffer.from('0123456789abcdef');

function writeHex(value: number, into: Uint8Array): void {
  for (let index = into.length - 1, rest = value; index >= 0; index--, rest >>>= 4)
    into[index] = hexDigits[rest & 0xf] ?? 0;
}

/**
 * The uplinks of a load, made before it begins: writing one copies a template and overwrites who says it, its counter
 * and its time. Each is an `up` event of {@link upEventWriter}, as {@link options} tells.
 */
export class LoadUplinks {
  readonly #fleet: Fleet;
  readonly #templates: readonly Template[];
  readonly #wording: Wording;
  readonly #patches: { -readonly [Name in keyof Patches]: Uint8Array } = {
    number: Buffer.alloc(6),
    counter: Buffer.alloc(6),
    fCnt: new Uint8Array(),
    time: new Uint8Array(),
  };
  #timeMs = -1;
  #fCnt = -1;

  private constructor(fleet: Fleet, templates: readonly Template[], wording: Wording) {
    this.#fleet = fleet;
    this.#templates = templates;
    this.#wording = wording;
  }

  /** @param devices at most 2^24 */
  static async create(seed: number, devices: number, encoding: Encoding): Promise<LoadUplinks> {
    const fleet = new Fleet(seed, devices);
    const wording = wordings[encoding];
    const writeEvent = await upEventWriter(encoding);
    const number = standIn.device.toString(16);
    const found = {
      number: Buffer.from(number),
      counter: Buffer.from(standIn.counter),
      fCnt: wording.fCnt(standIn.fCnt),
      time: wording.time(standIn.timeMs),
    };
    const templates = Array.from({ length: fleet.commons }, (_, index) => {
      const event = optionsOf(fleet, index, number, standIn.counter, standIn.fCnt, standIn.timeMs);
      return new Template(writeEvent(event), found);
    });
    return new LoadUplinks(fleet, templates, wording);
  }

  /** The first ten digits of every DevEUI; the device's number follows in six. */
  get devEuiPrefix(): string {
    return this.#fleet.devEuiPrefix;
  }

  /** How long the packet of an uplink is, in bytes. */
  bytesOf(device: number, fCnt: number): number {
    return this.#templateOf(device, fCnt).length;
  }

  /**
   * Writes the PUBLISH packet of a device's uplink to `into`, from `at` on.
   * @param fCnt from {@link fCntMin} to {@link fCntMax}
   * @param timeMs UTC, no whole second
   */
  write(into: Buffer, at: number, packetId: number, device: number, fCnt: number, timeMs: number): void {
    const patches = this.#patches;
    writeHex(device, patches.number);
    // Neighbours mostly share counter and time.
    if (fCnt !== this.#fCnt) {
      writeHex(fCnt, patches.counter);
      patches.fCnt = this.#wording.fCnt(fCnt);
      this.#fCnt = fCnt;
    }
    if (timeMs !== this.#timeMs) {
      patches.time = this.#wording.time(timeMs);
      this.#timeMs = timeMs;
    }
    this.#templateOf(device, fCnt).write(into, at, packetId, patches);
  }

  /** What the event of such an uplink tells. */
  options(device: number, fCnt: number, timeMs: number): UpEventOptions {
    const hex = (value: number): string => value.toString(16).padStart(6, '0');
    return optionsOf(this.#fleet, this.#fleet.commonOf(device, fCnt), hex(device), hex(fCnt), fCnt, timeMs);
  }

  #templateOf(device: number, fCnt: number): Template {
    const template = this.#templates[this.#fleet.commonOf(device, fCnt)];
    if (!template) throw new RangeError(`no uplink of device ${device}`);
    return template;
  }
}

function optionsOf(
  fleet: Fleet,
  common: number,
  number: string,
  counter: string,
  fCnt: number,
  timeMs: number,
): UpEventOptions {
  return {
    ...fleet.common(common, timeMs),
    devEui: `${fleet.devEuiPrefix}${number}`,
    deviceName: `load ${number}`,
    // Private networks begin with seven zero bits (LoRaWAN L2 1.0.4 §6.1.1).
    devAddr: `01${number}`,
    // Of the form of a version 4 UUID, and never the same for two uplinks of a fleet.
    deduplicationId: `${fleet.devEuiPrefix.slice(2)}-0000-4000-8000-${counter}${number}`,
    fCnt,
    timeMs,
  };
}
