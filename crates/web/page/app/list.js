/** The conversations, those of strangers apart. */

import { h, keep } from './dom.js';
import { brieflyOf, isAsked } from './group_words.js';
import { brief, line } from './shown.js';
import { newText } from './sheets.js';
import { stateWords, trustWords } from './states.js';
import { urgencyTag } from './urgency.js';
import { called } from './words.js';

/** @typedef {import('./profile.js').Conversation} Conversation */

const SECTIONS = /** @type {const} */ ([
  ['accepted', ''],
  ['new', 'From strangers'],
  ['blocked', 'Blocked'],
]);

export class Conversations {
  /** @param {import('./page.js').Page} page */
  constructor(page) {
    this.page = page;
    this.sections = SECTIONS.map(([standing, title]) => {
      const list = h('ul', {});
      const heading = title ? h('h2', {}, title) : null;
      const box = standing === 'blocked' ? h('details', {}, h('summary', {}, title), list) : h('section', {}, heading, list);
      return { standing, list, box };
    });
    this.empty = h('p', { class: 'quiet' }, 'No texts yet');
    this.query = h('input', { type: 'search', class: 'search', placeholder: 'Search', 'aria-label': 'Search texts and names on this device', autocomplete: 'off' });
    this.query.addEventListener('input', () => this.search().catch((error) => page.notice(`The search has not come: ${line(String(error.message))}`)));
    /** @type {import('./search_list.js').SearchList | null} */
    this.found = null;
    this.rest = h('div', {}, this.empty, ...this.sections.map(({ box }) => box));
    const create = h('button', { class: 'main', onclick: () => newText(page) }, 'New text');
    const head = h('div', { class: 'row head' }, h('h1', {}, 'Texts'), create);
    this.element = h('nav', { 'aria-label': 'Conversations' }, head, h('div', { class: 'query' }, this.query), this.rest);
  }

  /** Shows what is found instead of all, as long as something is typed. */
  async search() {
    const isSearch = this.query.value.trim() !== '';
    if (isSearch && this.found === null) {
      const { SearchList } = await import('./search_list.js');
      if (this.found === null) {
        this.found = new SearchList(this.page);
        this.element.append(this.found.element);
      }
    }
    const wanted = this.query.value.trim() !== '';
    this.rest.hidden = wanted;
    if (this.found === null) return;
    this.found.element.hidden = !wanted;
    if (wanted) await this.found.show(this.query.value);
  }

  async draw() {
    const all = await this.page.profile.conversations();
    for (const { standing, list, box } of this.sections) {
      const some = all.filter(({ contact }) => contact.standing === standing);
      box.hidden = some.length === 0;
      keep(list, some, ({ contact }) => contact.number, (one) => this.stamp(one), (one) => this.item(one));
    }
    this.empty.hidden = all.length > 0;
    if (this.rest.hidden) await this.search();
    const unread = all.filter(({ contact }) => contact.standing !== 'blocked').reduce((sum, one) => sum + one.unread, 0);
    document.title = unread > 0 ? `(${unread}) postrider` : 'postrider';
  }

  /** @param {Conversation} conversation */
  stamp({ contact, group, last, unread }) {
    return [called(contact, group), this.below(last, group), brief(last.at), unread, this.isOpen(contact.number), group !== null, isAsked(group)].join('\u0000');
  }

  /** @param {string} number */
  isOpen(number) {
    return location.hash.split('/')[0] === `#${number}`;
  }

  /** @param {import('./profile.js').Text} last @param {import('./groups.js').Group | null} group */
  below(last, group) {
    const text = brieflyOf(last, group);
    if (last.direction === 'in') return trustWords(last.known.state) === 'not opened yet' ? 'not opened yet' : text;
    return `${stateWords(last.known, (id) => this.page.named(id))} · ${text}`;
  }

  /** @param {Conversation} conversation */
  item({ contact, group, last, unread }) {
    const urgency = unread > 0 && urgencyTag(last);
    const count = unread > 0 && h('span', { class: 'count' }, String(unread), h('span', { class: 'hidden' }, ' unread'));
    const tag = group && h('span', { class: isAsked(group) ? 'tag asks' : 'tag' }, isAsked(group) ? 'roll call' : 'group');
    const first = h('span', { class: 'row' }, h('span', { class: 'cut name' }, h('strong', {}, called(contact, group)), tag), h('time', {}, brief(last.at)));
    const second = h('span', { class: 'row' }, h('span', { class: 'cut', dir: 'auto' }, this.below(last, group)), urgency, count);
    const isOpen = this.isOpen(contact.number);
    return h('li', {}, h('a', { href: `#${contact.number}`, 'aria-current': isOpen ? 'page' : null, class: unread > 0 ? 'unread' : '' }, first, second));
  }
}
