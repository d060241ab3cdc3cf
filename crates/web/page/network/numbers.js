/** The directory, searched by its first digits, and what waits for a number. */

import { fill, h } from '../app/dom.js';
import { numberWords, outcome, said } from './journey.js';
import { serverHref } from './servers.js';
import { age, count } from './words.js';

const MOST = 100;
const AGAIN_MS = 5_000;

/** @typedef {import('./feed.js').NumberAnswer} NumberAnswer */
/** @typedef {import('./feed.js').MessageAnswer} MessageAnswer */

/** @param {string} page @param {string} what @param {string} words */
export function linkTo(page, what, words) {
  return h('a', { href: `#${page}=${encodeURIComponent(what)}` }, words);
}

/** A form of one field. @param {string} id @param {string} label @param {string} button @param {HTMLInputElement} field @param {() => void} done */
function asking(id, label, button, field, done) {
  const form = h('form', {}, h('label', { for: id }, label), h('div', { class: 'row' }, field, h('button', { class: 'main' }, button)));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    done();
  });
  return form;
}

/** @param {string} id @param {number} most */
function digitsField(id, most) {
  return h('input', { id, inputmode: 'numeric', autocomplete: 'off', maxlength: most + 4, 'aria-describedby': `${id}-wrong` });
}

export class Numbers {
  name = 'numbers';
  label = 'Numbers';

  /** @param {import('./api.js').Api} api */
  constructor(api) {
    this.api = api;
    this.asked = 0;
    this.title = h('h1', { tabindex: -1 }, 'Numbers');
    this.prefix = digitsField('prefix', 10);
    this.number = digitsField('queue-of', 10);
    this.wrong = h('p', { class: 'wrong', id: 'prefix-wrong', role: 'alert' });
    this.wrongNumber = h('p', { class: 'wrong', id: 'queue-of-wrong', role: 'alert' });
    this.said = h('p', { role: 'status' });
    this.found = h('div', {});
    this.element = h(
      'section',
      { 'aria-label': 'Numbers' },
      this.title,
      asking('prefix', 'Numbers that begin with', 'Search', this.prefix, () => this.search()),
      this.wrong,
      asking('queue-of', 'What waits for the number', 'Look', this.number, () => this.queue()),
      this.wrongNumber,
      this.said,
      this.found,
    );
  }

  draw() {}

  leave() {
    clearTimeout(this.timer);
    this.asked += 1;
  }

  timer = 0;

  search() {
    const prefix = this.prefix.value.replace(/[\s-]/g, '');
    this.wrong.textContent = /^[0-9]{0,10}$/.test(prefix) ? '' : 'Numbers have digits only, ten at the most.';
    if (this.wrong.textContent === '') go('numbers', prefix, () => this.enter(prefix, 'numbers'));
  }

  queue() {
    const number = this.number.value.replace(/[\s-]/g, '');
    this.wrongNumber.textContent = /^[0-9]{10}$/.test(number) ? '' : 'A number has ten digits.';
    if (this.wrongNumber.textContent === '') go('queue', number, () => this.enter(number, 'queue'));
  }

  /** @param {string} what @param {string} kind */
  enter(what, kind) {
    this.leave();
    const isQueue = kind === 'queue';
    if (!/^[0-9]{0,10}$/.test(what) || (isQueue && what.length !== 10)) return;
    (isQueue ? this.number : this.prefix).value = what;
    this.look(what, isQueue, this.asked);
  }

  /** @param {string} what @param {boolean} isQueue @param {number} asked */
  async look(what, isQueue, asked) {
    try {
      const answer = document.hidden ? null : await (isQueue ? this.api.get('/queue', { to: what, most: MOST }) : this.api.get('/numbers', { prefix: what, most: MOST }));
      if (asked !== this.asked) return;
      if (answer !== null) this.show(what, isQueue, answer);
    } catch (error) {
      if (asked !== this.asked) return;
      this.say(said(error instanceof Error ? error.message : String(error)));
    }
    if (isQueue) this.timer = setTimeout(() => this.look(what, isQueue, asked), AGAIN_MS);
  }

  stamp = '';

  /** @param {string} what @param {boolean} isQueue @param {any} answer */
  show(what, isQueue, answer) {
    const rows = Array.isArray(isQueue ? answer?.messages : answer?.numbers) ? (isQueue ? answer.messages : answer.numbers).slice(0, MOST) : [];
    this.say(isQueue ? queueWords(what, rows) : numbersWords(what, rows, answer?.more === true));
    const made = rows.length === 0 ? null : isQueue ? queueTable(rows) : numbersTable(rows);
    const stamp = `${isQueue}${made?.textContent}`;
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    fill(this.found, made);
  }

  /** @param {string} words */
  say(words) {
    if (this.said.textContent !== words) this.said.textContent = words;
  }
}

/** @param {string} page @param {string} what @param {() => void} again */
function go(page, what, again) {
  const hash = `#${page}=${what}`;
  if (location.hash === hash) again();
  else location.hash = hash;
}

/** @param {string} prefix @param {NumberAnswer[]} rows @param {boolean} hasMore */
function numbersWords(prefix, rows, hasMore) {
  const which = prefix === '' ? 'of the directory' : `that begin with ${prefix}`;
  if (rows.length === 0) return `This server knows no numbers ${which}.`;
  return hasMore ? `The first ${count(rows.length)} numbers ${which}; write more digits to see others.` : `${count(rows.length)} ${rows.length === 1 ? 'number' : 'numbers'} ${which}.`;
}

/** @param {string} number @param {MessageAnswer[]} rows */
function queueWords(number, rows) {
  if (rows.length === 0) return `Nothing waits here for ${numberWords(number)}.`;
  const many = rows.length >= MOST ? `${count(MOST)} messages or more wait` : rows.length === 1 ? '1 message waits' : `${count(rows.length)} messages wait`;
  return `${many} here for ${numberWords(number)}.`;
}

/** @param {string} caption @param {string[]} heads @param {HTMLElement[]} rows */
function table(caption, heads, rows) {
  return h('table', {}, h('caption', { class: 'hidden' }, caption), h('thead', {}, h('tr', {}, ...heads.map((head) => h('th', { scope: 'col' }, head)))), h('tbody', {}, ...rows));
}

/** @param {NumberAnswer[]} rows */
function numbersTable(rows) {
  const row = (/** @type {NumberAnswer} */ { number, home, key, here, bound, disputed }) => {
    const name = here ? 'this server' : said(home ?? 'nobody has it');
    const marks = [bound && 'bound to a key', disputed && 'two keys were found'].filter(Boolean).join(' · ');
    const place = key === null || key === undefined ? h('bdi', {}, name) : h('a', { href: serverHref(key) }, h('bdi', {}, name));
    return h('tr', {}, h('th', { scope: 'row' }, linkTo('text', number, numberWords(number))), h('td', {}, place, marks !== '' && h('div', { class: 'quiet' }, marks)));
  };
  return table('Numbers', ['Number', 'At home at'], rows.map(row));
}

/** @param {MessageAnswer[]} rows */
function queueTable(rows) {
  const row = (/** @type {MessageAnswer} */ message) => {
    const { from, kind, precedence, for_s, says } = message;
    const what = message.message ?? `${message.from}-${message.to}`;
    const about = [kind === 'text' ? '' : said(kind), precedence === 'routine' ? '' : said(precedence), said(says)].filter((part) => part !== '').join(' · ');
    return h('tr', {}, h('th', { scope: 'row' }, linkTo('text', what, numberWords(from))), h('td', {}, outcome(message), h('div', { class: 'quiet' }, about)), h('td', { class: 'figure' }, for_s === null ? '–' : age(for_s)));
  };
  return table('What waits, by sender', ['From', 'What it waits for', 'For'], rows.map(row));
}
