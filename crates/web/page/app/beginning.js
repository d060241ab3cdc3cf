/** What a number begins with here, as somebody has written it. */

import { toUtf8 } from '../protocol/bytes.js';
import { CODE_BYTES_MAX } from '../protocol/item.js';
import { newSecret } from '../protocol/keys.js';
import { fromWritten } from '../protocol/number.js';
import { isWordFor, publicKey } from '../protocol/sign.js';
import { Profile } from './profile.js';
import { spaced } from './shown.js';

/** @typedef {import('./profile.js').Beginning} Beginning */

/** What somebody has written cannot be taken, for people. */
class Wrong extends Error {}

/** A new number. @param {string} number @param {string} code @returns {Beginning} */
export function newOf(number, code) {
  return { number: numberOf(number), secret: newSecret(), code: codeOf(code) };
}

/** @param {IDBDatabase} db @param {Beginning} beginning */
export async function keep(db, beginning) {
  const profile = await Profile.create(db, beginning);
  // So that the browser does not clear it away; only where the page came safely.
  navigator.storage?.persist?.().catch(() => {});
  return profile;
}

/** Why it was not kept, for people. @param {unknown} error */
export function why(error) {
  return error instanceof Wrong ? `${error.message}.` : `It could not be kept: ${error}`;
}

/** @param {string} written */
export function numberOf(written) {
  const number = fromWritten(written);
  if (number === null) throw new Wrong('A number has ten digits');
  return number;
}

/** @param {string} written */
export function codeOf(written) {
  const code = written.trim();
  if (toUtf8(code).length > CODE_BYTES_MAX) throw new Wrong('A code is shorter than that');
  return code;
}

/**
 * @param {string} secret
 * @param {string} number
 * @returns {Promise<Beginning>}
 */
export async function ownOf(secret, number) {
  const [{ isDeviceCode, parseDeviceCode }, { NoSecret, fromWords }] = await Promise.all([import('../protocol/device_code.js'), import('../protocol/words.js')]);
  try {
    if (!isDeviceCode(secret)) return { secret: fromWords(secret), number: numberOf(number) };
    const code = parseDeviceCode(secret);
    const isRight = code.word === null || isWordFor(code.number, publicKey(code.secret), code.word);
    if (!isRight) throw new Wrong(`The code is of a later key for which the first key of ${spaced(code.number)} has not signed`);
    return code;
  } catch (error) {
    throw error instanceof NoSecret ? new Wrong(error.message) : error;
  }
}
