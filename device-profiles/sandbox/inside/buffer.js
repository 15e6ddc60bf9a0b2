/**
 * As much of Node's `Buffer` as payload codecs use (https://nodejs.org/docs/latest-v24.x/api/buffer.html), on
 * Uint8Array. Written out here because ChirpStack gives codecs a Buffer and a bare realm has none.
 */
import { encodingOf } from './text.js';

/** @type {(octets: Uint8Array) => DataView} */
const viewOf = (octets) => new DataView(octets.buffer, octets.byteOffset, octets.byteLength);

/**
 * What the arguments of `Buffer.from` and `new Buffer` mean to the constructor of Uint8Array.
 * @param {unknown} value
 * @param {unknown} encodingOrOffset
 * @param {unknown} length
 * @returns {unknown[]}
 */
function contentOf(value, encodingOrOffset, length) {
  if (typeof value === 'string') {
    return [encodingOf(encodingOrOffset === undefined ? undefined : String(encodingOrOffset)).read(value)];
  }
  if (value instanceof ArrayBuffer) return [value, encodingOrOffset, length];
  if (typeof value === 'number') return [value];
  // The last is what toJSON gives.
  if (typeof value === 'object' && value !== null) return ['data' in value ? value.data : value];
  throw new TypeError('Buffer: a string, an ArrayBuffer or a list of bytes is needed');
}

/** @extends {Uint8Array<ArrayBuffer>} */
class ByteBuffer extends Uint8Array {
  /**
   * @param {unknown} [value] text, bytes, an ArrayBuffer, or how many zeros
   * @param {unknown} [encodingOrOffset]
   * @param {unknown} [length]
   */
  constructor(value = 0, encodingOrOffset, length) {
    super(.../** @type {[ArrayBuffer]} */ (contentOf(value, encodingOrOffset, length)));
  }

  /**
   * @param {string} [encoding]
   * @param {number} [start]
   * @param {number} [end]
   * @override
   */
  toString(encoding, start = 0, end = this.length) {
    return encodingOf(encoding).write(this.subarray(start, end));
  }

  /**
   * Shares its bytes, unlike the slice of typed arrays.
   * @param {number} [start]
   * @param {number} [end]
   * @override
   */
  slice(start, end) {
    return this.subarray(start, end);
  }

  toJSON() {
    return { type: 'Buffer', data: Array.from(this) };
  }

  /** @param {Uint8Array} other */
  equals(other) {
    return this.length === other.length && this.every((octet, at) => octet === other[at]);
  }

  /**
   * @param {Uint8Array} target
   * @param {number} [targetStart]
   * @param {number} [start]
   * @param {number} [end]
   */
  copy(target, targetStart = 0, start = 0, end = this.length) {
    const part = this.subarray(start, Math.min(end, start + target.length - targetStart));
    target.set(part, targetStart);
    return part.length;
  }

  /**
   * @param {number} offset
   * @param {number} byteLength 1 to 6
   */
  readUIntBE(offset, byteLength) {
    const view = viewOf(this);
    let value = 0;
    for (let at = 0; at < byteLength; at++) value = value * 256 + view.getUint8(offset + at);
    return value;
  }

  /**
   * @param {number} offset
   * @param {number} byteLength 1 to 6
   */
  readUIntLE(offset, byteLength) {
    const view = viewOf(this);
    let value = 0;
    for (let at = byteLength - 1; at >= 0; at--) value = value * 256 + view.getUint8(offset + at);
    return value;
  }

  /**
   * @param {number} offset
   * @param {number} byteLength 1 to 6
   */
  readIntBE(offset, byteLength) {
    const value = this.readUIntBE(offset, byteLength);
    return value < 2 ** (byteLength * 8 - 1) ? value : value - 2 ** (byteLength * 8);
  }

  /**
   * @param {number} offset
   * @param {number} byteLength 1 to 6
   */
  readIntLE(offset, byteLength) {
    const value = this.readUIntLE(offset, byteLength);
    return value < 2 ** (byteLength * 8 - 1) ? value : value - 2 ** (byteLength * 8);
  }
}

/**
 * Names in Buffer's methods, the DataView's word for them, and their bytes.
 * @type {readonly (readonly [name: string, type: 'Uint8' | 'Int8' | 'Uint16' | 'Int16' | 'Uint32' | 'Int32' | 'Float32' | 'Float64' | 'BigUint64' | 'BigInt64', bytes: number])[]}
 */
const numberTypes = [
  ['UInt8', 'Uint8', 1],
  ['Int8', 'Int8', 1],
  ['UInt16', 'Uint16', 2],
  ['Int16', 'Int16', 2],
  ['UInt32', 'Uint32', 4],
  ['Int32', 'Int32', 4],
  ['Float', 'Float32', 4],
  ['Double', 'Float64', 8],
  ['BigUInt64', 'BigUint64', 8],
  ['BigInt64', 'BigInt64', 8],
];

/** @type {(name: string, method: (this: ByteBuffer, ...given: never[]) => unknown) => void} */
function addMethod(name, method) {
  const property = { value: method, writable: true, configurable: true };
  Object.defineProperty(ByteBuffer.prototype, name, property);
  // Node knows readUint8 beside readUInt8.
  if (name.includes('UInt')) {
    Object.defineProperty(ByteBuffer.prototype, name.replace('UInt', 'Uint'), property);
  }
}

/** @type {(names: readonly string[], little: boolean, type: typeof numberTypes[number]) => void} */
function addNumber([read = '', write = ''], little, [, type, bytes]) {
  addMethod(
    read,
    /** @type {(this: ByteBuffer, offset?: number) => number | bigint} */ (
      function (offset = 0) {
        return viewOf(this)[`get${type}`](offset, little);
      }
    ),
  );
  addMethod(
    write,
    /** @type {(this: ByteBuffer, value: never, offset?: number) => number} */ (
      function (value, offset = 0) {
        const view = viewOf(this);
        view[`set${type}`](offset, value, little);
        const fits = type.startsWith('Float') || view[`get${type}`](offset, little) === value;
        if (!fits) throw new RangeError(`The value ${String(value)} does not fit into ${type}`);
        return offset + bytes;
      }
    ),
  );
}

for (const type of numberTypes) {
  const [name, , bytes] = type;
  if (bytes === 1) addNumber([`read${name}`, `write${name}`], false, type);
  else {
    addNumber([`read${name}LE`, `write${name}LE`], true, type);
    addNumber([`read${name}BE`, `write${name}BE`], false, type);
  }
}

const statics = {
  /** @type {(value: unknown, encodingOrOffset?: unknown, length?: unknown) => ByteBuffer} */
  from(value, encodingOrOffset, length) {
    if (typeof value === 'number') throw new TypeError('Buffer.from: a number says neither size nor content');
    return new ByteBuffer(value, encodingOrOffset, length);
  },
  /** @type {(size: number, fill?: number) => ByteBuffer} */
  alloc: (size, fill = 0) => new ByteBuffer(size).fill(fill),
  /** @type {(size: number) => ByteBuffer} */
  allocUnsafe: (size) => new ByteBuffer(size),
  /** @type {(value: unknown) => boolean} */
  isBuffer: (value) => value instanceof ByteBuffer,
  /** @type {(value: unknown, encoding?: string) => number} */
  byteLength: (value, encoding) => new ByteBuffer(value, encoding).length,
  /** @type {(parts: readonly Uint8Array[], length?: number) => ByteBuffer} */
  concat(parts, length = parts.reduce((sum, part) => sum + part.length, 0)) {
    const whole = new ByteBuffer(length);
    let at = 0;
    for (const part of parts) {
      whole.set(part.subarray(0, length - at), at);
      at = Math.min(length, at + part.length);
    }
    return whole;
  },
};
for (const [name, value] of Object.entries(statics)) {
  Object.defineProperty(ByteBuffer, name, { value, writable: true, configurable: true });
}

/** What codecs know as `Buffer`; old ones call it without `new`. */
export const BufferOfCodecs = new Proxy(ByteBuffer, {
  apply: (target, _receiver, given) => new target(...given),
});
Object.defineProperty(ByteBuffer, 'name', { value: 'Buffer', configurable: true });
Object.defineProperty(ByteBuffer.prototype, 'constructor', {
  value: BufferOfCodecs,
  writable: true,
  configurable: true,
});
