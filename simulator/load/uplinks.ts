import { type Encoding, upEventWriter } from '../encoding.ts';
import type { UpEventOptions, UpEventWriter } from '../up-event.ts';
import { Fleet } from './fleet.ts';
import { type Poison, poisoned } from './poison.ts';
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
  /** Made when they are first asked for. */
  readonly #poisoned = new Map<string, Template>();
  readonly #wording: Wording;
  readonly #writeEvent: UpEventWriter;
  readonly #patches: { -readonly [Name in keyof Patches]: Uint8Array } = {
    number: Buffer.alloc(6),
    counter: Buffer.alloc(6),
    fCnt: new Uint8Array(),
    time: new Uint8Array(),
  };
  #timeMs = -1;
  #fCnt = -1;

  private constructor(fleet: Fleet, wording: Wording, writeEvent: UpEventWriter) {
    this.#fleet = fleet;
    this.#wording = wording;
    this.#writeEvent = writeEvent;
    this.#templates = Array.from({ length: fleet.commons }, (_, common) => this.#template(common));
  }

  /** @param devices at most 2^24 */
  static async create(seed: number, devices: number, encoding: Encoding): Promise<LoadUplinks> {
    return new LoadUplinks(new Fleet(seed, devices), wordings[encoding], await upEventWriter(encoding));
  }

  /** The first ten digits of every DevEUI; the device's number follows in six. */
  get devEuiPrefix(): string {
    return this.#fleet.devEuiPrefix;
  }

  /** How long the packet of an uplink is, in bytes; with `poison`, of one with which that is wrong. */
  bytesOf(device: number, fCnt: number, poison?: Poison): number {
    return this.#templateOf(device, fCnt, poison).length;
  }

  /**
   * Writes the PUBLISH packet of a device's uplink to `into`, from `at` on; as long as {@link bytesOf} tells.
   * @param fCnt from {@link fCntMin} to {@link fCntMax}
   * @param timeMs UTC, no whole second
   */
  write(
    into: Buffer,
    at: number,
    packetId: number,
    device: number,
    fCnt: number,
    timeMs: number,
    poison?: Poison,
  ): void {
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
    this.#templateOf(device, fCnt, poison).write(into, at, packetId, patches);
  }

  /** What the event of such an uplink tells. */
  options(device: number, fCnt: number, timeMs: number): UpEventOptions {
    const hex = (value: number): string => value.toString(16).padStart(6, '0');
    return optionsOf(this.#fleet, this.#fleet.commonOf(device, fCnt), hex(device), hex(fCnt), fCnt, timeMs);
  }

  #templateOf(device: number, fCnt: number, poison: Poison | undefined): Template {
    const common = this.#fleet.commonOf(device, fCnt);
    if (poison !== undefined) return this.#poisonedTemplate(common, poison);
    const template = this.#templates[common];
    if (!template) throw new RangeError(`no uplink of device ${device}`);
    return template;
  }

  #poisonedTemplate(common: number, poison: Poison): Template {
    // Of large ones nobody reads more than the length, so one will do for all.
    const key = poison === 'oversize' ? poison : `${poison} ${common}`;
    const template = this.#poisoned.get(key) ?? this.#template(common, poison);
    this.#poisoned.set(key, template);
    return template;
  }

  #template(common: number, poison?: Poison): Template {
    const number = standIn.device.toString(16);
    const event = optionsOf(this.#fleet, common, number, standIn.counter, standIn.fCnt, standIn.timeMs);
    const message = poison ? poisoned(this.#writeEvent, event, poison) : this.#writeEvent(event);
    return new Template(message, {
      number: Buffer.from(number),
      counter: Buffer.from(standIn.counter),
      fCnt: this.#wording.fCnt(standIn.fCnt),
      time: this.#wording.time(standIn.timeMs),
    });
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
