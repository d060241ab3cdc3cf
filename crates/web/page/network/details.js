/** A server: what it is, the way there, what waits for it and why. */

import { fill, h } from '../app/dom.js';
import { fingerprint, line } from '../app/shown.js';
import { edgeId } from './model.js';
import { linkFacts } from './links.js';
import { serverHref } from './servers.js';
import { sign } from './svg.js';
import { capital, count, counted, edgeState, nodeState, waitingWords } from './words.js';

const COPIED_MS = 2_000;

/** @typedef {import('./model.js').Node} Node */
/** @typedef {import('./model.js').Picture} Picture */

export class Details {
  name = 'server';
  label = null;

  constructor() {
    this.id = '';
    this.title = h('h1', { tabindex: -1 });
    this.state = h('p', { class: 'state' });
    this.key = h('div', {});
    this.waits = h('div', {});
    this.way = h('div', {});
    this.link = h('div', {});
    this.links = h('div', {});
    const back = h('a', { href: '#servers', class: 'close' }, 'All servers');
    this.element = h('section', { 'aria-label': 'Server' }, back, this.title, this.state, this.key, this.waits, this.way, this.link, this.links);
  }

  /** @param {string} id */
  enter(id) {
    this.id = id;
    this.shown = '';
  }

  leave() {}

  /** What was drawn of the parts, so that nothing is drawn twice. @type {Map<HTMLElement, string>} */
  stamps = new Map();

  /** @param {Picture} picture */
  draw(picture) {
    const node = picture.nodes.get(this.id);
    if (node === undefined) return this.drawGone();
    if (this.title.textContent !== node.name) fill(this.title, h('bdi', {}, node.name));
    const state = nodeState(node);
    this.part(this.state, `${node.state}${state}`, () => [sign(node.state), state]);
    this.part(this.key, node.key ?? '-', () => keyPart(node.key));
    this.part(this.waits, waitingWords(node) + node.because, () => waitsPart(node));
    this.part(this.way, wayStamp(node, picture), () => wayPart(node, picture));
    const facts = node.link === null ? [] : linkFacts(node.link, picture);
    this.part(this.link, facts.join('|'), () => (facts.length === 0 ? [] : [h('h2', {}, 'Own link with it'), h('dl', {}, ...facts.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]))]));
    const others = othersOf(node, picture);
    this.part(this.links, others.map((other) => Object.values(other).join()).join('|'), () => linksPart(others));
  }

  drawGone() {
    fill(this.title, 'No such server');
    this.part(this.state, 'gone', () => ['The network does not have this server, or no longer.']);
    for (const part of [this.key, this.waits, this.way, this.link, this.links]) this.part(part, 'gone', () => []);
  }

  /** @param {HTMLElement} element @param {string} stamp @param {() => import('../app/dom.js').Child[]} make */
  part(element, stamp, make) {
    if (this.stamps.get(element) === stamp) return;
    this.stamps.set(element, stamp);
    const links = [...element.querySelectorAll('a, button')];
    const focused = links.indexOf(/** @type {Element} */ (document.activeElement));
    fill(element, ...make());
    const again = focused >= 0 && element.querySelectorAll('a, button')[focused];
    if (again instanceof HTMLElement) again.focus();
  }
}

/** @param {string | null} key @returns {import('../app/dom.js').Child[]} */
function keyPart(key) {
  if (key === null) return [h('p', { class: 'quiet' }, 'Its key is not known: nothing has come from there yet.')];
  const said = h('span', { role: 'status', class: 'quiet' });
  const copy = h('button', { onclick: () => copied(key).then((words) => { said.textContent = words; setTimeout(() => { said.textContent = ''; }, COPIED_MS); }) }, 'Copy the key');
  return [h('div', { class: 'row key-row' }, h('span', { class: 'key', title: line(key) }, `${fingerprint(line(key).slice(0, 16))} …`), said, copy)];
}

/** Over plain HTTP pages may not write to the clipboard but by a selection. @param {string} key */
async function copied(key) {
  const field = h('textarea', { class: 'hidden', readonly: true, 'aria-hidden': 'true', tabindex: -1 }, key);
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(key);
    else {
      const before = /** @type {HTMLElement | null} */ (document.activeElement);
      document.body.append(field);
      field.select();
      const isDone = document.execCommand('copy');
      before?.focus();
      if (!isDone) throw new Error();
    }
    return 'Copied';
  } catch {
    return 'This browser does not let it be copied';
  } finally {
    field.remove();
  }
}

/** @param {Node} node @returns {import('../app/dom.js').Child[]} */
function waitsPart(node) {
  const because = node.because !== null && node.waiting > 0 ? `${line(node.because).slice(0, 300)}.` : '';
  return [h('h2', {}, node.says !== null ? 'Waiting there' : node.here ? 'Waiting here' : 'Waiting here for it'), h('p', {}, `${capital(waitingWords(node))}. `, because && capital(because))];
}

/** @param {Node} node @param {Picture} picture */
function wayStamp(node, { nodes }) {
  return [node.here, node.cost, ...node.way.map((key) => nodes.get(key)?.name ?? key)].join('|');
}

/** @param {Node} node @param {Picture} picture @returns {import('../app/dom.js').Child[]} */
function wayPart(node, { nodes, network }) {
  if (node.here || node.says !== null) return [];
  const head = h('h2', {}, 'The way there');
  if (node.cost === null || node.way.length === 0) return [head, h('p', {}, 'There is no way there now. What is for it waits here until there is one.')];
  const steps = [network.here, ...node.way].map((key) => h('li', {}, serverLink(nodes.get(key), key)));
  return [head, h('ol', { class: 'steps' }, ...steps), h('p', { class: 'quiet' }, `${counted(node.way.length, 'link')}, cost ${count(node.cost)}`)];
}

/** @param {Node | undefined} node @param {string} key */
export function serverLink(node, key) {
  return node ? h('a', { href: serverHref(node.id) }, h('bdi', {}, node.name)) : h('span', { class: 'key' }, line(key).slice(0, 16));
}

/** @typedef {{ id: string, name: string, words: string, perMinute: number }} Other */

/** @param {Node} node @param {Picture} picture @returns {Other[]} */
function othersOf(node, { edges, nodes }) {
  const ends = new Set(node.links);
  for (const { a, b } of edges.values()) if (a === node.id || b === node.id) ends.add(a === node.id ? b : a);
  const other = (/** @type {string} */ id) => {
    const edge = edges.get(edgeId(node.id, id));
    return { id, name: nodes.get(id)?.name ?? id.slice(0, 16), words: edge ? edgeState(edge) : 'to a server that is not known', perMinute: edge?.perMinute ?? 0 };
  };
  return [...ends].map(other).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @param {Other[]} others @returns {import('../app/dom.js').Child[]} */
function linksPart(others) {
  if (others.length === 0) return [h('h2', {}, 'Its links'), h('p', { class: 'quiet' }, 'It is not known to have any.')];
  const item = (/** @type {Other} */ { id, name, words, perMinute }) => h('li', {}, h('a', { href: serverHref(id) }, h('bdi', {}, line(name))), h('div', { class: 'quiet' }, `${words}${perMinute > 0 ? ` · ${counted(perMinute, 'text')} in the last minute` : ''}`));
  return [h('h2', {}, `Its links (${count(others.length)})`), h('ul', { class: 'plain' }, ...others.map((other) => item(other)))];
}
