/** Texts of a group, and to it, as people see them. */

import { command, said } from './said.js';
import { line, shown, spaced } from './shown.js';
import { TRUST } from './states.js';

/** @typedef {import('./groups.js').Group} Group */

/**
 * How a text is shown: who wrote it, what it says, and whether it is a roll call or between this
 * number and the group alone.
 * @typedef {{ head: string | null, body: string, style: '' | 'call' | 'note' }} Look
 */

/**
 * @param {import('./profile.js').Text} text
 * @param {Group | null} group
 * @returns {Look}
 */
export function look(text, group) {
  const plain = /** @type {Look} */ ({ head: null, body: text.text, style: '' });
  if (group === null) return plain;
  if (text.direction === 'out') return lookOfOwn(text.text) ?? plain;
  if (text.known.state !== TRUST.verified || text.partsMissing > 0) return plain;
  const says = said(text.text, true);
  switch (says.kind) {
    case 'calls':
      return { head: `${whoOf(says)} asks all`, body: says.text, style: 'call' };
    case 'answers':
      return { head: `${whoOf(says)} answers`, body: says.text, style: '' };
    case 'text':
      return { head: whoOf(says), body: says.text, style: '' };
    case 'joins':
      return { head: null, body: `${line(says.who)} asks to be let in`, style: 'note' };
    default:
      return { ...plain, style: 'note' };
  }
}

/** @param {{ who: string, isVerified: boolean }} says */
export function whoOf({ who, isVerified }) {
  const name = /^[0-9]{10}$/.test(who) ? spaced(who) : line(who);
  return isVerified ? name : `${name} (unverified)`;
}

/** @param {string} text @returns {Look | null} */
function lookOfOwn(text) {
  const asks = command(text);
  if (asks === null) return null;
  const { word, rest } = asks;
  if (word === '/roll' && rest) return { head: 'You ask all', body: rest, style: 'call' };
  const words = commandWords(word, rest);
  return words === null ? null : { head: null, body: words, style: 'note' };
}

/** @param {string} word @param {string} rest @returns {string | null} */
function commandWords(word, rest) {
  const [number, ...name] = rest.split(/\s+/u);
  const who = /^[0-9]{10}$/.test(number) ? spaced(number) : rest;
  switch (word) {
    case '/join':
      return rest ? `You ask to be in it as ${rest}` : 'You ask to be let in';
    case '/leave':
      return 'You leave';
    case '/who':
      return 'You ask who is in it';
    case '/tally':
      return 'You ask how many have it';
    case '/help':
      return 'You ask for help';
    case '/add':
      return name.length > 0 ? `You let ${who} in as ${name.join(' ')}` : `You let ${who} in`;
    case '/remove':
      return `You take ${who} out`;
    case '/moderator':
      return `You make ${who} a moderator`;
    case '/open':
      return 'You let anybody join';
    case '/closed':
      return 'You let moderators alone let others in';
    case '/end':
      return 'You end the roll call';
    default:
      return null;
  }
}

/** In one line, for lists. @param {import('./profile.js').Text} text @param {Group | null} group */
export function brieflyOf(text, group) {
  const { head, body } = look(text, group);
  return line(head === null ? body : `${head}: ${body}`);
}

/** Whether a roll call waits for this number's answer. @param {Group | null} group */
export function isAsked(group) {
  if (!group?.asked || group.asked.answer || group.asked.isPutAway) return false;
  return !isOver(group);
}

/** Moderators hear of its end. @param {Group} group */
export function isOver({ asked, roll }) {
  return Boolean(asked && roll?.isOver && roll.textId === asked.textId);
}

/** An answer as it is counted with its like. @param {string} text */
export function isOk(text) {
  return shown(text).trim().replace(/[.! ]+$/, '').toUpperCase() === 'OK';
}

/**
 * Who was asked, has been named by the group and has not answered; null where it has not named
 * anybody.
 * @param {Group} group
 * @param {string} own
 * @returns {import('./said.js').Member[] | null}
 */
export function silent({ members, roll }, own) {
  if (members === null || roll === null) return null;
  const answered = new Set(roll.answers.map(({ who }) => who));
  const isCaller = (/** @type {import('./said.js').Member} */ member) => (roll.by === null ? member.number === own : isCalled(member, roll.by));
  return members.filter((member) => !isCaller(member) && ![...answered].some((who) => isCalled(member, who)));
}

/** @param {import('./said.js').Member} member @param {string} who */
function isCalled({ number, name }, who) {
  return name === who || number === who;
}
