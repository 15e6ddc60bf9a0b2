/**
 * What every call of a codec shares with the next: the objects of the language. A codec may change them while it is
 * loaded; one that does it while it decodes would decide what later frames mean.
 */
const { ownKeys, getOwnPropertyDescriptor } = Reflect;

const types = [Object, Function, Array, String, Number, Boolean, RegExp, Error, Map, Set, Uint8Array];
/** @type {readonly object[]} */
const places = [
  ...types.flatMap((type) => [type, type.prototype]),
  ...[Math, JSON, Reflect, Date.prototype, BigInt.prototype, Symbol.prototype, Promise.prototype],
];

/** @typedef {{ readonly place: Record<PropertyKey, unknown>, readonly key: PropertyKey, readonly value: unknown }} Known */

/**
 * Takes note of the language as it is now, after the codec was loaded: nothing the codec may have replaced is used.
 * @returns {() => boolean} whether it is still the same
 */
export function rememberLanguage() {
  /** @type {Known[]} */
  const known = [];
  /** @type {number[]} */
  const counts = [];
  let length = 0;
  for (let at = 0; at < places.length; at++) {
    const place = /** @type {Record<PropertyKey, unknown>} */ (places[at]);
    const keys = ownKeys(place);
    counts[at] = keys.length;
    for (let which = 0; which < keys.length; which++) {
      const key = /** @type {PropertyKey} */ (keys[which]);
      const { value } = getOwnPropertyDescriptor(place, key) ?? {};
      // Of the rest, only whether it is there is seen: reading what has a getter would run it.
      if (typeof value === 'function') known[length++] = { place, key, value };
    }
  }
  return () => {
    for (let at = 0; at < places.length; at++) {
      if (ownKeys(/** @type {object} */ (places[at])).length !== counts[at]) return false;
    }
    for (let at = 0; at < known.length; at++) {
      const { place, key, value } = /** @type {Known} */ (known[at]);
      if (place[key] !== value) return false;
    }
    return true;
  };
}
