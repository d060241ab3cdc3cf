/** A secret as 24 words, which people can write down: BIP-39, English. */

import { sha256 } from '../vendor/hashes/sha2.js';
import { isSame, join } from './bytes.js';
import { ENGLISH } from './english.js';

const WORDS = 24;
const BITS_PER_WORD = 11;

/** Why words, or the letters of a code, are no secret, for people. Nothing was kept. */
export class NoSecret extends Error {}

/** @param {Uint8Array} secret 32 bytes */
export function toWords(secret) {
  const checked = withCheck(secret);
  const words = Array.from({ length: WORDS }, (_, at) => ENGLISH[bitsAt(checked, at * BITS_PER_WORD)]);
  return words.join(' ');
}

/** @param {Uint8Array} bytes @param {number} first */
function bitsAt(bytes, first) {
  let value = 0;
  for (let bit = first; bit < first + BITS_PER_WORD; bit += 1) {
    value = (value << 1) | ((bytes[bit >> 3] >> (7 - (bit & 7))) & 1);
  }
  return value;
}

/**
 * The secret that 24 words say; in any case, with any white space between.
 * @param {string} written
 */
export function fromWords(written) {
  const words = written.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length !== WORDS) throw new NoSecret(`there are 24 words, and these are ${words.length}`);
  const checked = new Uint8Array(33);
  words.forEach((word, at) => {
    const index = ENGLISH.indexOf(word);
    if (index < 0) throw new NoSecret(`word ${at + 1} is none of the list`);
    for (let place = 0; place < BITS_PER_WORD; place += 1) {
      const bit = at * BITS_PER_WORD + place;
      if ((index >> (BITS_PER_WORD - 1 - place)) & 1) checked[bit >> 3] |= 0x80 >> (bit & 7);
    }
  });
  const secret = checked.slice(0, 32);
  if (!isSame(withCheck(secret), checked)) {
    throw new NoSecret('a word is wrong, or two have changed places');
  }
  return secret;
}

/** The secret, and the first byte of its hash. @param {Uint8Array} secret */
function withCheck(secret) {
  return join(secret, sha256(secret).slice(0, 1));
}
