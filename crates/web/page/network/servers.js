/** The servers as a table: all that the map shows, in words. */

import { fill, h, keep } from '../app/dom.js';
import { sorted, summary } from './model.js';
import { sign } from './svg.js';
import { age, count, counted, duration, nodeState } from './words.js';

/** @param {string} id */
export function serverHref(id) {
  return `#server=${encodeURIComponent(id)}`;
}

export class Servers {
  name = 'servers';
  label = 'Servers';

  constructor() {
    this.title = h('h1', { tabindex: -1 }, 'Servers');
    this.facts = h('dl', { class: 'facts' });
    this.filter = h('input', { id: 'filter', type: 'search', autocomplete: 'off', spellcheck: 'false', oninput: () => this.redraw() });
    this.rows = h('tbody', {});
    this.none = h('p', { class: 'quiet', role: 'status' });
    const head = h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Server'), h('th', { scope: 'col', class: 'figure' }, 'Waiting'), h('th', { scope: 'col', class: 'figure' }, 'Oldest')));
    const table = h('table', {}, h('caption', { class: 'hidden' }, 'Servers of the network, those in trouble first'), head, this.rows);
    this.element = h('section', { 'aria-label': 'Servers' }, this.title, this.facts, h('label', { for: 'filter' }, 'Find a server'), this.filter, table, this.none);
    /** @type {import('./model.js').Picture | null} */
    this.picture = null;
  }

  enter() {}
  leave() {}

  redraw() {
    if (this.picture !== null) this.draw(this.picture);
  }

  /** @param {import('./model.js').Picture} picture */
  draw(picture) {
    this.picture = picture;
    drawFacts(this.facts, summary(picture));
    const wanted = this.filter.value.trim().toLowerCase();
    const found = sorted(picture.nodes.values()).filter(({ name, id }) => name.toLowerCase().includes(wanted) || id.startsWith(wanted));
    keep(this.rows, found, ({ id }) => id, (node) => rowWords(node).join('|') + node.state, row);
    const { leftOut } = picture.network;
    const others = leftOut > 0 ? `${counted(leftOut, 'more server')} are in the network: too many to be shown.` : '';
    const none = found.length > 0 ? others : `No server is called so. ${others}`;
    if (this.none.textContent !== none) this.none.textContent = none;
  }
}

/** @param {import('./model.js').Node} node */
function rowWords(node) {
  const cost = node.here || node.says !== null || node.cost === null ? '' : `cost ${count(node.cost)}`;
  const links = node.links.length > 0 ? counted(node.links.length, 'link') : '';
  const about = [nodeState(node), cost, links].filter((part) => part !== '').join(' · ');
  return [node.name, about, count(node.waiting), node.waiting === 0 || node.oldest_s === null ? '–' : age(node.oldest_s)];
}

/** @param {import('./model.js').Node} node */
function row(node) {
  const [name, about, waiting, oldest] = rowWords(node);
  const link = h('a', { href: serverHref(node.id) }, h('bdi', {}, name));
  return h('tr', {}, h('th', { scope: 'row' }, sign(node.state), h('div', {}, link, h('div', { class: 'quiet' }, about))), h('td', { class: 'figure' }, waiting), h('td', { class: 'figure' }, oldest));
}

/** @param {HTMLElement} facts @param {ReturnType<typeof summary>} sum */
function drawFacts(facts, { servers, states, waiting, oldest_s, perMinute, links, linksUp, up_s, isWorld }) {
  const troubled = [states.down && `${count(states.down)} ${isWorld ? 'not running' : 'without a way'}`, states.full && `${count(states.full)} full`, states.slow && `${count(states.slow)} slow`].filter(Boolean).join(', ');
  const shown = [
    ['Servers', `${count(servers)}${troubled ? `: ${troubled}` : ', all up'}`],
    [isWorld ? 'Waiting' : 'Waiting here', waiting === 0 ? 'nothing' : `${count(waiting)}${oldest_s === null ? '' : `, the oldest ${age(oldest_s)}`}`],
    [isWorld ? 'Links up' : 'Own links up', `${count(linksUp)} of ${count(links)}`],
    ['Over links', `${counted(perMinute, 'text')} in the last minute`],
    [isWorld ? 'The world' : 'This server', `${isWorld ? 'runs' : 'up'} for ${duration(up_s < 600 ? Math.floor(up_s / 10) * 10 : up_s)}`],
  ];
  const stamp = shown.join('|');
  if (facts.dataset.stamp === stamp) return;
  facts.dataset.stamp = stamp;
  fill(facts, ...shown.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
}
