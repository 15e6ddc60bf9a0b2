/**
 * The part of the sandbox that lives inside a codec's realm: it comes before the codec, gives it what surrounds codecs
 * in ChirpStack, and afterwards runs it frame by frame. Everything used after the codec was let in is taken to the
 * side here first, because a codec may replace what it finds.
 *
 * @typedef {(input: object) => unknown} DecodeUplink
 * @typedef {(fPort: number, bytes: number[], variables: object) => unknown} LegacyDecode
 * @typedef {readonly [fPort: number, receivedAtMs: number, bytes: number[]]} FrameOnTheWire
 */
import { BufferOfCodecs } from './buffer.js';
import { dateOf, installClock, pinClock, realNowMs } from './clock.js';
import { rememberLanguage } from './language.js';
import { atob, btoa } from './text.js';

const resultCharsMax = 65_536;
/** After this the answer goes out with the frames done so far, so that the time limit is each frame's own. */
const answerMsMax = 25;
const answerCharsMax = 262_144;
const notesMax = 20;
const noteCharsMax = 300;

const { parse, stringify } = JSON;
const isArray = Array.isArray;
const textOfAny = String;
const call = Function.prototype.call;
/** @type {(text: string, start: number, end: number) => string} */
const slice = call.bind(String.prototype.slice);
/** @type {(text: string, separator: string, limit: number) => string[]} */
const split = call.bind(String.prototype.split);
/** @type {(text: string) => string} */
const trim = call.bind(String.prototype.trim);

/** Takes every call and keeps nothing: vendors leave their debugging in. */
const silentConsole = Object.fromEntries(
  [
    'log',
    'info',
    'warn',
    'error',
    'debug',
    'trace',
    'dir',
    'table',
    'assert',
    'group',
    'groupEnd',
    'time',
    'timeEnd',
    'timeLog',
    'timeStamp',
    'count',
    'countReset',
    'dirxml',
    'groupCollapsed',
    'clear',
  ].map((name) => [name, () => {}]),
);

/** Neither of ChirpStack nor of the language's core, and each a way around the limits of memory or the pinned clock. */
const removed = ['WebAssembly', 'SharedArrayBuffer', 'Atomics', 'Intl'];

function installSurroundings() {
  installClock();
  const given = { Buffer: BufferOfCodecs, atob, btoa, console: silentConsole };
  for (const [name, value] of Object.entries(given)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
  for (const name of removed) Reflect.deleteProperty(globalThis, name);
  // JSON has no such number; as everywhere in ChirpStack's objects it becomes a double.
  Object.defineProperty(BigInt.prototype, 'toJSON', {
    value() {
      return Number(this);
    },
    writable: true,
    configurable: true,
  });
}

/**
 * What was thrown, with the first place it was thrown at.
 * @param {unknown} thrown
 * @returns {string}
 */
function textOfThrown(thrown) {
  try {
    const stack =
      typeof thrown === 'object' && thrown !== null && 'stack' in thrown ? thrown.stack : undefined;
    if (typeof stack !== 'string') return slice(textOfAny(thrown), 0, noteCharsMax);
    const lines = split(slice(stack, 0, 2 * noteCharsMax), '\n', 2);
    const place = lines[1] === undefined ? '' : ` ${trim(lines[1])}`;
    return slice(`${lines[0]}${place}`, 0, noteCharsMax);
  } catch {
    return 'something was thrown that cannot be read';
  }
}

/**
 * A decode that failed, on the wire.
 * @param {string} problem
 */
const failed = (problem) => `[{},[],[${stringify(problem)}]]`;

/**
 * Warnings or errors as a list of short texts, on the wire.
 * @param {unknown} notes
 */
function notesText(notes) {
  if (notes === undefined || notes === null) return '[]';
  const given = isArray(notes) ? notes : [notes];
  let text = '';
  for (let at = 0; at < given.length && at < notesMax; at++) {
    const note = given[at];
    const words = typeof note === 'string' ? note : textOfAny(note);
    text += (at === 0 ? '' : ',') + stringify(slice(words, 0, noteCharsMax));
  }
  return `[${text}]`;
}

/**
 * The result as ChirpStack takes it (chirpstack/src/codec/js/mod.rs): an object `data`, and errors that undo it.
 * @param {unknown} result
 * @returns {string} `[data, warnings, errors]` as JSON; it ends with `[]]` where nothing failed
 */
function resultText(result) {
  if (typeof result !== 'object' || result === null) return failed('decodeUplink did not return an object');
  const { data, warnings, errors } = /** @type {Record<string, unknown>} */ (result);
  const warningsText = notesText(warnings);
  const errorsText = notesText(errors);
  if (errorsText !== '[]') return `[{},${warningsText},${errorsText}]`;
  const text = stringify(data);
  if (text === undefined || text[0] !== '{') return failed("decodeUplink did not return an object 'data'");
  if (text.length > resultCharsMax) {
    return failed(`the data is ${text.length} characters of JSON; at most ${resultCharsMax} are taken`);
  }
  return `[${text},${warningsText},[]]`;
}

/**
 * @param {DecodeUplink} decode
 * @param {FrameOnTheWire} frame
 */
function decodedText(decode, frame) {
  try {
    const receivedAtMs = frame[1];
    pinClock(receivedAtMs);
    const recvTime = dateOf(receivedAtMs);
    return resultText(decode({ bytes: frame[2], fPort: frame[0], recvTime, variables: {} }));
  } catch (thrown) {
    return failed(textOfThrown(thrown));
  }
}

/**
 * Makes the function that decodes a list of frames (JSON of `[fPort, receivedAtMs, bytes][]`) to the results of the
 * first of them as JSON of `[data, warnings, errors][]`, after a sign: `=` all is well, and there is at least one; `!`
 * this realm is used up, because a frame failed: it is the last one here if it was the first of this realm, else it is
 * not among them; `~` a frame has changed the language for those after it, and none of this counts.
 * @param {DecodeUplink | LegacyDecode} codec
 * @param {boolean} legacy whether it is a `Decode(fPort, bytes, variables)` of older servers, which gives the data itself
 * @returns {(framesText: string) => string}
 */
export function adopt(codec, legacy) {
  const modern = /** @type {DecodeUplink} */ (codec);
  const older = /** @type {LegacyDecode} */ (codec);
  /** @type {(input: { fPort: number, bytes: number[], variables: object }) => unknown} */
  const wrapped = ({ fPort, bytes, variables }) => ({ data: older(fPort, bytes, variables) });
  const decode = legacy ? /** @type {DecodeUplink} */ (wrapped) : modern;
  const isSame = rememberLanguage();
  let isUsed = false;
  return (framesText) => {
    /** @type {FrameOnTheWire[]} */
    const frames = parse(framesText);
    const untilMs = realNowMs() + answerMsMax;
    let text = '';
    for (let at = 0; at < frames.length; at++) {
      const frame = /** @type {FrameOnTheWire} */ (frames[at]);
      const one = decodedText(decode, frame);
      const hasFailed = one[one.length - 3] !== '[';
      if (hasFailed && isUsed) return `![${text}]`;
      isUsed = true;
      text += (at === 0 ? '' : ',') + one;
      if (hasFailed) return `![${text}]`;
      if (text.length > answerCharsMax || realNowMs() > untilMs) break;
    }
    return `${isSame() ? '=' : '~'}[${text}]`;
  };
}

installSurroundings();
