/**
 * MAC commands of LoRaWAN 1.0.x class A as tables: LoRaWAN 1.0.4 §5. A payload is a number, low byte first; its fields are
 * listed from the lowest bit on with their width in bits, so the tables read like the specification from right to left.
 * Frequencies are in units of 100 Hz.
 */
interface Layout {
  readonly cid: number;
  readonly fields: Readonly<Record<string, number>>;
}

/** What a network server says. */
const downTable = {
  LinkCheckAns: { cid: 0x02, fields: { margin: 8, gatewayCount: 8 } },
  LinkADRReq: {
    cid: 0x03,
    fields: { txPower: 4, dataRate: 4, chMask: 16, nbTrans: 4, chMaskCntl: 3, rfu: 1 },
  },
  DutyCycleReq: { cid: 0x04, fields: { maxDutyCycle: 4, rfu: 4 } },
  RXParamSetupReq: { cid: 0x05, fields: { rx2DataRate: 4, rx1DrOffset: 3, rfu: 1, frequency: 24 } },
  DevStatusReq: { cid: 0x06, fields: {} },
  NewChannelReq: { cid: 0x07, fields: { chIndex: 8, frequency: 24, minDr: 4, maxDr: 4 } },
  RXTimingSetupReq: { cid: 0x08, fields: { delay: 4, rfu: 4 } },
  TxParamSetupReq: { cid: 0x09, fields: { maxEirp: 4, uplinkDwell: 1, downlinkDwell: 1, rfu: 2 } },
  DlChannelReq: { cid: 0x0a, fields: { chIndex: 8, frequency: 24 } },
  DeviceTimeAns: { cid: 0x0d, fields: { gpsSeconds: 32, fraction: 8 } },
} as const satisfies Record<string, Layout>;

/** What a device says. */
const upTable = {
  LinkCheckReq: { cid: 0x02, fields: {} },
  LinkADRAns: { cid: 0x03, fields: { channelMaskAck: 1, dataRateAck: 1, powerAck: 1, rfu: 5 } },
  DutyCycleAns: { cid: 0x04, fields: {} },
  RXParamSetupAns: { cid: 0x05, fields: { channelAck: 1, rx2DataRateAck: 1, rx1DrOffsetAck: 1, rfu: 5 } },
  /** The margin is signed, six bits in two's complement: {@link signed6}. */
  DevStatusAns: { cid: 0x06, fields: { battery: 8, margin: 6, rfu: 2 } },
  NewChannelAns: { cid: 0x07, fields: { frequencyAck: 1, dataRateRangeAck: 1, rfu: 6 } },
  RXTimingSetupAns: { cid: 0x08, fields: {} },
  DlChannelAns: { cid: 0x0a, fields: { frequencyAck: 1, uplinkFrequencyExists: 1, rfu: 6 } },
} as const satisfies Record<string, Layout>;

type CommandOf<T extends Record<string, Layout>> = {
  [N in keyof T]: { readonly name: N } & { readonly [F in Exclude<keyof T[N]['fields'], 'rfu'>]: number };
}[keyof T];

/** A command of the network server, as {@link readDownCommands} finds it. */
export type DownCommand = CommandOf<typeof downTable>;
/** An answer of a device. */
export type UpCommand = CommandOf<typeof upTable>;

/** Six bits in two's complement, from a number −32 … 31. */
export function signed6(value: number): number {
  return value & 0x3f;
}

function bytesOf({ fields }: Layout): number {
  return Object.values(fields).reduce((sum, bits) => sum + bits, 0) / 8;
}

function write(layout: Layout, values: Readonly<Record<string, unknown>>): Buffer {
  let payload = 0n;
  let shift = 0n;
  for (const [field, bits] of Object.entries(layout.fields)) {
    const value = BigInt(Number(values[field] ?? 0));
    if (value < 0n || value >> BigInt(bits) > 0n) throw new RangeError(`${field} is ${value}: ${bits} bits`);
    payload |= value << shift;
    shift += BigInt(bits);
  }
  const bytes = Buffer.alloc(1 + bytesOf(layout));
  bytes[0] = layout.cid;
  for (let index = 1; index < bytes.length; index++) {
    bytes[index] = Number(payload & 0xffn);
    payload >>= 8n;
  }
  return bytes;
}

function read({ fields }: Layout, payload: Uint8Array): Record<string, number> {
  let rest = payload.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const values: Record<string, number> = {};
  for (const [field, bits] of Object.entries(fields)) {
    if (field !== 'rfu') values[field] = Number(rest & ((1n << BigInt(bits)) - 1n));
    rest >>= BigInt(bits);
  }
  return values;
}

function readAll(table: Readonly<Record<string, Layout>>, bytes: Uint8Array): Record<string, unknown>[] {
  const commands: Record<string, unknown>[] = [];
  let at = 0;
  while (at < bytes.length) {
    const cid = bytes[at];
    const found = Object.entries(table).find(([, layout]) => layout.cid === cid);
    if (found === undefined) break;
    const [name, layout] = found;
    const end = at + 1 + bytesOf(layout);
    if (end > bytes.length) break;
    commands.push({ name, ...read(layout, bytes.subarray(at + 1, end)) });
    at = end;
  }
  return commands;
}

/**
 * The commands in FOpts or in the payload of port 0. What follows one that is unknown or cut off is not read: nobody
 * knows how long it is (LoRaWAN 1.0.4 §5).
 */
export function readDownCommands(bytes: Uint8Array): DownCommand[] {
  // What the table above lays out has the form the type is made from.
  return readAll(downTable, bytes) as DownCommand[];
}

/** As {@link readDownCommands}, for what devices say. */
export function readUpCommands(bytes: Uint8Array): UpCommand[] {
  return readAll(upTable, bytes) as UpCommand[];
}

/** @throws {RangeError} where a value does not fit its field */
export function writeDownCommand(command: DownCommand): Buffer {
  return write(downTable[command.name], command);
}

/** @throws {RangeError} where a value does not fit its field */
export function writeUpCommand(command: UpCommand): Buffer {
  return write(upTable[command.name], command);
}
