/** What may be put on a screen. */

const HIDDEN = new RegExp(
  '[\\p{Cc}\\u00ad\\u061c\\u180e\\ufeff\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufff9-\\ufffb\\u{e0000}-\\u{e0fff}]',
  'gu',
);

/**
 * The text as it may be shown: each character that could steer, turn the direction of writing,
 * or hide, is replaced by U+FFFD; a line feed and a tab stay.
 * @param {string} text
 */
export function shown(text) {
  return text.replace(HIDDEN, (character) => (character === '\n' || character === '\t' ? character : '\ufffd'));
}

/** One line of what came from elsewhere. @param {string} text */
export function line(text) {
  return shown(text).replace(/[\n\t]/g, ' ');
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
const SHORT_DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** A time of the day. @param {number} at */
export function time(at) {
  return TIME.format(at);
}

/** @param {number} at */
export function day(at) {
  return DAY.format(at);
}

/** A time, with its day unless that is today. @param {number} at */
export function clock(at) {
  return day(at) === day(Date.now()) ? time(at) : `${SHORT_DAY.format(at)} ${time(at)}`;
}

/** In short: a time of today, or a day. @param {number} at */
export function brief(at) {
  return day(at) === day(Date.now()) ? time(at) : SHORT_DAY.format(at);
}

/** A number so that it is easily read. @param {string} number */
export function spaced(number) {
  return `${number.slice(0, 3)} ${number.slice(3, 6)} ${number.slice(6)}`;
}

/** A key, in groups. @param {string} hex */
export function fingerprint(hex) {
  return (hex.match(/.{4}/g) ?? []).join(' ');
}
