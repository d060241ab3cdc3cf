/** The texts with one number, and the line to type. */

import { fill, h, keep } from './dom.js';
import { isOver, look } from './group_words.js';
import { TEXT_CHARACTERS_MAX } from './outgoing.js';
import { day, line, shown, spaced, time } from './shown.js';
import { urgencySelect, urgencyTag } from './urgency.js';
import { aboutContact, aboutKey, aboutText } from './sheets.js';
import { stateWords, trustWords } from './states.js';
import { called, countWords } from './words.js';
import { wordsOf } from './session.js';

/** @typedef {import('./profile.js').Text} Text */

const PAGE = 60;
/** Messages after one that was looked for. */
const AFTER = 30;
/** What was typed and not sent, by number. @type {Map<string, { text: string, urgency: string }>} */
const drafts = new Map();

export class Thread {
  /** @param {import('./page.js').Page} page @param {string} peer @param {number} [found] a text that is looked for */
  constructor(page, peer, found = NaN) {
    this.page = page;
    this.peer = peer;
    this.found = found;
    /** The last text that is shown; null while that is the newest. @type {number | null | undefined} */
    this.upTo = Number.isNaN(found) ? null : undefined;
    this.limit = PAGE;
    this.title = h('h1', { tabindex: -1 });
    this.number = h('span', { class: 'quiet' });
    this.banner = h('div', { class: 'banners' });
    this.older = h('button', { class: 'older', onclick: () => this.showOlder() }, 'Older texts');
    this.newer = h('button', { class: 'older', hidden: true, onclick: () => this.showNewest() }, 'Newest texts');
    this.list = h('ol', {});
    const log = h('div', { class: 'log', role: 'log', 'aria-label': 'Texts' }, this.list);
    this.scroll = h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Texts so far' }, this.older, log, this.newer);
    this.scroll.addEventListener('scroll', () => {
      this.isAtEnd = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 40;
    });
    this.isAtEnd = Number.isNaN(found);
    this.isLeft = false;
    this.bannerStamp = '';
    const back = h('a', { href: '#', class: 'back', 'aria-label': 'Back to all texts' }, '‹');
    /** @type {import('./groups.js').Group | null} */
    this.group = null;
    this.about = h('button', { onclick: () => this.showAbout() }, 'Contact');
    const head = h('div', { class: 'row head' }, back, h('div', { class: 'who' }, this.title, this.number), this.about);
    this.element = h('section', { class: 'thread', 'aria-label': 'Conversation' }, head, this.banner, this.scroll, this.composer());
  }

  composer() {
    this.input = h('textarea', { id: 'line', rows: 1, 'aria-describedby': 'count', placeholder: 'Text', dir: 'auto' });
    const draft = drafts.get(this.peer);
    this.input.value = draft?.text ?? '';
    this.count = h('span', { id: 'count', class: 'quiet' });
    this.urgency = urgencySelect('urgency');
    this.urgency.value = draft?.urgency ?? '0';
    const urgency = h('span', { class: 'urgency' }, h('label', { for: 'urgency' }, 'Urgency'), this.urgency);
    this.button = h('button', { class: 'main' }, 'Send');
    const label = h('label', { for: 'line', class: 'hidden' }, `Text to ${spaced(this.peer)}`);
    const form = h('form', { class: 'composer' }, label, this.input, this.button, h('div', { class: 'row below' }, this.count, urgency));
    this.input.addEventListener('input', () => this.countTyped());
    this.input.addEventListener('keydown', (event) => {
      const isTouch = matchMedia('(pointer: coarse)').matches;
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || isTouch) return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.send();
    });
    return form;
  }

  showAbout() {
    if (this.group === null) aboutContact(this.page, this.peer);
    else location.hash = `#${this.peer}/group`;
  }

  enter() {
    this.countTyped();
    const isTouch = matchMedia('(pointer: coarse)').matches;
    const found = /** @type {HTMLElement | undefined} */ (Array.from(this.list.children).find((item) => /** @type {HTMLElement} */ (item).dataset.key === String(this.found)));
    if (found) {
      found.scrollIntoView({ block: 'center' });
      found.querySelector('button')?.focus({ preventScroll: true });
      return;
    }
    if (isTouch) this.title.focus();
    else this.input?.focus();
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  leave() {
    this.isLeft = true;
    drafts.set(this.peer, { text: this.input?.value ?? '', urgency: this.urgency?.value ?? '0' });
  }

  countTyped() {
    const { input, count, button } = this;
    if (!input || !count || !button) return;
    count.textContent = countWords(input.value);
    button.disabled = input.value === '';
    input.rows = Math.min(Math.max(input.value.split('\n').length, Math.ceil(input.value.length / 36)), 5);
    const isLong = Array.from(input.value).length > TEXT_CHARACTERS_MAX;
    count.classList.toggle('wrong', isLong);
    if (isLong) count.textContent = `${count.textContent}: a text has at most ${TEXT_CHARACTERS_MAX} characters`;
  }

  async send() {
    const { input, urgency } = this;
    if (!input || !urgency || input.value === '') return;
    const typed = input.value;
    // What was typed stays where it is if it was not kept.
    const precedence = Number(urgency.value);
    if (!(await this.say(typed.replace(/\p{Surrogate}/gu, '\ufffd'), precedence))) return;
    if (input.value === typed) input.value = '';
    urgency.value = '0';
    drafts.delete(this.peer);
    this.countTyped();
  }

  /** Whether it was kept. @param {string} text @param {number} [precedence] */
  async say(text, precedence = 0) {
    try {
      await this.page.profile.compose({ to: this.peer, text, precedence });
    } catch (error) {
      this.page.notice(`The text was not kept: ${wordsOf(error)}`);
      return false;
    }
    this.upTo = null;
    this.isAtEnd = true;
    this.page.hub.wrote();
    return true;
  }

  async showOlder() {
    const before = this.scroll.scrollHeight;
    this.limit += PAGE;
    await this.page.draw();
    this.scroll.scrollTop += this.scroll.scrollHeight - before;
  }

  async showNewest() {
    this.upTo = null;
    await this.page.draw();
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  async draw() {
    const { profile } = this.page;
    if (this.upTo === undefined) this.upTo = await profile.after(this.peer, this.found, AFTER);
    const { upTo } = this;
    const [contact, texts] = [await profile.contact(this.peer), await profile.thread(this.peer, this.limit, upTo)];
    const group = await profile.group(this.peer);
    const answer = group?.asked?.answer && (await profile.text(this.peer, group.asked.answer.textId));
    if (this.isLeft) return;
    this.group = group;
    this.title.textContent = called(contact, group);
    this.number.textContent = (contact.name ?? group?.name ?? null) === null ? '' : `${group ? 'group ' : ''}${spaced(this.peer)}`;
    this.about.textContent = group ? 'Group' : 'Contact';
    this.drawBanner(contact, texts, answer ? stateWords(answer.known, (id) => this.page.named(id)) : '');
    this.older.hidden = texts.length < this.limit;
    this.newer.hidden = upTo === null;
    const days = texts.map((text, at) => (at === 0 || day(text.at) !== day(texts[at - 1].at) ? day(text.at) : ''));
    const items = texts.map((text, at) => ({ text, day: days[at] }));
    keep(this.list, items, ({ text }) => String(text.id), (item) => this.stamp(item), (item) => this.item(item));
    if (this.isAtEnd) this.scroll.scrollTop = this.scroll.scrollHeight;
    await this.markRead(contact, texts);
  }

  /** What is in view of a person counts as read. @param {import('./db.js').Contact} contact @param {Text[]} texts */
  async markRead(contact, texts) {
    const newest = texts.filter(({ isUnread, known }) => isUnread && known.state !== 'pending').at(-1);
    const isSeen = document.visibilityState === 'visible' && document.hasFocus();
    if (newest === undefined || !isSeen || contact.standing !== 'accepted') return;
    await this.page.profile.markRead(this.peer, newest.id);
    this.page.hub.wrote();
  }

  /** @param {import('./db.js').Contact} contact @param {Text[]} texts @param {string} answer what became of it */
  drawBanner(contact, texts, answer) {
    const isRequest = contact.standing === 'new' && texts.length > 0;
    const group = this.group && [this.group.standing, this.group.asked, isOver(this.group), answer];
    const stamp = `${isRequest} ${contact.standing} ${contact.said?.key} ${JSON.stringify(group)}`;
    if (stamp === this.bannerStamp) return;
    this.bannerStamp = stamp;
    const stand = async (/** @type {import('./db.js').Contact['standing']} */ standing) => {
      await this.page.profile.changeContact(this.peer, { standing });
      this.page.hub.wrote();
    };
    fill(
      this.banner,
      isRequest &&
        h('div', { class: 'notice' }, h('p', {}, 'You have never written to this number. Accept it, block it, or answer.'),
          h('div', { class: 'actions' }, h('button', { class: 'main', onclick: () => stand('accepted') }, 'Accept'), h('button', { onclick: () => stand('blocked') }, 'Block'))),
      contact.standing === 'blocked' &&
        h('div', { class: 'notice' }, h('p', {}, 'This number is blocked: what it sends is kept, and you are not told of it.'),
          h('div', { class: 'actions' }, h('button', { onclick: () => stand('accepted') }, 'Unblock'))),
      contact.said !== null &&
        h('div', { class: 'notice warn' }, h('p', {}, 'This number is said to have another key than the one that you know. Texts to it wait until you decide.'),
          h('div', { class: 'actions' }, h('button', { class: 'main', onclick: () => aboutKey(this.page, this.peer) }, 'Compare the keys'))),
      this.rollCall(answer),
    );
  }

  /** A roll call that this number is asked by, until somebody puts it away. @param {string} state of the answer */
  rollCall(state) {
    const { group } = this;
    const asked = group?.asked;
    if (!group || !asked || asked.isPutAway || isOver(group)) return null;
    const says = (/** @type {string} */ text) => h('button', { class: text === 'OK' ? 'main' : null, onclick: () => this.say(text) }, text);
    const away = h('button', { onclick: () => this.putRollAway(asked.textId) }, 'Put away');
    const { answer } = asked;
    if (answer !== null) {
      return h('div', { class: 'notice roll' }, h('p', {}, `You have answered: ${line(answer.text)} (${state}). What you text before it has ended is another answer.`), h('div', { class: 'actions' }, away));
    }
    return h('div', { class: 'notice roll' }, h('p', {}, h('strong', {}, `Roll call by ${line(asked.who)}`)), h('p', { class: 'asks', dir: 'auto' }, shown(asked.text)),
      h('div', { class: 'actions' }, says('OK'), says('Need help'), h('button', { onclick: () => this.input?.focus() }, 'Other answer'), away));
  }

  /** @param {number} textId */
  async putRollAway(textId) {
    const put = (/** @type {import('./groups.js').Group} */ group) => (group.asked?.textId === textId ? { ...group, asked: { ...group.asked, isPutAway: true } } : group);
    await this.page.profile.changeGroup(this.peer, put);
    this.page.hub.wrote();
  }

  /** @param {{ text: Text, day: string }} item */
  stamp({ text, day: begins }) {
    return [begins, text.text, this.below(text), text.sealed, this.group !== null].join('\u0000');
  }

  /** What stands below a text. @param {Text} text */
  below(text) {
    const words = text.direction === 'out' ? stateWords(text.known, (id) => this.page.named(id)) : trustWords(text.known.state);
    const isClear = !text.sealed && !(text.direction === 'out' && text.isUnsigned);
    const missing = text.partsMissing > 0 ? `${text.partsMissing} of ${text.parts[0].parts} parts missing` : '';
    return [words, isClear ? 'not sealed' : '', missing].filter(Boolean).join(' · ');
  }

  /** @param {{ text: Text, day: string }} item */
  item({ text, day: begins }) {
    const isOut = text.direction === 'out';
    const below = this.below(text);
    const isDoubted = !isOut && trustWords(text.known.state) !== null;
    const isFailed = isOut && (text.known.state === 'refused' || text.known.state === 'expired');
    const about = h('button', { class: 'about', onclick: () => aboutText(this.page, text) },
      h('span', { class: 'hidden' }, isOut ? 'About your text: ' : 'About this text: '), urgencyTag(text), h('time', {}, time(text.at)), below && ` · ${below}`);
    const seen = look(text, this.group);
    const body = text.text === '' && !isOut ? h('p', { class: 'text quiet' }, 'cannot be opened') : h('p', { class: 'text', dir: 'auto' }, shown(seen.body));
    const style = ['bubble', seen.style, isDoubted && 'doubted', isFailed && 'failed'].filter(Boolean).join(' ');
    const place = [isOut ? 'out' : 'in', text.id === this.found && 'found'].filter(Boolean).join(' ');
    return h('li', { class: place }, begins && h('p', { class: 'day' }, begins), h('div', { class: style }, seen.head !== null && h('p', { class: 'by', dir: 'auto' }, seen.head), body, about));
  }
}
