/**
 * What is known of groups, by their own words: kept beside each text that comes or is written, in
 * the same transaction.
 */

import { TRUST } from './states.js';
import { command, said } from './said.js';

/** What is remembered at most, of each kind. */
const REQUESTS_MAX = 50;
const ANSWERS_MAX = 500;

/** @typedef {import('./db.js').Tx} Tx */
/** @typedef {import('./said.js').Member} Member */

/**
 * A roll call, as moderators hear of it.
 * @typedef {object} Roll
 * @property {string | null} by its caller, as the group calls that member; null: this number
 * @property {number} textId of the text that has called it
 * @property {string} text
 * @property {number} at
 * @property {number | null} which its count, once it is known
 * @property {number | null} asked how many members
 * @property {{ who: string, isVerified: boolean, text: string, at: number }[]} answers the last one of each
 * @property {import('./said.js').Tally | null} tally the last one
 * @property {number} tallyAt
 * @property {boolean} isOver
 */

/**
 * @typedef {object} Group
 * @property {string} number
 * @property {boolean} isGroup false: somebody here has said that it is none
 * @property {string | null} name what it calls itself
 * @property {'asked' | 'in' | 'out'} standing
 * @property {boolean | null} isModerator whether this number is one
 * @property {boolean | null} isOpen whether anybody may join
 * @property {number | null} count members
 * @property {Member[] | null} members as it has listed them, and what it has said since
 * @property {number} more members whom its list did not name
 * @property {number} listedAt
 * @property {{ who: string, number: string }[]} requests of who asks to be let in
 * @property {{ textId: number, text: string, at: number, isRefused: boolean } | null} calling an own
 *   roll call that the group has not begun
 * @property {Roll | null} roll the last one
 * @property {{ textId: number, who: string, text: string, answer: { textId: number, text: string } | null,
 *   isPutAway: boolean } | null} asked the last one that this number is asked by
 * @property {number} tallies how many tallies were asked for, and have not come
 */

/** @param {string} number @returns {Group} */
export function newGroup(number) {
  return {
    number, isGroup: true, name: null, standing: 'out', isModerator: null, isOpen: null,
    count: null, members: null, more: 0, listedAt: 0,
    requests: [], calling: null, roll: null, asked: null, tallies: 0,
  };
}

/**
 * A text of a number has come, and is whole and its own.
 * @param {Group | undefined} before
 * @param {{ id: number, peer: string, text: string, at: number }} text
 * @param {string} own this number
 * @returns {Group | undefined}
 */
export function heard(before, text, own) {
  if (before?.isGroup === false) return before;
  const says = said(text.text, before !== undefined);
  const makesGroup = says.kind === 'welcome' || says.kind === 'stranger' || says.kind === 'asked';
  if (before === undefined && !makesGroup) return before;
  return learnt(before ?? newGroup(text.peer), says, text, own);
}

/**
 * @param {Group} group
 * @param {import('./said.js').Said} says
 * @param {{ id: number, text: string, at: number }} text
 * @param {string} own
 * @returns {Group}
 */
function learnt(group, says, { id: textId, at }, own) {
  switch (says.kind) {
    case 'welcome':
      return { ...group, name: says.group, standing: 'in', count: says.others + 1 };
    case 'stranger':
      return { ...refused(group), name: says.group, standing: 'out', isModerator: null };
    case 'asked':
      return { ...group, standing: 'asked', isOpen: false };
    case 'left':
      return { ...group, standing: 'out', isModerator: null, members: null, requests: [], asked: null };
    case 'moderates':
      return { ...group, standing: 'in', isModerator: true };
    case 'notModerator':
      return { ...refused(group), isModerator: false };
    case 'open':
    case 'closed':
      return { ...group, isOpen: says.kind === 'open', isModerator: true };
    case 'list':
      return listed(group, says, at, own);
    case 'joins':
      return { ...group, isModerator: true, requests: [...without(group.requests, says.number), { who: says.who, number: says.number }].slice(-REQUESTS_MAX) };
    case 'isIn':
      return letIn(group, says);
    case 'notIn':
      return takenOut(group, says.number);
    case 'begins':
      return begun(group, says);
    case 'answers':
      return answered(group, says, at);
    case 'tally':
      return tallied(group, says.tally, at);
    case 'noRoll':
      return { ...group, roll: group.roll && { ...group.roll, isOver: true } };
    case 'calls':
      return calledBy(group, says, textId, at);
    case 'refuses':
      return refused(group);
    default:
      return group;
  }
}

/** A roll call that waited for its beginning does not begin. @param {Group} group @returns {Group} */
function refused(group) {
  return { ...group, calling: group.calling && { ...group.calling, isRefused: true } };
}

/** @template {{ number: string }} T @param {T[]} all @param {string} number */
function without(all, number) {
  return all.filter((one) => one.number !== number);
}

/** @param {Group} group @param {{ group: string, count: number, members: Member[], more: number }} list @param {number} at @param {string} own @returns {Group} */
function listed(group, list, at, own) {
  const me = list.members.find(({ number }) => number === own);
  const isModerator = me ? me.isModerator : group.isModerator;
  const requests = group.requests.filter(({ number }) => !list.members.some((member) => member.number === number));
  const { group: name, count, members, more } = list;
  return { ...group, name, count, members, more, isModerator, requests, standing: 'in', listedAt: at };
}

/** @param {Group} group @param {{ number: string, name: string | null }} who @returns {Group} */
function letIn(group, { number, name }) {
  const requests = without(group.requests, number);
  const before = group.members?.find((member) => member.number === number);
  const isNew = group.members !== null && before === undefined;
  const members = group.members && [...without(group.members, number), { number, name, isModerator: before?.isModerator ?? false }];
  members?.sort((one, other) => (one.number < other.number ? -1 : 1));
  return { ...group, requests, members, count: isNew && group.count !== null ? group.count + 1 : group.count };
}

/** @param {Group} group @param {string} number @returns {Group} */
function takenOut(group, number) {
  const isListed = group.members?.some((member) => member.number === number) ?? false;
  const members = group.members && without(group.members, number);
  return { ...group, members, count: isListed && group.count !== null ? group.count - 1 : group.count };
}

/** @param {Group} group @param {{ roll: number, asked: number }} says @returns {Group} */
function begun(group, { roll: which, asked }) {
  if (group.calling === null) return group;
  const { textId, text, at } = group.calling;
  const roll = { by: null, textId, text, at, which, asked, answers: [], tally: null, tallyAt: 0, isOver: false };
  // The one before has ended.
  return { ...group, isModerator: true, calling: null, asked: null, roll };
}

/** @param {Group} group @param {{ who: string, text: string }} says @param {number} textId @param {number} at @returns {Group} */
function calledBy(group, { who, text }, textId, at) {
  const asked = { textId, who, text, answer: null, isPutAway: false };
  /** @type {Roll} */
  const roll = { by: who, textId, text, at, which: null, asked: null, answers: [], tally: null, tallyAt: 0, isOver: false };
  return { ...group, standing: 'in', asked, roll };
}

/** Moderators alone hear answers. @param {Group} group @param {{ who: string, isVerified: boolean, text: string }} says @param {number} at @returns {Group} */
function answered(group, { who, isVerified, text }, at) {
  const { roll } = group;
  if (roll === null || (roll.answers.length >= ANSWERS_MAX && !roll.answers.some((one) => one.who === who))) return group;
  const answers = [...roll.answers.filter((one) => one.who !== who), { who, isVerified, text, at }];
  return { ...group, isModerator: true, roll: { ...roll, answers } };
}

/**
 * Without being asked a group only says what came of a roll call when that has ended.
 * @param {Group} group @param {import('./said.js').Tally} tally @param {number} at @returns {Group}
 */
function tallied(group, tally, at) {
  const isAsked = group.tallies > 0;
  const tallies = Math.max(group.tallies - 1, 0);
  const { roll } = group;
  if (tally.roll === null || roll === null || (roll.which !== null && roll.which !== tally.roll)) {
    return { ...group, tallies: tally.roll === null || isAsked ? tallies : group.tallies };
  }
  const isOver = roll.isOver || !isAsked;
  return { ...group, tallies, roll: { ...roll, which: tally.roll, asked: tally.of, tally, tallyAt: at, isOver } };
}

/**
 * A text to a group was written.
 * @param {Group | undefined} before
 * @param {{ id: number, text: string, at: number }} text
 * @returns {Group | undefined}
 */
export function wrote(before, { id: textId, text, at }) {
  if (before === undefined || !before.isGroup) return before;
  const asks = command(text);
  if (asks?.word === '/roll' && asks.rest) return { ...before, calling: { textId, text: asks.rest, at, isRefused: false } };
  if (asks?.word === '/join' && before.standing === 'out') return { ...before, standing: 'asked' };
  if (asks?.word === '/tally') return { ...before, tallies: before.tallies + 1 };
  if (asks !== null || before.asked === null) return before;
  return { ...before, asked: { ...before.asked, answer: { textId, text } } };
}

/**
 * A text that had not left was taken back.
 * @param {Group | undefined} before
 * @param {{ id: number, text: string }} text
 * @returns {Group | undefined}
 */
export function tookBack(before, { id, text }) {
  if (before === undefined) return before;
  const asked = before.asked?.answer?.textId === id ? { ...before.asked, answer: null } : before.asked;
  const calling = before.calling?.textId === id ? null : before.calling;
  const isTally = command(text)?.word === '/tally';
  return { ...before, asked, calling, tallies: Math.max(before.tallies - (isTally ? 1 : 0), 0) };
}

/** @param {Tx} tx @param {string} number @returns {Promise<Group | undefined>} */
export function groupOf(tx, number) {
  return tx.get('groups', number);
}

/**
 * Keeps what is known of a group after a text, if it has changed.
 * @param {Tx} tx
 * @param {string} number
 * @param {(before: Group | undefined) => Group | undefined} change
 */
export async function changeGroup(tx, number, change) {
  const before = await groupOf(tx, number);
  const after = change(before);
  if (after !== undefined && after !== before) await tx.put('groups', after);
}

/**
 * A part of a text that came is judged, or has come: once all of it is here, it counts.
 * @param {Tx} tx
 * @param {import('./db.js').Stored[]} parts of the text, in their order
 * @param {string} own this number
 */
export async function hear(tx, parts, own) {
  const [first] = parts;
  if (parts.length < first.parts || parts.some(({ state }) => state !== TRUST.verified)) return;
  const text = { id: Number(first.textId), peer: first.peer, text: parts.map((part) => part.text).join(''), at: first.at };
  await changeGroup(tx, first.peer, (before) => heard(before, text, own));
}

/**
 * What the texts say that were here before groups were known of.
 * @param {Tx} tx
 */
export async function hearAll(tx) {
  const me = await tx.get('profile', 'me');
  await tx.remove('profile', 'groupsUnread');
  /** @type {Map<string, Group>} */
  const groups = new Map();
  /** @type {import('./db.js').Stored[]} */
  let parts = [];
  const take = () => {
    const [first] = parts;
    if (first === undefined) return;
    const { peer, direction, at } = first;
    const text = { id: Number(first.textId), peer, text: parts.map((part) => part.text).join(''), at };
    const isOwn = parts.length === first.parts && parts.every(({ state }) => state === TRUST.verified);
    const before = groups.get(peer);
    const after = direction === 'out' ? wrote(before, text) : isOwn ? heard(before, text, me.number) : before;
    if (after !== undefined) groups.set(peer, after);
  };
  await tx.each('messages', 'thread', (/** @type {import('./db.js').Stored} */ stored) => {
    if (stored.textId !== parts[0]?.textId) {
      take();
      parts = [];
    }
    parts.push(stored);
  });
  take();
  for (const group of groups.values()) await tx.put('groups', group);
}
