/** Numbers: ten decimal digits, kept as a string of those. */

import { Malformed, integer } from './bytes.js';

export const NUMBER_MAX = 9_999_999_999;
const BYTES = 5;

/**
 * @param {number} value
 * @returns {string}
 */
export function fromValue(value) {
  if (value > NUMBER_MAX) throw new Malformed('Number');
  return String(value).padStart(10, '0');
}

/** In five bytes. @param {string} number */
export function numberBytes(number) {
  return integer(Number(number), BYTES);
}

/** @param {import('./bytes.js').Reader} reader */
export function readNumber(reader) {
  return fromValue(reader.integer(BYTES));
}

/**
 * A number as people write it: ten digits, with spaces, dots or dashes between. Null if it is none.
 * @param {string} written
 * @returns {string | null}
 */
export function fromWritten(written) {
  const digits = written.replace(/[\s.\-()/\u00a0]/g, '');
  return /^[0-9]{10}$/.test(digits) ? digits : null;
}
