/**
 * How each kind of layout is read and written.
 *
 * @import { AnyOfLayout, Constants, Field, FixedLayout, GroupLayout, Layout } from '../table.ts'
 * @import { PlacedField } from './fields.js'
 * @import { Bytes, Scope, Values } from './values.js'
 */
import { channelLayout } from './channels.js';
import { cutOff, endOf, placedField, readFields, writeFields } from './fields.js';
import { pathsIn, rawInteger } from './values.js';

/**
 * @typedef {{ bytes: number[], left: string[] }} Attempt a frame, and the paths of the data it does not say
 *
 * @typedef {object} LayoutCodec
 * @property {(bytes: Bytes, scope: Scope) => string | undefined} decode why it ended before the end of the payload
 * @property {(data: Values) => Attempt} encode
 * @property {number} personalFrom a payload of so many bytes may hold what is personal; `Infinity` where none can
 */

/** @type {(bytes: Bytes, end: number) => string | undefined} */
const tooLong = (bytes, end) =>
  bytes.length > end ? `byte ${end}: ${bytes.length - end} byte(s) more than are known` : undefined;

/** @type {(constants: Constants, data: Values) => boolean} */
const contradicts = (constants, data) =>
  Object.keys(constants).some((key) => key in data && data[key] !== constants[key]);

/** @type {(data: Values, said: readonly string[], constants: Constants) => string[]} the paths that were not said */
function leftIn(data, said, constants) {
  const known = new Set([...said, ...Object.keys(constants)]);
  return pathsIn(data).filter((path) => !known.has(path));
}

/** @type {(specs: readonly Field[]) => ((bytes: Bytes) => string | undefined)} what of a last word is there only in part */
function lastWord(specs) {
  const words = specs.find((field) => 'rest' in field && field.rest === 'words');
  if (words === undefined) return () => undefined;
  const { key, at = 0 } = words;
  return ({ length }) => (length > at && (length - at) % 2 === 1 ? cutOff(length - 1, key, 2, 1) : undefined);
}

/**
 * Whether something follows a field that was left out: the zeros in its place would be a value.
 * @type {(fields: readonly PlacedField[], written: { out: number[], paths: string[] }) => boolean}
 */
const hasGap = (fields, { out, paths }) =>
  fields.some(({ optional, at, path }) => optional && at < out.length && !paths.includes(path));

/** @type {(fields: readonly PlacedField[]) => number} of a fixed place, any byte before it may be missing */
const personalFrom = (fields) => (fields.some(({ personal }) => personal) ? 0 : Infinity);

/** @type {(layout: FixedLayout) => LayoutCodec} */
function fixedLayout({ constants = {}, fields: specs, moreFollows = false }) {
  const fields = specs.map(placedField);
  const end = moreFollows || specs.some((field) => 'rest' in field) ? Infinity : endOf(fields);
  const partOfWord = lastWord(specs);
  return {
    personalFrom: personalFrom(fields),
    decode: (bytes, scope) =>
      readFields(fields, bytes, 0, scope, () => Object.assign(scope.data, constants)) ??
      tooLong(bytes, end) ??
      partOfWord(bytes),
    encode(data) {
      const written = contradicts(constants, data) ? undefined : writeFields(fields, data);
      if (written === undefined || hasGap(fields, written)) return { bytes: [], left: pathsIn(data) };
      return { bytes: written.out, left: leftIn(data, written.paths, constants) };
    },
  };
}

/** @type {(layout: GroupLayout) => LayoutCodec} */
function groupLayout({ constants = {}, head: headSpecs, flags, groups: groupSpecs }) {
  const head = headSpecs.map(placedField);
  const groups = groupSpecs.map((specs) => specs.map(placedField));
  const { at: flagsAt = 0 } = flags;
  const raw = rawInteger(flags);
  const headEnd = endOf([...head, { at: flagsAt, size: raw.size }]);
  return {
    personalFrom: personalFrom([head, ...groups].flat()),
    decode(bytes, scope) {
      const problem = readFields(head, bytes, 0, scope, () => Object.assign(scope.data, constants));
      if (problem !== undefined) return problem;
      if (bytes.length < headEnd) return cutOff(bytes.length, 'the head', headEnd, bytes.length);
      const present = raw.read(bytes, flagsAt);
      let at = headEnd;
      for (let flag = 0; flag < groups.length; flag++) {
        const fields = groups[flag];
        if (fields === undefined || ((present >>> flag) & 1) === 0) continue;
        const missing = readFields(fields, bytes, at, scope);
        if (missing !== undefined) return missing;
        at += endOf(fields);
      }
      return tooLong(bytes, at);
    },
    encode(data) {
      const written = contradicts(constants, data) ? undefined : writeFields(head, data);
      if (written === undefined) return { bytes: [], left: pathsIn(data) };
      const { out, paths } = written;
      const parts = groups.map((fields) => writeFields(fields, data));
      const present = parts.reduce((sum, part, flag) => sum + (part === undefined ? 0 : 2 ** flag), 0);
      raw.write(out, flagsAt, present);
      for (const part of parts) {
        out.push(...(part?.out ?? []));
        paths.push(...(part?.paths ?? []));
      }
      return { bytes: out, left: leftIn(data, paths, constants) };
    },
  };
}

/** @type {(layout: AnyOfLayout) => LayoutCodec} */
function anyOfLayout({ by, layouts: specs, otherwise: otherwiseSpec }) {
  const layouts = new Map(
    Object.entries(specs).map(([value, layout]) => [Number(value), layoutCodec(layout)]),
  );
  const otherwise = otherwiseSpec === undefined ? undefined : layoutCodec(otherwiseSpec);
  const raw = by === 'length' ? undefined : rawInteger(by);
  const { at = 0 } = by === 'length' ? {} : by;
  return {
    personalFrom: Math.min(
      ...[...layouts.values(), otherwise].map((layout) => layout?.personalFrom ?? Infinity),
    ),
    decode(bytes, scope) {
      const size = raw?.size ?? 0;
      if (bytes.length < at + size) return cutOff(bytes.length, 'the kind of frame', at + size, bytes.length);
      const value = raw === undefined ? bytes.length : raw.read(bytes, at);
      const layout = layouts.get(value) ?? otherwise;
      if (layout !== undefined) return layout.decode(bytes, scope);
      return raw === undefined
        ? `a frame of ${value} byte(s) is not known, only of ${[...layouts.keys()].join(', ')}`
        : `byte ${at}: a frame with ${value} here is not known`;
    },
    encode(data) {
      /** @type {Attempt} */
      let best = { bytes: [], left: pathsIn(data) };
      for (const [value, layout] of [...layouts, .../** @type {const} */ ([[undefined, otherwise]])]) {
        const attempt = layout?.encode(data);
        if (attempt === undefined || attempt.bytes.length === 0) continue;
        if (value !== undefined && raw !== undefined) {
          const there = raw.read(attempt.bytes, at);
          // Says something else already.
          if (there !== 0 && there !== value) continue;
          if (there === 0) raw.write(attempt.bytes, at, value);
        }
        if (attempt.left.length === 0) return attempt;
        if (attempt.left.length < best.left.length) best = attempt;
      }
      return best;
    },
  };
}

/** @type {(layout: Layout) => LayoutCodec} */
export function layoutCodec(layout) {
  if (layout.kind === 'fixed') return fixedLayout(layout);
  if (layout.kind === 'groups') return groupLayout(layout);
  return layout.kind === 'channels' ? channelLayout(layout) : anyOfLayout(layout);
}
