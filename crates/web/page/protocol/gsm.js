/**
 * Septets: the alphabet of the SMS (3GPP TS 23.038), with its extension table, seven bits to a
 * septet, the first one lowest.
 */

import { Malformed } from './bytes.js';

const ESCAPE = 0x1b;

/** The default alphabet, by septet. U+001B stands where the escape is. */
const ALPHABET =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ' +
  ' !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§' +
  '¿abcdefghijklmnopqrstuvwxyzäöñüà';

/** What follows an escape. @type {[number, string][]} */
const EXTENSION = [
  [0x0a, '\u000c'],
  [0x14, '^'],
  [0x28, '{'],
  [0x29, '}'],
  [0x2f, '\\'],
  [0x3c, '['],
  [0x3d, '~'],
  [0x3e, ']'],
  [0x40, '|'],
  [0x65, '€'],
];

const EXTENDED = new Map(EXTENSION);
/** The septets of each character. @type {Map<string, number[]>} */
const SEPTETS = new Map();
Array.from(ALPHABET).forEach((character, septet) => {
  if (septet !== ESCAPE) SEPTETS.set(character, [septet]);
});
for (const [septet, character] of EXTENSION) SEPTETS.set(character, [ESCAPE, septet]);

/** Bytes that hold so many septets. @param {number} septets */
export function packedBytes(septets) {
  return Math.ceil((septets * 7) / 8);
}

/**
 * The septets of a text; null where the alphabet cannot say it.
 * @param {string} text
 * @returns {number[] | null}
 */
export function toSeptets(text) {
  const found = [];
  for (const character of text) {
    const septets = SEPTETS.get(character);
    if (septets === undefined) return null;
    found.push(...septets);
  }
  return found;
}

/** @param {number[]} septets */
export function pack(septets) {
  const packed = new Uint8Array(packedBytes(septets.length));
  septets.forEach((septet, at) => {
    const bit = 7 * at;
    const shifted = septet << (bit & 7);
    packed[bit >> 3] |= shifted & 0xff;
    if (shifted > 0xff) packed[(bit >> 3) + 1] |= shifted >> 8;
  });
  return packed;
}

/**
 * The text of so many septets. Refused where they are none, or more bytes than they take.
 * @param {Uint8Array} packed
 * @param {number} count
 */
export function unpack(packed, count) {
  if (packed.length !== packedBytes(count)) throw new Malformed('Septets');
  const unused = packed.length * 8 - count * 7;
  if (unused > 0 && packed[packed.length - 1] >> (8 - unused) !== 0) throw new Malformed('Septets');
  let text = '';
  for (let at = 0; at < count; at += 1) {
    const septet = septetAt(packed, at);
    if (septet !== ESCAPE) {
      text += ALPHABET[septet];
      continue;
    }
    at += 1;
    const character = at < count ? EXTENDED.get(septetAt(packed, at)) : undefined;
    if (character === undefined) throw new Malformed('Septets');
    text += character;
  }
  return text;
}

/** @param {Uint8Array} packed @param {number} at */
function septetAt(packed, at) {
  const bit = 7 * at;
  const two = packed[bit >> 3] | ((packed[(bit >> 3) + 1] ?? 0) << 8);
  return (two >> (bit & 7)) & 0x7f;
}
