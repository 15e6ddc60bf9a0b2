/** A power of two. A city has a few hundred gateways, and a few dozen names and tags of models. */
const placesCount = 1024;
const textBytesMax = 64;

/**
 * Texts that come again and again (the id of a gateway, the name of a model), made once: less garbage, and a text
 * already hashed is quicker to find in a `Map`. Each has one place it can be at, by its hash; whichever came last is there. So
 * it holds at most 1024 texts of 64 characters.
 */
export class Texts {
  readonly #places: string[] = Array.from({ length: placesCount }, () => '');

  /** The text of the bytes from `start` to `end`, in UTF-8. */
  at(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > textBytesMax) return bytes.toString('utf8', start, end);
    // FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
    const place = (hash ^ (hash >>> 16)) & (placesCount - 1);
    const known = this.#places[place] ?? '';
    if (known.length === length && isSame(known, bytes, start)) return known;
    const text = bytes.toString('utf8', start, end);
    this.#places[place] = text;
    return text;
  }
}

/** Never of a text beyond ASCII: its bytes are not its characters. */
function isSame(text: string, bytes: Buffer, start: number): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f || code !== bytes[start + index]) return false;
  }
  return true;
}
