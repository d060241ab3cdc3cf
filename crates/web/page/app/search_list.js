/** What a search has found, below the line where it is typed. */

import { fill, h, keep } from './dom.js';
import { look } from './group_words.js';
import { Index, fold, has, wordsOfSearch } from './search.js';
import { brief, line, spaced } from './shown.js';
import { called } from './words.js';

const TEXTS_SHOWN = 50;
const NAMES_SHOWN = 20;
/** Characters before what was found. */
const BEFORE = 24;
const CUT = 120;

/** @typedef {{ number: string, name: string, isGroup: boolean }} Named */
/** @typedef {{ text: import('./profile.js').Text, name: string, shown: string, head: string | null }} Found */

export class SearchList {
  /** @param {import('./page.js').Page} page */
  constructor(page) {
    this.page = page;
    this.index = new Index(page.profile.db);
    this.words = /** @type {string[]} */ ([]);
    this.isDrawing = false;
    this.isStale = false;
    /** Whether not all had been read when it was drawn. */
    this.isPartly = false;
    this.said = h('p', { class: 'quiet', role: 'status' });
    this.names = h('ul', {});
    this.texts = h('ul', {});
    this.element = h('section', { 'aria-label': 'Found' }, this.said, this.names, this.texts);
  }

  /** @param {string} typed */
  async show(typed) {
    this.words = wordsOfSearch(typed);
    const looked = this.index.look(() => this.draw());
    this.draw();
    await looked;
    if (this.isPartly) await this.draw();
  }

  /** While it draws, another time is remembered and not done at once. */
  async draw() {
    this.isStale = true;
    if (this.isDrawing) return;
    this.isDrawing = true;
    try {
      while (this.isStale) {
        this.isStale = false;
        await this.drawNow();
      }
    } finally {
      this.isDrawing = false;
    }
  }

  async drawNow() {
    const { words } = this;
    this.isPartly = this.index.isPartly;
    const reading = this.isPartly ? ' so far' : '';
    const { count, found } = this.index.find(words, TEXTS_SHOWN);
    const { contacts, groups, texts: read } = await this.page.profile.found(found);
    const named = new Map(contacts.map((contact) => [contact.number, called(contact, groups.get(contact.number))]));
    const nameOf = (/** @type {string} */ number) => named.get(number) ?? spaced(number);
    const names = [...named].filter(([number, name]) => has(fold(`${name} ${number}`), words));
    if (words.length === 0) return;
    const texts = read.map((text) => {
      const { head, body } = look(text, groups.get(text.peer) ?? null);
      return { text, name: nameOf(text.peer), shown: line(body), head };
    });
    const more = count > texts.length ? `, the newest ${texts.length}` : '';
    this.said.textContent = `${names.length} ${names.length === 1 ? 'name' : 'names'}, ${count} ${count === 1 ? 'text' : 'texts'}${reading}${more}`;
    keep(this.names, names.slice(0, NAMES_SHOWN), ([number]) => number, ([, name]) => name, (one) => this.name(one));
    keep(this.texts, texts, ({ text }) => String(text.id), (one) => JSON.stringify([one.name, one.head, one.shown, words]), (one) => this.text(one));
  }

  /** @param {[string, string]} one */
  name([number, name]) {
    const digits = name === spaced(number) ? null : h('span', { class: 'cut' }, spaced(number));
    return h('li', {}, h('a', { href: `#${number}` }, h('strong', {}, name), ' ', digits));
  }

  /** @param {Found} one */
  text({ text, name, shown, head }) {
    const who = text.direction === 'out' ? `to ${name}` : head === null ? name : `${name}, ${head}`;
    const first = h('span', { class: 'row' }, h('span', { class: 'cut name' }, h('strong', {}, who)), h('time', {}, brief(text.at)));
    const body = h('span', { class: 'snippet', dir: 'auto' });
    fill(body, ...marked(shown, this.words));
    return h('li', {}, h('a', { href: `#${text.peer}/${text.id}` }, first, body));
  }
}

/**
 * The part of a text that shows what was found in it, with that marked.
 * @param {string} text
 * @param {string[]} words
 */
export function marked(text, words) {
  const plain = text.toLowerCase();
  // Where accents were left out, places differ: it is shown from its beginning.
  const places = plain.length === text.length ? words.map((word) => plain.indexOf(word)).filter((at) => at >= 0) : [];
  const from = Math.max(Math.min(...places, text.length) - BEFORE, 0);
  const begin = places.length === 0 ? 0 : from;
  const cut = text.slice(begin, begin + CUT);
  /** @type {import('./dom.js').Child[]} */
  const children = [begin > 0 && '…'];
  const lower = cut.toLowerCase();
  let at = 0;
  while (at < cut.length && lower.length === cut.length) {
    const next = words.map((word) => ({ at: lower.indexOf(word, at), length: word.length })).filter((one) => one.at >= 0);
    if (next.length === 0) break;
    const first = next.reduce((one, other) => (other.at < one.at || (other.at === one.at && other.length > one.length) ? other : one));
    children.push(cut.slice(at, first.at), h('mark', {}, cut.slice(first.at, first.at + first.length)));
    at = first.at + first.length;
  }
  children.push(cut.slice(at), begin + CUT < text.length && '…');
  return children;
}
