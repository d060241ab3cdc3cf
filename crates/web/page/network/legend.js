/** What the shapes and lines of the map mean. */

import { h } from '../app/dom.js';
import { s, sign } from './svg.js';
import { STATES } from './words.js';

export function legend() {
  const states = STATES.map(([state, name, meaning]) => h('li', { title: meaning }, sign(state), name));
  const own = h('li', { title: 'the server that you are asking' }, s('svg', { viewBox: '0 0 20 20', class: 'sign is-up', 'aria-hidden': 'true' }, s('circle', { cx: 10, cy: 10, r: 5.5 }), s('circle', { cx: 10, cy: 10, r: 8.8, class: 'around' })), 'this server');
  const told = h('li', { title: 'a link between others, as those say; dotted where one end alone says so' }, s('svg', { viewBox: '0 0 20 20', class: 'sign is-told', 'aria-hidden': 'true' }, s('path', { d: 'M1 10h18' })), 'link of others');
  return h('ul', { class: 'legend', 'aria-label': 'Signs of the map' }, ...states, own, told);
}
