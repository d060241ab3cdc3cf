/** What a text says, in one of its forms. */

import { Malformed, fromUtf8, toUtf8 } from './bytes.js';
import { pack, packedBytes, toSeptets, unpack } from './gsm.js';

/** The forms of a body. */
export const FORM = { septets: 0, septetsLess: 1, utf8: 2, sealed: 3, told: 4 };

/** The most characters (code points) of a message, and parts of a text. */
export const CHARACTERS_MAX = 160;
export const PARTS_MAX = 16;
export const SEALED_BYTES_MIN = 49;
export const SEALED_BYTES_MAX = 689;
const UTF8_BYTES_MAX = 640;

/**
 * A body and its form.
 * @typedef {{ form: number, body: Uint8Array }} Content
 */

/**
 * A text in the form that takes fewer bytes, septets where both take as many.
 * @param {string} text
 * @returns {Content}
 */
export function contentOf(text) {
  checkLength(text);
  const utf8 = toUtf8(text);
  const septets = toSeptets(text);
  if (septets === null || packedBytes(septets.length) > utf8.length) {
    return { form: FORM.utf8, body: utf8 };
  }
  const form = septets.length % 8 === 7 ? FORM.septetsLess : FORM.septets;
  return { form, body: pack(septets) };
}

/**
 * The text; null of a sealed one. Refuses what is none.
 * @param {Content} content
 * @returns {string | null}
 */
export function textOf({ form, body }) {
  if (form === FORM.septets || form === FORM.septetsLess) {
    return checkLength(unpack(body, septetsIn(form, body.length)));
  }
  if (form === FORM.utf8) {
    if (body.length > UTF8_BYTES_MAX) throw new Malformed('TooLong');
    return checkLength(fromUtf8(body));
  }
  if (form !== FORM.sealed) throw new Malformed('Form');
  if (body.length < SEALED_BYTES_MIN || body.length > SEALED_BYTES_MAX) throw new Malformed('Sealed');
  return null;
}

/** @param {number} form @param {number} bytes */
function septetsIn(form, bytes) {
  if (bytes > packedBytes(2 * CHARACTERS_MAX)) throw new Malformed('TooLong');
  const most = Math.floor((8 * bytes) / 7);
  if (form === FORM.septets) return most;
  if (bytes === 0 || bytes % 7 !== 0) throw new Malformed('Septets');
  return most - 1;
}

/** @param {string} text */
function checkLength(text) {
  if (charactersOf(text) > CHARACTERS_MAX) throw new Malformed('TooLong');
  return text;
}

/** How many code points. @param {string} text */
export function charactersOf(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/**
 * A text in as few parts as carry it.
 * @param {string} text
 */
export function split(text) {
  const characters = Array.from(text);
  const parts = [];
  for (let at = 0; at < characters.length; at += CHARACTERS_MAX) {
    parts.push(characters.slice(at, at + CHARACTERS_MAX).join(''));
  }
  return parts;
}

/** Whether septets can say it. @param {string} text */
export function isGsm(text) {
  return toSeptets(text) !== null;
}
