/**
 * The words a device's payload format is written in. A table is plain JSON data: `interpreter/` compiles it, in this
 * process and inside the exported codec alike. A new kind of layout or field is a new member of `Layout` or `Field`
 * and one case in `interpreter/`; it must be decodable, encodable and free of functions.
 */
import type { Json, QuantityKey, Value } from '#core';

/**
 * Integers as they lie in the payload: signedness, size in bits, byte order; `i` is two's complement. `u32low` is two
 * words with the low one first, each big endian.
 */
export type RawKind =
  | 'u8'
  | 'i8'
  | 'u16le'
  | 'i16le'
  | 'u32le'
  | 'u16be'
  | 'i16be'
  | 'u24be'
  | 'u32be'
  | 'i32be'
  | 'u32low';

/** An integer somewhere in the payload. */
export interface IntegerPlace {
  readonly raw: RawKind;
  /** Offset in bytes from the start of its layout, of its group, or of its channel's value; 0 if not given. */
  readonly at?: number;
  /** Only these bits of the raw integer: the lowest one, and how many. */
  readonly bits?: readonly [first: number, count: number];
}

/** Holds where the integer lies in this range, inclusive. */
export interface Condition extends IntegerPlace {
  readonly min?: number;
  readonly max?: number;
}

/** What to think of a value where a condition holds. */
export interface Caution extends Condition {
  /** The warning; without one it is nothing unusual. */
  readonly text?: string;
  /** The data keeps the value, but it is no measurement and no reading. */
  readonly noReading?: true;
}

/** What every field has. */
interface FieldPlace {
  /** Name of the value in the decoded data: the vendor's own, so that existing integrations understand it. */
  readonly key: string;
  /** Offset in bytes from the start of its layout, of its group, or of its channel's value; 0 if not given. */
  readonly at?: number;
  /** Name of an object in the data the value goes into. */
  readonly into?: string;
  /** May be missing at the end of a fixed layout (older firmware). */
  readonly optional?: true;
  /** Tells of a person: never decoded, and the payload that holds it is not archived. */
  readonly personal?: true;
  /** Said only where this holds of another integer, which a field before this one says. */
  readonly when?: Condition;
}

interface RawPlace extends FieldPlace, IntegerPlace {}

/** Which quantity of the city a value is; without one it is data only. */
interface Meaning {
  readonly quantity?: QuantityKey;
  /** Which of several alike (`l1`, `depth_30`): `[a-z0-9_]{1,16}`. */
  readonly channel?: string;
  /** The quantity's value for each decoded one, where the device has words of its own; others are no reading. */
  readonly means?: Readonly<Record<string, Value>>;
  /** There is no reading either where the payload ends before the integer of one of them. */
  readonly cautions?: readonly Caution[];
}

/**
 * A number: (raw × factor + offset) ÷ divisor. A division, because it alone gives the exact decimal (238 ÷ 10 is 23.8,
 * 238 × 0.1 is not).
 */
export interface NumberField extends RawPlace, Meaning {
  readonly divisor?: number;
  readonly factor?: number;
  readonly offset?: number;
  /** Encodes only what it can say exactly, because another channel says the same key more finely. */
  readonly exactly?: true;
  /** Where the quantity has another unit than the vendor (mA, Pa): its value is (raw + quantityOffset) ÷ this. */
  readonly quantityDivisor?: number;
  readonly quantityOffset?: number;
  /** The data has it rounded down to a whole number; the quantity, with a `quantityDivisor`, keeps its digits. */
  readonly floor?: true;
  /** Raw values (unsigned) that are no measurement: `texts` says what they mean, and goes to `key` instead. */
  readonly sentinels?: { readonly key: string; readonly texts: Readonly<Record<number, string>> };
}

/** A number in proportion to an integer that a field before it says: (raw × factor + offset) × the other ÷ divisor. */
export interface ProportionField extends RawPlace, Meaning {
  readonly proportionTo: IntegerPlace;
  readonly divisor?: number;
  readonly factor?: number;
  readonly offset?: number;
}

/**
 * What follows from integers that fields before it say: the largest of several weighted sums of them. Encoding it
 * writes nothing, and refuses what does not follow.
 */
export interface LargestSumField extends FieldPlace, Meaning {
  readonly largestSum: readonly (readonly (IntegerPlace & { readonly weight: number })[])[];
}

/** A list of so many numbers, each a byte ÷ divisor above a first byte that is their reference. */
export interface ImageField extends FieldPlace {
  readonly image: { readonly count: number; readonly divisor: number };
}

/**
 * A number whose steps grow with it, as compressed durations have it: from the raw value `fromRaw` on it starts at
 * `from` and grows by `step`. Encoded is the largest raw value whose number is not larger.
 */
export interface StepField extends RawPlace {
  readonly pieces: readonly { readonly fromRaw: number; readonly from: number; readonly step: number }[];
}

/** One of several values, by raw value. A raw value without an entry gives no value but a warning. */
export interface ChoiceField extends RawPlace, Meaning {
  readonly values: Readonly<Record<number, string | number | boolean>>;
}

/** A number of 32 bits as IEEE 754 has it, low byte first. What is no finite number gives no value but a warning. */
export interface FloatField extends FieldPlace, Meaning {
  readonly float32: 'le';
}

/**
 * What follows from bytes other fields say too: the value of the last level that begins at or below the raw value.
 * Encoding it writes nothing, and refuses what does not follow.
 */
export interface LevelField extends RawPlace {
  readonly levels: readonly (readonly [fromRaw: number, value: string | number | boolean | null])[];
}

/** Several numbers of one kind at a fixed distance; zero means that the place is not used. */
export interface ListField extends RawPlace {
  readonly list: { readonly count: number; readonly strideBytes: number };
}

/**
 * A text put together from bytes: `{2:hex}` is the byte at offset 2, as `hex` or `dec` without leading zeros, or its
 * upper or lower four bits in decimal, `hi` and `lo`. `v{0:hex}.{1:hi}` makes `v1.2` of 01 20.
 */
export interface TextField extends FieldPlace {
  readonly text: string;
}

/** So many bytes as hex digits, lower case if not said otherwise. */
export interface HexField extends FieldPlace {
  readonly hexBytes: number;
  readonly upperCase?: true;
}

/** So many bytes as a decimal number, one digit in four bits: 20 23 is 2023. */
export interface BcdField extends FieldPlace {
  readonly bcdBytes: number;
}

/** One byte that only has to be there: its value is ignored. */
export interface MarkField extends FieldPlace {
  readonly always: string;
}

/**
 * All bytes from here to the end: as numbers where the vendor does not explain them, as ASCII text, or as big-endian
 * words of two bytes.
 */
export interface RestField extends FieldPlace {
  readonly rest: 'numbers' | 'text' | 'words';
}

export type Field =
  | NumberField
  | ProportionField
  | LargestSumField
  | ImageField
  | FloatField
  | StepField
  | ChoiceField
  | LevelField
  | ListField
  | TextField
  | HexField
  | BcdField
  | MarkField
  | RestField;

/** Values a frame has because it is that frame, e.g. its type in the vendor's words. */
export type Constants = Readonly<Record<string, string | number | null>>;

/** Fields at fixed places, in the order of their offsets. */
export interface FixedLayout {
  readonly kind: 'fixed';
  readonly constants?: Constants;
  readonly fields: readonly Field[];
  /** What follows the fields is not explained by the vendor and no reason to warn. */
  readonly moreFollows?: true;
}

/**
 * A head that ends with flags; for each flag that is set, lowest first, a group of fields follows. Offsets in a group
 * count from its start.
 */
export interface GroupLayout {
  readonly kind: 'groups';
  readonly constants?: Constants;
  readonly head: readonly Field[];
  readonly flags: IntegerPlace;
  /** The first belongs to the lowest flag. */
  readonly groups: readonly (readonly Field[])[];
}

/** A value announced by a key of one or two bytes, which also tells its length. */
export interface Channel {
  /** Two hex digits, or four: id and type. All of a layout are of one length. */
  readonly id: string;
  /** Tells several channels of one id and length apart: this one has this integer at this place of its value. */
  readonly when?: IntegerPlace & { readonly is: number };
  readonly fields: readonly Field[];
  /** Length of the value where it reaches beyond its last field. */
  readonly sizeBytes?: number;
  /** The value is a record of the past: it goes to the end of `list`, and its time is the field `timeKey`, in Unix s. */
  readonly record?: { readonly list: string; readonly timeKey: string };
  /**
   * Comes once for each of several sensors: its only field is a number for one and a list for more. These are their
   * readings' channels, in order; sensors beyond them are data only.
   */
  readonly repeats?: readonly string[];
}

/** Channels one after the other, in any order; of one that repeats the last counts, records are all kept. */
export interface ChannelLayout {
  readonly kind: 'channels';
  readonly constants?: Constants;
  /** The order is the one the encoder writes in. */
  readonly channels: readonly Channel[];
  /** First key bytes (two hex digits) of replies to commands, which are passed over with all that follows. */
  readonly replies?: readonly string[];
  /** Keys that are not known are read as if their first byte were this one (two hex digits). */
  readonly anyIdAs?: string;
}

/** One of several layouts: by an integer in the payload, or by the payload's length in bytes. */
export interface AnyOfLayout {
  readonly kind: 'any-of';
  readonly by: IntegerPlace | 'length';
  readonly layouts: Readonly<Record<number, Layout>>;
  /** For all other values; without it they are an error. */
  readonly otherwise?: Layout;
}

export type Layout = FixedLayout | GroupLayout | ChannelLayout | AnyOfLayout;

/**
 * A command without a choice, asked for with `"yes"`; one of several by a word; one with a number behind its first
 * bytes; or one with several values there, asked for as an object of them. Bytes in hex.
 */
export type Command =
  | { readonly bytes: string }
  | { readonly choices: Readonly<Record<string, string>> }
  | NumberCommand
  | { readonly prefix: string; readonly fields: readonly Field[] }
  | ChannelCommand;

/** Several values, each announced by its key, on an fPort of this range: an object of them and the `fPort`. */
export interface ChannelCommand {
  readonly fPorts: readonly [min: number, max: number];
  readonly channels: readonly Channel[];
}

/** Whole numbers, or any with `f32le`: a float of 32 bits as IEEE 754 has it, low byte first. */
export interface NumberCommand {
  readonly prefix: string;
  readonly raw: RawKind | 'f32le';
  readonly min: number;
  readonly max: number;
  /** Bytes behind the number. */
  readonly suffix?: string;
}

/** The commands of a device: `{ report_interval: 10, reboot: 'yes' }`. */
export interface Commands {
  readonly fPort: number;
  readonly byName: Readonly<Record<string, Command>>;
  /** One command a downlink, asked for as `{ command: 'set period', parameter: 60 }`. */
  readonly oneAtATime?: true;
  /** Settings that one downlink says all of, each by its key; then there is nothing in `byName`. */
  readonly allAtOnce?: readonly Field[];
  /** Follows the command's bytes, high byte first. */
  readonly checksum?: 'crc16-modbus';
}

/** A device's payload format, both ways. */
export interface FrameTable {
  readonly ports: Readonly<Record<number, Layout>>;
  /** Further ports, each read like the one it names. */
  readonly samePorts?: Readonly<Record<number, number>>;
  /** Any other fPort is read like this one, where the vendor lets users choose it. Else it is an error. */
  readonly anyPortAs?: number;
  readonly commands?: Commands;
}

/** Decoded data: JSON objects, keys as the vendor names them. */
export type Data = { [key: string]: Json };

/** A decoded value that is a quantity. */
export interface Measured {
  readonly key: string;
  readonly quantity: QuantityKey;
  readonly channel: string | undefined;
  readonly value: Value;
}

/** What a payload says. */
export interface DecodedFrame {
  readonly data: Data;
  readonly measured: readonly Measured[];
  /** The past: `timeS` as the device's own clock has it, Unix seconds. */
  readonly records: readonly { readonly timeS: number; readonly measured: readonly Measured[] }[];
  readonly warnings: readonly string[];
  /** Not empty only where nothing could be decoded. */
  readonly errors: readonly string[];
  /** Whether the payload holds, or may hold, what is personal. */
  readonly personal: boolean;
}

/** A payload, or, with no bytes, the reasons why there is none. */
export interface EncodedFrame {
  readonly fPort: number;
  readonly bytes: readonly number[];
  readonly errors: readonly string[];
}

/** A table made ready to run. Its functions never throw, whatever the bytes or the data. */
export interface Codec {
  decodeFrame(bytes: ArrayLike<number>, fPort: number): DecodedFrame;
  /** The frame that says all of the data; of several ports the first that can, unless one is given. */
  encodeFrame(data: Readonly<Data>, fPort?: number): EncodedFrame;
  /** The downlink that carries the commands, in the table's order. */
  encodeCommand(input: Readonly<Data>): EncodedFrame;
}
