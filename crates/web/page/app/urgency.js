/** How urgent a text is: the more urgent leaves first, at each server as well. */

import { PRECEDENCES } from '../protocol/message.js';
import { h } from './dom.js';

/** @param {string} id */
export function urgencySelect(id) {
  return h('select', { id }, ...PRECEDENCES.map((name, code) => h('option', { value: code }, name)));
}

/** None for what is routine. @param {{ precedence: number }} text */
export function urgencyTag({ precedence }) {
  return precedence > 0 && h('span', { class: `tag urgent u${precedence}` }, PRECEDENCES[precedence].toUpperCase());
}
