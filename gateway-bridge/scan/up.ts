import { euiPattern, type Up } from '../event-schema.ts';
import { namesOf, Scanner, unsure } from './scanner.ts';
import { base64At, timeAt } from './values.ts';

const ofUp = namesOf([
  'confirmed',
  'data',
  'deduplicationId',
  'devAddr',
  'deviceInfo',
  'dr',
  'fCnt',
  'fPort',
  'object',
  'rxInfo',
  'time',
  'txInfo',
]);
const ofDeviceInfo = namesOf(['devEui', 'deviceProfileName', 'tags']);
const ofReception = namesOf(['gatewayId', 'nsTime', 'rssi', 'snr']);
const ofTxInfo = namesOf(['frequency', 'modulation']);
const ofModulation = namesOf(['lora']);
const ofLora = namesOf(['spreadingFactor']);
const fPortMax = 255;

type DeviceInfo = Up['deviceInfo'];
type Reception = Up['rxInfo'][number];
type TxInfo = NonNullable<Up['txInfo']>;
type Modulation = NonNullable<TxInfo['modulation']>;

const scanner = new Scanner();
const noData: Uint8Array = Buffer.alloc(0);
const noTags: DeviceInfo['tags'] = Object.freeze({});

/**
 * An `up` event in JSON, checked, read in one walk over its bytes: what `JSON.parse` and `upSchema` make of it, at half
 * of their cost and a quarter of their garbage. Undefined where it is written in a way that ChirpStack does not write,
 * or is none at all: then those two have to be asked, and have the words for what is wrong (docs/decisions/011-scanner.md).
 */
export function scanUp(payload: Uint8Array): Up | undefined {
  try {
    scanner.begin(payload);
    return readUp();
  } catch (cause) {
    if (cause === unsure) return undefined;
    throw cause;
  }
}

function readUp(): Up {
  let time: number | undefined;
  let deviceInfo: DeviceInfo | undefined;
  let deduplicationId: string | undefined;
  let devAddr: string | undefined;
  let fCnt: number | undefined;
  let fPort: number | undefined;
  let rxInfo: Reception[] | undefined;
  let txInfo: TxInfo | undefined;
  let dr = 0;
  let confirmed = false;
  let data = noData;
  let object: Up['object'];
  for (let more = scanner.open(); more; more = scanner.next()) {
    const name = scanner.name(ofUp);
    if (name === 'deduplicationId') deduplicationId = scanner.text();
    else if (name === 'time') time = readTime();
    else if (name === 'deviceInfo') deviceInfo = readDeviceInfo();
    else if (name === 'devAddr') devAddr = scanner.text();
    else if (name === 'dr') dr = readWhole();
    else if (name === 'fCnt') fCnt = readWhole();
    else if (name === 'fPort') fPort = readWhole();
    else if (name === 'confirmed') confirmed = scanner.boolean();
    else if (name === 'data') data = readData();
    else if (name === 'object') object = readObject();
    else if (name === 'rxInfo') rxInfo = readReceptions();
    else if (name === 'txInfo') txInfo = readTxInfo();
    else scanner.skip();
  }
  scanner.end();
  if (time === undefined || deviceInfo === undefined || deduplicationId === undefined) throw unsure;
  if (devAddr === undefined || fCnt === undefined || fPort === undefined || rxInfo === undefined)
    throw unsure;
  if (fPort > fPortMax) throw unsure;
  return {
    type: 'up',
    time,
    deviceInfo,
    deduplicationId,
    devAddr,
    dr,
    fCnt,
    fPort,
    confirmed,
    data,
    rxInfo,
    txInfo,
    object,
  };
}

function readDeviceInfo(): DeviceInfo {
  let devEui = '';
  let deviceProfileName = '';
  let tags = noTags;
  for (let more = scanner.open(); more; more = scanner.next()) {
    const name = scanner.name(ofDeviceInfo);
    if (name === 'devEui') devEui = scanner.text();
    else if (name === 'deviceProfileName') deviceProfileName = scanner.sameText();
    else if (name === 'tags') tags = readTags();
    else scanner.skip();
  }
  if (!euiPattern.test(devEui)) throw unsure;
  return { devEui, deviceProfileName, tags };
}

function readTags(): DeviceInfo['tags'] {
  if (!scanner.open()) return noTags;
  const tags: DeviceInfo['tags'] = {};
  for (let more = true; more; more = scanner.next()) {
    const name = scanner.anyName();
    // Of this name an assignment makes something else than `JSON.parse`.
    if (name === '__proto__') throw unsure;
    tags[name] = scanner.sameText();
  }
  return tags;
}

function readReceptions(): Reception[] {
  if (!scanner.openList()) return [];
  // Mostly the only one: an empty list would first make room for seventeen.
  const receptions = [readReception()];
  while (scanner.nextItem()) receptions.push(readReception());
  return receptions;
}

function readReception(): Reception {
  let gatewayId: string | undefined;
  let nsTime = Number.NaN;
  let rssi = 0;
  let snr = 0;
  for (let more = scanner.open(); more; more = scanner.next()) {
    const name = scanner.name(ofReception);
    if (name === 'gatewayId') gatewayId = scanner.sameText();
    else if (name === 'nsTime') nsTime = readTime();
    else if (name === 'rssi') rssi = scanner.number();
    else if (name === 'snr') snr = scanner.number();
    else scanner.skip();
  }
  if (gatewayId === undefined) throw unsure;
  return { gatewayId, nsTime, rssi, snr };
}

function readTxInfo(): TxInfo {
  let frequency = 0;
  let modulation: Modulation | undefined;
  for (let more = scanner.open(); more; more = scanner.next()) {
    const name = scanner.name(ofTxInfo);
    if (name === 'frequency') frequency = readWhole();
    else if (name === 'modulation') modulation = readModulation();
    else scanner.skip();
  }
  return { frequency, modulation };
}

function readModulation(): Modulation {
  let lora: Modulation['lora'];
  for (let more = scanner.open(); more; more = scanner.next()) {
    if (scanner.name(ofModulation) === 'lora') lora = { spreadingFactor: readSpreadingFactor() };
    else scanner.skip();
  }
  return { lora };
}

function readSpreadingFactor(): number {
  let spreadingFactor = 0;
  for (let more = scanner.open(); more; more = scanner.next()) {
    if (scanner.name(ofLora) === 'spreadingFactor') spreadingFactor = readWhole();
    else scanner.skip();
  }
  return spreadingFactor;
}

function readTime(): number {
  scanner.span();
  const timeMs = timeAt(scanner.bytes, scanner.start + 1, scanner.at - 1);
  if (timeMs === undefined) throw unsure;
  return timeMs;
}

function readWhole(): number {
  const value = scanner.number();
  if (value < 0 || !Number.isSafeInteger(value)) throw unsure;
  return value;
}

function readData(): Uint8Array {
  scanner.span();
  const data = base64At(scanner.bytes, scanner.start + 1, scanner.at - 1);
  if (data === undefined) throw unsure;
  return data;
}

/** Somebody else's, of any shape: in all its parts as `JSON.parse` makes it. */
function readObject(): Up['object'] {
  scanner.skip();
  return JSON.parse(scanner.bytes.toString('utf8', scanner.start, scanner.at));
}
