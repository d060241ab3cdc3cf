/** Bytes: reading them from the front, and putting them together. */

/**
 * Why bytes are dropped; the only thing that parsers throw. `why` is in the words of the
 * protocol's own errors, such as `Ended`.
 */
export class Malformed extends Error {
  /** @param {string} why */
  constructor(why) {
    super(`malformed: ${why}`);
    this.why = why;
  }
}

const VARINT_BYTES_MAX = 10;
const VARINT_MAX = (1n << 64n) - 1n;
// A byte order mark at the beginning is a character like any other.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Reads bytes from the front. */
export class Reader {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.all = bytes;
    this.at = 0;
  }

  /** How many are left. */
  get left() {
    return this.all.length - this.at;
  }

  /**
   * The next so many, as a copy.
   * @param {number} count
   */
  take(count) {
    if (this.left < count) throw new Malformed('Ended');
    this.at += count;
    return this.all.slice(this.at - count, this.at);
  }

  byte() {
    if (this.left < 1) throw new Malformed('Ended');
    return this.all[this.at++];
  }

  /**
   * An integer of up to six bytes.
   * @param {number} bytes
   */
  integer(bytes) {
    return this.take(bytes).reduce((value, byte) => value * 256 + byte, 0);
  }

  /** An integer of eight bytes. */
  long() {
    return this.take(8).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  /** An integer of so many bytes that is not 0. @param {number} bytes */
  notZero(bytes) {
    const value = this.integer(bytes);
    if (value === 0) throw new Malformed('Zero');
    return value;
  }

  /** A varint of up to 64 bits. */
  varint() {
    let value = 0n;
    for (let at = 0; at < VARINT_BYTES_MAX; at += 1) {
      const byte = this.byte();
      if (byte === 0 && at > 0) throw new Malformed('Varint');
      value |= BigInt(byte & 0x7f) << BigInt(7 * at);
      if (value > VARINT_MAX) throw new Malformed('Varint');
      if (byte < 0x80) return value;
    }
    throw new Malformed('Varint');
  }

  rest() {
    return this.take(this.left);
  }

  /** Nothing may be left. */
  end() {
    if (this.left > 0) throw new Malformed('Trailing');
  }
}

/**
 * What strict UTF-8 says.
 * @param {Uint8Array} bytes
 */
export function fromUtf8(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Malformed('NotUtf8');
  }
}

/**
 * A text in UTF-8; what is half a character in UTF-16 becomes U+FFFD.
 * @param {string} text
 */
export function toUtf8(text) {
  return encoder.encode(text);
}

/**
 * One after the other.
 * @param {...(Uint8Array | number[])} parts
 */
export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * An integer of up to six bytes, highest byte first.
 * @param {number} value
 * @param {number} bytes
 */
export function integer(value, bytes) {
  const written = new Uint8Array(bytes);
  for (let at = bytes - 1, left = value; at >= 0; at -= 1, left = Math.floor(left / 256)) {
    written[at] = left % 256;
  }
  return written;
}

/** An integer of eight bytes. @param {bigint} value */
export function long(value) {
  return integer64(value, 8);
}

/** @param {bigint} value @param {number} bytes */
function integer64(value, bytes) {
  const written = new Uint8Array(bytes);
  for (let at = bytes - 1, left = value; at >= 0; at -= 1, left >>= 8n) {
    written[at] = Number(left & 0xffn);
  }
  return written;
}

/** @param {bigint} value */
export function varint(value) {
  const written = [];
  let left = value;
  for (; left > 0x7fn; left >>= 7n) written.push(Number(left & 0x7fn) | 0x80);
  written.push(Number(left));
  return Uint8Array.from(written);
}

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * @param {string} text pairs of hexadecimal digits
 */
export function fromHex(text) {
  if (!/^([0-9a-f]{2})*$/i.test(text)) throw new Malformed('Hex');
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** @param {Uint8Array} one @param {Uint8Array} other */
export function isSame(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
