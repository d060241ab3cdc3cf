/**
 * What a group's program says, and what is said to it: docs/groups.md, and the words of
 * crates/client/src/group. Pure.
 */

/** Members of a group, at most. */
const MEMBERS_MAX = 500;
const OTHER = 'other';

/** @typedef {{ number: string, name: string | null, isModerator: boolean }} Member */

/**
 * How many members a text has reached, and what they answered. `roll` is which roll call; null of
 * another text.
 * @typedef {{ roll: number | null, delivered: number, of: number, read: number, passedOn: number,
 *   failed: number, silent: number, answers: [string, number][] }} Tally
 */

/**
 * @typedef {{ kind: 'welcome', group: string, others: number }
 *   | { kind: 'stranger', group: string }
 *   | { kind: 'list', group: string, count: number, members: Member[], more: number }
 *   | { kind: 'joins', who: string, number: string }
 *   | { kind: 'isIn', number: string, name: string | null }
 *   | { kind: 'notIn', number: string }
 *   | { kind: 'begins', roll: number, asked: number }
 *   | { kind: 'tally', tally: Tally }
 *   | { kind: 'calls' | 'answers' | 'text', who: string, isVerified: boolean, text: string }
 *   | { kind: 'refuses' | 'note' | NoteKind }} Said
 */

/** Notes that say how things stand, word by word. */
const NOTES = /** @type {const} */ ({
  'You are not in the group any more.': 'left',
  'A moderator has taken you out of the group.': 'left',
  'The group is closed. Its moderators are asked to let you in.': 'asked',
  'Only a moderator may do that.': 'notModerator',
  'You are a moderator of the group now. /help says what moderators may do.': 'moderates',
  'Anybody may join now.': 'open',
  'Only moderators let others in now.': 'closed',
  'There is no roll call.': 'noRoll',
});
/** @typedef {(typeof NOTES)[keyof typeof NOTES]} NoteKind */

/** That something was not handed on. */
const REFUSES = [
  "A moderator's commands have to be signed, and yours are not: nothing was done.",
  'A text in your name was not handed on: it is not signed by the key that is known as yours.',
  'Of your last text not all parts have come: it was not handed on. Please send it again.',
  'Too many texts in a short time: what you text now is not handed on. Wait a minute.',
  'There is nobody else in the group.',
];
const INCOMPLETE = 'Nothing was done: write /';
const REFUSES_FROM = ['Your text was not handed on: ', INCOMPLETE];

const WELCOME = /^You are in (.{1,80}) now\. What you text here goes to all \((\d{1,3})\)\. \/help says more\.$/u;
const STRANGER = /^This is (.{1,80})\. You are not in it, and nothing was handed on\. \/join NAME asks to be let in\.$/u;
const LIST = /^(.{1,80}), (\d{1,3}):\n([^]+)$/u;
const LISTED = /^(?:(.+) )?(\d{10})( \(moderator\))?$/u;
const MORE = /^and (\d{1,3}) more$/;
const JOINS = /^(.+) asks to be let in: \/add (\d{10}) NAME$/u;
const IS_IN = /^(?:(.{1,20}) )?(\d{10}) is in .+\.$/u;
const NOT_IN = /^(\d{10}) is not in the group\.$/;
const BEGINS = /^Roll call (\d{1,9}) begins: (\d{1,3}) are asked\.$/;
const CALLS = /^([^:\n]+?)( \(unverified\))? asks all: ([^]*)\nPlease answer\. Moderators get it; OK is enough\.$/u;
const ANSWERS = /^([^:\n]+?)( \(unverified\))? answers: ([^]*)$/u;
const TEXT = /^([^:\n]+?)( \(unverified\))?: ([^]*)$/u;

const DIGITS = /^[0-9]{10}$/;
const FITS = /^[\p{Alphabetic}\p{N} .\-_']{1,20}$/u;
const BEGINNINGS = ['roll call', 'text ', 'nothing was done'];
const ENDINGS = [' answers', ' asks all', ' asks to be let in'];

/**
 * A name as a member may have it; null of what cannot be one.
 * @param {string} written
 * @returns {string | null}
 */
export function memberName(written) {
  const name = written.split(/\s+/u).filter(Boolean).join(' ');
  const lower = name.toLowerCase();
  const isGroups = BEGINNINGS.some((begins) => lower.startsWith(begins)) || ENDINGS.some((ends) => lower.endsWith(ends));
  return FITS.test(name) && /\p{Alphabetic}/u.test(name) && !isGroups ? name : null;
}

/**
 * What a text of a group says. Of a number that is not known to be a group's, only what makes it
 * one is looked for.
 * @param {string} text
 * @param {boolean} isGroup
 * @returns {Said}
 */
export function said(text, isGroup) {
  // What begins with a member's name is that member's: no name can begin or end so that it passes
  // for the group's own words, but for this one.
  const isGroups = !isGroup || text.startsWith(INCOMPLETE);
  return (isGroups ? null : byMember(text)) ?? byGroup(text);
}

/** @param {string} text @returns {Said | null} */
function byMember(text) {
  for (const [kind, form] of /** @type {const} */ ([['calls', CALLS], ['answers', ANSWERS], ['text', TEXT]])) {
    const [, who, doubt, rest] = form.exec(text) ?? [];
    if (who === undefined || !(DIGITS.test(who) || memberName(who) === who)) continue;
    // Further lines stand to the right, so that none passes for another text.
    return { kind, who, isVerified: doubt === undefined, text: rest.replaceAll('\n  ', '\n') };
  }
  return null;
}

/** @param {string} text @returns {Said} */
function byGroup(text) {
  const note = Object.hasOwn(NOTES, text) ? NOTES[/** @type {keyof typeof NOTES} */ (text)] : null;
  if (note !== null) return { kind: note };
  const welcome = WELCOME.exec(text);
  if (welcome) return { kind: 'welcome', group: welcome[1], others: Number(welcome[2]) };
  const stranger = STRANGER.exec(text);
  if (stranger) return { kind: 'stranger', group: stranger[1] };
  const joins = JOINS.exec(text);
  if (joins) return { kind: 'joins', who: joins[1], number: joins[2] };
  const begins = BEGINS.exec(text);
  if (begins) return { kind: 'begins', roll: Number(begins[1]), asked: Number(begins[2]) };
  const isIn = IS_IN.exec(text);
  if (isIn) return { kind: 'isIn', number: isIn[2], name: isIn[1] ?? null };
  const notIn = NOT_IN.exec(text);
  if (notIn) return { kind: 'notIn', number: notIn[1] };
  const tally = parseTally(text);
  if (tally) return { kind: 'tally', tally };
  const isRefusal = REFUSES.includes(text) || REFUSES_FROM.some((begin) => text.startsWith(begin));
  return list(text) ?? { kind: isRefusal ? 'refuses' : 'note' };
}

/** @param {string} text @returns {Said | null} */
function list(text) {
  const [, group, count, rest] = LIST.exec(text) ?? [];
  if (group === undefined) return null;
  /** @type {Member[]} */
  const members = [];
  let more = 0;
  for (const row of rest.split('\n')) {
    const one = LISTED.exec(row);
    if (one) members.push({ number: one[2], name: one[1] ?? null, isModerator: one[3] !== undefined });
    else if (MORE.test(row)) more = Number(MORE.exec(row)?.[1]);
    else return null;
  }
  return members.length > MEMBERS_MAX ? null : { kind: 'list', group, count: Number(count), members, more };
}

/**
 * Reads what a group says of a text; null if it is something else.
 * @param {string} text
 * @returns {Tally | null}
 */
export function parseTally(text) {
  const [, what, which, counts] = /^(Roll call|Text) (\d{1,9}): ([^\n]+)$/.exec(text) ?? [];
  const [first, ...others] = (counts ?? '').split(', ');
  const reached = /^delivered (\d{1,3}) of (\d{1,3})$/.exec(first);
  if (!reached) return null;
  /** @type {Tally} */
  const tally = {
    roll: what === 'Text' ? null : Number(which),
    delivered: Number(reached[1]), of: Number(reached[2]), read: 0, passedOn: 0, failed: 0, silent: 0, answers: [],
  };
  for (const counted of others) {
    const [, name, count] = /^(?:answered )?([\p{Alphabetic}\p{N} ]+) (\d{1,3})$/u.exec(counted) ?? [];
    if (name === undefined) return null;
    if (name === 'read') tally.read = Number(count);
    else if (name === 'passed on') tally.passedOn = Number(count);
    else if (name === 'failed') tally.failed = Number(count);
    else if (name === 'silent') tally.silent = Number(count);
    else if (name === OTHER || name === name.toUpperCase()) tally.answers.push([name, Number(count)]);
    else return null;
  }
  return tally;
}

/**
 * What a text to a group asks for: a command's word and the rest; null where it is for all.
 * @param {string} text
 * @returns {{ word: string, rest: string } | null}
 */
export function command(text) {
  if (!text.startsWith('/')) return null;
  const [, word, rest] = /** @type {RegExpExecArray} */ (/^(\S+)\s*([^]*)$/u.exec(text.trim()));
  return { word: word.toLowerCase(), rest };
}
