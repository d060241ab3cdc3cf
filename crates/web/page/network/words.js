/** What the network page says to people. */

import { line } from '../app/shown.js';
import { FULL_OLDEST_S, FULL_WAITING, SLOW_LOSS, SLOW_RTT_S } from './model.js';

/** @typedef {import('./model.js').Node} Node */
/** @typedef {import('./model.js').Edge} Edge */

const COUNT = new Intl.NumberFormat('en');
const SHARE = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });

/** @param {number} value */
export function count(value) {
  return COUNT.format(Math.round(value));
}

/** @param {number} value @param {string} one @param {string} [many] */
export function counted(value, one, many = `${one}s`) {
  return `${count(value)} ${Math.round(value) === 1 ? one : many}`;
}

/** @param {string} words */
export function capital(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** @param {number} value 0 to 1 */
export function share(value) {
  return SHARE.format(value);
}

/** How long, in its two largest units at the most. @param {number} seconds */
export function duration(seconds) {
  if (seconds < 1) return `${Math.max(Math.round(seconds * 1000), 0)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const units = /** @type {const} */ ([['d', 86_400], ['h', 3_600], ['min', 60], ['s', 1]]);
  const at = units.findIndex(([, size]) => seconds >= size);
  const [[large, size], next] = [units[at], units[at + 1]];
  const rest = Math.floor((seconds % size) / (next?.[1] ?? 1));
  const first = `${Math.floor(seconds / size)} ${large}`;
  return next === undefined || rest === 0 || seconds >= 10 * size ? first : `${first} ${rest} ${next[0]}`;
}

/** A moment, as a clock shows it. @param {number} seconds */
export function clock(seconds) {
  const [hours, minutes, rest] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(Math.floor);
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(rest)}`;
}

/** Of ages that change each second: less exact, so that not all is drawn anew each second. @param {number} seconds */
export function age(seconds) {
  return seconds < 1 ? 'under 1 s' : seconds < 10 ? `${Math.floor(seconds)} s` : duration(seconds);
}

/** @param {number} value */
export function bytes(value) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(value, 1)) / 3), 0), units.length - 1);
  const scaled = value / 1000 ** power;
  return `${power > 0 && scaled < 10 ? scaled.toFixed(1) : Math.round(scaled)} ${units[power]}`;
}

/** The states, as the legend says them. @type {[import('./model.js').State, string, string][]} */
export const STATES = [
  ['up', 'up', 'there is a way, and nothing is late'],
  ['slow', 'slow', `the round trip takes over ${SLOW_RTT_S} s, or over ${share(SLOW_LOSS)} is lost`],
  ['full', 'full', `over ${count(FULL_WAITING)} wait, or the oldest for over ${FULL_OLDEST_S} s`],
  ['down', 'no way', 'there is no way there, or the link is down'],
];

/** @param {Node} node */
export function nodeState(node) {
  if (node.says) return line(node.says).slice(0, 200);
  if (node.here) return node.state === 'up' ? 'this server' : `this server, ${node.state}`;
  if (node.state === 'down') return node.link === null || node.link.state === 'up' ? 'no way there' : `no way there, link ${linkWords(node.link.state)}`;
  return node.state;
}

/** @param {string} state of a link: `up`, `down`, or why it was refused */
export function linkWords(state) {
  return line(state).slice(0, 200);
}

/** @param {Edge} edge */
export function edgeState(edge) {
  if (edge.link === null) return edge.isDoubted ? 'said by one end only' : 'said by both ends';
  return edge.state === 'down' ? linkWords(edge.link.state) : edge.state;
}

/** @param {Node} node */
export function waitingWords(node) {
  if (node.waiting === 0) return 'nothing waits';
  const oldest = node.oldest_s === null ? '' : `, the oldest for ${age(node.oldest_s)}`;
  return `${counted(node.waiting, 'message')} ${node.waiting === 1 ? 'waits' : 'wait'}${oldest}`;
}

/** All that the map shows of a server. @param {Node} node */
export function nodeWords(node) {
  return `${node.name}: ${nodeState(node)}, ${waitingWords(node)}`;
}

/** @param {import('./stream.js').State} state @param {number} left_s until the next attempt */
export function streamWords(state, left_s) {
  switch (state.kind) {
    case 'live':
      return 'live';
    case 'cut':
      return `cut: ${state.why}; what is shown is from before. Tried again in ${Math.max(Math.ceil(left_s), 1)} s`;
    case 'refused':
      return state.why;
    default:
      return 'asking the server';
  }
}
