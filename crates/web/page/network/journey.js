/** Where a text is on its way, as steps that people can follow. */

import { line, spaced } from '../app/shown.js';
import { age, capital, counted, linkWords } from './words.js';

/** @typedef {import('./feed.js').MessageAnswer} MessageAnswer */
/** @typedef {import('./feed.js').TraceAnswer} TraceAnswer */
/** @typedef {import('./feed.js').Step} Way */
/** @typedef {import('./model.js').Picture} Picture */

/**
 * @typedef {object} JourneyStep
 * @property {'done' | 'now' | 'later' | 'ended'} state `ended` is where it goes no further
 * @property {string} title
 * @property {string} says
 * @property {string} [mark] instead of what the state is called
 */

const NUMBER = /^[0-9]{10}$/;
const PAIR = /^[0-9]{10}-[0-9]{10}$/;
const MESSAGE = /^[0-9]{10}-[0-9]{10}-[0-9a-z]+-[0-9]+$/i;
const ENDED = ['delivered', 'passed on', 'expired', 'refused'];
const WORDS_MAX = 400;

/** What was asked, as the server takes it; none where it is neither. @param {string} typed */
export function questionOf(typed) {
  const what = typed.trim().replace(/\s*(?:->|→|–|—|\bto\b)\s*/gi, '-').replace(/\s+/g, '');
  return NUMBER.test(what) || PAIR.test(what) || MESSAGE.test(what) ? what : null;
}

/** What comes from a server, for people. @param {string | null | undefined} words */
export function said(words) {
  return line(String(words ?? '')).slice(0, WORDS_MAX);
}

/** A number with its groups; what is none, as it is. @param {string} number */
export function numberWords(number) {
  return NUMBER.test(number) ? spaced(number) : said(number);
}

/** Whether it goes on. @param {MessageAnswer} message */
export function isEnded({ state }) {
  return ENDED.includes(state);
}

/** In a word or two. @param {MessageAnswer} message */
export function outcome({ state }) {
  const words = /** @type {Record<string, string>} */ ({
    'in mailbox': 'waits in the mailbox',
    'handed out': 'is being handed over',
    queued: 'waits here',
    'on the trunk': 'is on the link',
    'in the line': 'waits for the classic line',
    unclaimed: 'nobody has the number',
    'handed on': 'handed on',
    delivered: 'delivered',
    'passed on': 'passed on',
    expired: 'expired',
    refused: 'refused',
  });
  return words[state] ?? said(state);
}

/** @param {MessageAnswer} message @param {Way[]} way from here to where the recipient is at home @param {Picture} picture @returns {JourneyStep[]} */
export function journey(message, way, picture) {
  const steps = [step('done', numberWords(message.from), message.kind === 'text' ? 'wrote it' : `${said(message.kind)}, made for the number's text`)];
  if (isEnded(message)) steps.push(here('done', picture, 'has had it, and remembers it'), ended(message));
  else if (message.state === 'handed on') steps.push(...handedOn(message, way, picture));
  else steps.push(...waits(message, way, picture));
  return [...steps, recipient(message)];
}

/** @param {JourneyStep['state']} state @param {string} title @param {string} says @returns {JourneyStep} */
function step(state, title, says) {
  return { state, title, says };
}

/** @param {JourneyStep['state']} state @param {Picture} picture @param {string} says */
function here(state, { nodes, network }, says) {
  return step(state, `${nodes.get(network.here)?.name ?? said(network.name)} (this server)`, says);
}

/** @param {MessageAnswer} message */
function since({ for_s, state }) {
  if (for_s === null || for_s === undefined) return '';
  return state === 'handed on' ? `, ${age(for_s)} ago` : `, for ${age(for_s)} now`;
}

/** @param {MessageAnswer} message @param {Way[]} way @param {Picture} picture */
function waits(message, way, picture) {
  const isLinked = message.state === 'queued' || message.state === 'on the trunk';
  const now = here('now', picture, `${capital(said(message.says))}${since(message)}. Says this server.`);
  if (message.state === 'in the line') return [now, step('later', `Server ${said(message.server)} of the classic line`, 'the line passes it on')];
  if (!isLinked) return [now];
  const home = said(message.server);
  if (way.length === 0) return [now, step('later', home === '' ? 'Its server' : home, 'there is no way there now; it waits until there is one')];
  return [now, ...ahead(way, picture)];
}

/** The servers that are still before it. @param {Way[]} way @param {Picture} picture */
export function ahead(way, { nodes }) {
  return way.map(({ key, name }, at) => {
    const node = nodes.get(key);
    const link = at === 0 && node?.link ? `link ${linkWords(node.link.state)}` : '';
    const waiting = node && node.waiting > 0 ? `${counted(node.waiting, 'message')} here for that server` : '';
    const last = at === way.length - 1 ? 'the recipient is at home here' : '';
    const says = [link, last, waiting].filter((part) => part !== '').join('; ');
    return step('later', node?.name ?? said(name ?? key.slice(0, 16)), says || 'on the way');
  });
}

/** @param {MessageAnswer} message @param {Way[]} way @param {Picture} picture */
function handedOn(message, way, picture) {
  const to = said(message.server);
  const at = way.findIndex(({ key, name }) => name === message.server || key.startsWith(message.server ?? ' '));
  const rest = at < 0 ? [] : ahead(way, picture).slice(at + 1);
  return [here('done', picture, 'has handed it on'), { ...step('now', to, `${capital(said(message.says))}. Handed over${since(message)}; says this server, to which the other has confirmed it.`), mark: 'last known here' }, ...rest];
}

/** @param {MessageAnswer} message */
function ended(message) {
  const isDone = message.state === 'delivered' || message.state === 'passed on';
  return step(isDone ? 'done' : 'ended', said(message.server) || 'A server', `${capital(said(message.says))}. Says the server where it ended, by its receipt.`);
}

/** @param {MessageAnswer} message */
function recipient(message) {
  const name = numberWords(message.to);
  if (message.state === 'delivered') return step('done', name, message.says.startsWith('read') ? 'has read it' : 'has it');
  if (message.state === 'passed on') return step('later', name, 'a classic server has it, which tells no more');
  if (message.state === 'handed out') return step('later', name, 'the device has been handed it and has not answered yet');
  if (message.state === 'in mailbox') return step('later', name, 'no device has fetched it: it is off, out of reach, or attached elsewhere');
  if (message.state === 'unclaimed') return step('later', name, 'no server has this number');
  if (isEnded(message)) return step('later', name, 'does not get it');
  if (message.state === 'handed on') return { ...step('later', name, `may have it: ${said(message.server) || 'that server'} knows more`), mark: 'not known here' };
  return step('later', name, 'has not got it yet');
}

/** Where texts to a number go. @param {TraceAnswer} answer @param {Picture} picture @returns {JourneyStep[]} */
export function journeyTo({ number, way, waiting, oldest_s, says }, picture) {
  if (number === null) return [];
  const queue = waiting === 0 ? 'nothing waits here for it' : `${counted(waiting, 'message')} for it here${oldest_s === null ? '' : `, the oldest for ${age(oldest_s)}`}`;
  const isStuck = waiting > 0;
  const steps = [here(isStuck ? 'now' : 'done', picture, queue), ...ahead(way, picture)];
  const isKnown = number.here || number.home !== null;
  const far = isKnown && way.length === 0 && !number.here ? [step('later', said(number.home), 'there is no way there now')] : [];
  return [...steps, ...far, step('later', numberWords(number.number), said(says))];
}
