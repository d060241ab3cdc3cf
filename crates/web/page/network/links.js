/** The links: this server's own with their figures, those of others as they say them. */

import { line } from '../app/shown.js';
import { h, keep } from '../app/dom.js';
import { compare, isWorld, linkState } from './model.js';
import { serverHref } from './servers.js';
import { sign } from './svg.js';
import { bytes, count, counted, duration, edgeState, linkWords, share } from './words.js';

const OTHERS_MAX = 1_000;

/** @typedef {import('./model.js').Picture} Picture */
/** @typedef {import('./feed.js').OwnLink} OwnLink */
/** @typedef {{ id: string, server: string, name: string, state: import('./model.js').State, about: string, path: string, waiting: string, toCome: string }} Row */

export class Links {
  name = 'links';
  label = 'Links';

  constructor() {
    this.title = h('h1', { tabindex: -1 }, 'Links');
    this.about = h('p', { class: 'quiet' }, 'This server measures its own links. Of links between others it knows what those say.');
    this.own = h('tbody', {});
    this.others = h('tbody', {});
    this.more = h('p', { class: 'quiet' });
    this.folded = h('summary', {}, 'Links between other servers');
    this.details = h('details', { ontoggle: () => this.picture && this.drawOthers(this.picture) }, this.folded, table('Links between other servers', ['From', 'To', 'Texts in the last minute'], this.others), this.more);
    this.element = h(
      'section',
      { 'aria-label': 'Links' },
      this.title,
      this.about,
      table('Links of this server', ['Link to', 'Path', 'Waiting'], this.own),
      this.details,
    );
    /** @type {Picture | null} */
    this.picture = null;
  }

  enter() {}
  leave() {}

  /** @param {Picture} picture */
  draw(picture) {
    this.picture = picture;
    this.about.hidden = isWorld(picture.network);
    this.details.hidden = isWorld(picture.network);
    const rows = picture.network.links.map((link) => rowOf(link, picture)).sort((a, b) => order(a) - order(b) || compare(a.name, b.name));
    keep(this.own, rows, ({ id }) => id, (row) => Object.values(row).join('|'), rowElement);
    this.drawOthers(picture);
  }

  /** Only where they are looked at. @param {Picture} picture */
  drawOthers({ edges, nodes }) {
    const others = [...edges.values()].filter(({ isOwn }) => !isOwn);
    const folded = `Links between other servers (${count(others.length)})`;
    if (this.folded.textContent !== folded) this.folded.textContent = folded;
    if (!this.details.open) return;
    const named = others.map((edge) => ({ ...edge, from: nodes.get(edge.a), to: nodes.get(edge.b) })).sort((a, b) => b.perMinute - a.perMinute || compare(a.from?.name ?? '', b.from?.name ?? '') || compare(a.id, b.id));
    const cell = (/** @type {import('./model.js').Node | undefined} */ node) => (node ? h('a', { href: serverHref(node.id) }, h('bdi', {}, node.name)) : '');
    keep(
      this.others,
      named.slice(0, OTHERS_MAX),
      ({ id }) => id,
      (edge) => [edge.from?.name, edge.to?.name, edge.perMinute, edge.isDoubted].join('|'),
      (edge) => h('tr', {}, h('td', {}, cell(edge.from)), h('td', {}, cell(edge.to), edge.isDoubted && h('div', { class: 'quiet' }, edgeState(edge))), h('td', { class: 'figure' }, count(edge.perMinute))),
    );
    this.more.textContent = named.length > OTHERS_MAX ? `And ${count(named.length - OTHERS_MAX)} more, which carried the fewest texts.` : '';
  }
}

/** @param {string} caption @param {string[]} heads @param {HTMLElement} rows */
function table(caption, heads, rows) {
  return h('table', {}, h('caption', { class: 'hidden' }, caption), h('thead', {}, h('tr', {}, ...heads.map((head, at) => h('th', { scope: 'col', class: at === 2 ? 'figure' : null }, head)))), rows);
}

/** @param {Row} row */
function order({ state }) {
  return ['down', 'full', 'slow', 'up'].indexOf(state);
}

/** All that is measured on a link, as pairs for people. @param {OwnLink} link @param {Picture} picture @returns {[string, string][]} */
export function linkFacts(link, picture) {
  const { id } = link;
  const rate = picture.rates.get(id);
  const edge = [...picture.edges.values()].find((one) => one.link === link);
  const each = (/** @type {number | null | undefined} */ value) => (value === null || value === undefined ? '–' : `${bytes(value)} a second`);
  /** @type {[string, string | null][]} */
  const facts = [
    ['state', linkWords(link.state)],
    ['address', link.address === null ? null : line(link.address)],
    ['settings', link.configured ? 'names it' : 'do not name it'],
    ['up for', link.up_s === null ? null : duration(coarse(link.up_s))],
    ['cost', count(link.cost)],
    ['round trip', link.rtt_s === null ? null : duration(link.rtt_s)],
    ['lost', link.loss === null ? null : share(link.loss)],
    ['may send', link.bytes_per_s === null ? null : `${bytes(link.bytes_per_s)} a second`],
    ['sends', link.bytes_out === null ? null : each(rate?.bytes_out)],
    ['receives', link.bytes_in === null ? null : each(rate?.bytes_in)],
    ['waiting', link.waiting === null ? null : `${counted(link.waiting, 'item')} until the other end has them on disk`],
    ['awaited', link.awaited === null ? null : `${counted(link.awaited, 'item')} of the other end`],
    ['texts', edge === undefined ? null : `${count(edge.perMinute)} in the last minute`],
  ];
  return /** @type {[string, string][]} */ (facts.filter(([, value]) => value !== null));
}

/** @param {number} seconds */
function coarse(seconds) {
  return seconds < 60 ? Math.floor(seconds / 10) * 10 : seconds;
}

/** @param {OwnLink} link @param {Picture} picture @returns {Row} */
function rowOf(link, picture) {
  const { id } = link;
  const rate = picture.rates.get(id);
  const far = picture.nodes.get(id) ?? picture.nodes.get(link.to ?? '');
  const name = link.from === null ? (far?.name ?? '') : line(link.name ?? '');
  const flow = rate && rate.bytes_out !== null && rate.bytes_in !== null ? `${bytes(rate.bytes_out)} out, ${bytes(rate.bytes_in)} in a second` : '';
  const about = [linkWords(link.state), link.configured ? '' : 'not in the settings', flow].filter((part) => part !== '').join(' · ');
  const path = [link.rtt_s === null ? '' : duration(link.rtt_s), link.loss === null || link.state !== 'up' ? '' : `${share(link.loss)} lost`].filter((part) => part !== '').join(', ');
  const waiting = link.waiting === null ? '–' : count(link.waiting);
  const toCome = link.awaited ? `${count(link.awaited)} to come` : '';
  return { id, server: far?.id ?? id, name, state: linkState(link), about, path: path || '–', waiting, toCome };
}

/** @param {Row} row */
function rowElement({ server, name, state, about, path, waiting, toCome }) {
  const link = h('a', { href: serverHref(server) }, h('bdi', {}, name));
  return h('tr', {}, h('th', { scope: 'row' }, sign(state), h('div', {}, link, h('div', { class: 'quiet' }, about))), h('td', {}, path), h('td', { class: 'figure' }, waiting, toCome !== '' && h('div', { class: 'quiet' }, toCome)));
}
