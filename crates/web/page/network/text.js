/** Why a text has not arrived: a question, and the journey as an answer, anew while it is looked at. */

import { fill, h } from '../app/dom.js';
import { isEnded, journey, journeyTo, numberWords, outcome, questionOf, said } from './journey.js';
import { linkTo } from './numbers.js';
import { counted } from './words.js';

const AGAIN_MS = 5_000;
const MOST = 50;

/** @typedef {import('./feed.js').TraceAnswer} TraceAnswer */
/** @typedef {import('./feed.js').MessageAnswer} MessageAnswer */
/** @typedef {{ answer: TraceAnswer, to: TraceAnswer | null }} Found */

export class Text {
  name = 'text';
  label = 'A text';

  /** @param {import('./api.js').Api} api */
  constructor(api) {
    this.api = api;
    this.what = '';
    this.timer = 0;
    this.asked = 0;
    this.title = h('h1', { tabindex: -1 }, 'Why has a text not arrived?');
    this.field = h('input', { id: 'what', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none', maxlength: 80, 'aria-describedby': 'what-hint what-wrong', placeholder: '5550000001-5550000002' });
    this.wrong = h('p', { class: 'wrong', id: 'what-wrong', role: 'alert' });
    const form = h('form', {}, h('label', { for: 'what' }, 'From and to, a number, or a message’s name'), h('div', { class: 'row' }, this.field, h('button', { class: 'main' }, 'Look')));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.ask();
    });
    const hint = h('p', { class: 'quiet', id: 'what-hint' }, 'The sender’s number, a hyphen, the recipient’s number: what became of the texts between them. One number: where texts to it go.');
    this.summary = h('p', { role: 'status' });
    this.found = h('div', {});
    this.element = h('section', { 'aria-label': 'A text' }, this.title, form, hint, this.wrong, this.summary, this.found);
    /** @type {import('./model.js').Picture | null} */
    this.picture = null;
    /** @type {Found | null} */
    this.last = null;
  }

  ask() {
    const what = questionOf(this.field.value);
    this.wrong.textContent = what === null ? 'That is neither a number of ten digits, nor two with a hyphen between, nor the name of a message.' : '';
    if (what === null) return this.field.focus();
    if (location.hash === `#text=${what}`) this.look();
    else location.hash = `#text=${what}`;
  }

  /** @param {string} what */
  enter(what) {
    if (what !== this.what) {
      this.last = null;
      fill(this.found);
      this.stamp = '';
      this.summary.textContent = '';
    }
    this.what = questionOf(what) ?? '';
    if (this.what !== '') this.field.value = this.what;
    this.look();
  }

  leave() {
    clearTimeout(this.timer);
    this.asked += 1;
  }

  /** @param {import('./model.js').Picture} picture */
  draw(picture) {
    this.picture = picture;
    if (this.last !== null) this.show(this.last);
  }

  async look() {
    this.leave();
    const { what, asked } = this;
    if (what === '') return;
    if (!document.hidden) await this.lookOnce(what, asked);
    if (asked === this.asked) this.timer = setTimeout(() => this.look(), AGAIN_MS);
  }

  /** @param {string} what @param {number} asked */
  async lookOnce(what, asked) {
    try {
      const answer = await this.api.get('/trace', { what, most: MOST });
      const [, to] = what.split('-');
      const way = to === undefined ? null : await this.api.get('/trace', { what: to, most: 1 });
      if (asked !== this.asked) return;
      this.wrong.textContent = '';
      this.last = { answer, to: way };
      this.show(this.last);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (asked === this.asked) this.wrong.textContent = `${said(why)}${this.last === null ? '' : ' What is shown is from before.'}`;
    }
  }

  stamp = '';

  /** @param {Found} found */
  show({ answer, to }) {
    const { picture } = this;
    if (picture === null) return;
    const isNumber = answer.number !== null && answer.number !== undefined;
    const messages = Array.isArray(answer.messages) ? [...answer.messages].sort((a, b) => Number(isEnded(a)) - Number(isEnded(b))) : [];
    const way = Array.isArray(to?.way) ? to.way : [];
    const cards = isNumber ? [numberCard(answer, picture)] : messages.map((message) => messageCard(message, way, picture));
    this.say(isNumber ? said(answer.says) : summaryOf(messages, answer.says));
    const stamp = cards.map(({ textContent }) => textContent).join('|');
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    const isInside = this.found.contains(document.activeElement);
    fill(this.found, ...cards);
    if (isInside) this.title.focus();
  }

  /** @param {string} words */
  say(words) {
    if (this.summary.textContent !== words) this.summary.textContent = words;
  }
}

/** @param {MessageAnswer[]} messages @param {string} says */
function summaryOf(messages, says) {
  if (messages.length === 0) return `${said(says)}. If it was written on another server, ask there; it may also be older than what servers remember.`;
  const handed = messages.filter(({ state }) => state === 'handed on').length;
  const open = messages.filter((message) => !isEnded(message)).length - handed;
  const parts = [open > 0 && `${open} still here`, handed > 0 && `${handed} handed on`].filter(Boolean);
  return `${counted(messages.length, 'message')}, ${parts.join(', ') || 'none of which is on its way any more'}.`;
}

/** @param {MessageAnswer} message @param {import('./feed.js').Step[]} way @param {import('./model.js').Picture} picture */
function messageCard(message, way, picture) {
  const name = message.message === null ? '' : said(message.message);
  const about = [said(message.kind), said(message.precedence), name].filter((part) => part !== '').join(' · ');
  const title = h('h2', {}, `${numberWords(message.from)} → ${numberWords(message.to)}: ${outcome(message)}`);
  return h('article', { class: 'card' }, title, h('p', { class: 'quiet' }, about), list(journey(message, way, picture)));
}

/** @param {TraceAnswer} answer @param {import('./model.js').Picture} picture */
function numberCard(answer, picture) {
  const { number, waiting } = answer;
  const digits = number?.number ?? '';
  const marks = [number?.bound && 'bound to a key', number?.disputed && 'was found to be bound to two keys'].filter(Boolean).join(' · ');
  return h(
    'article',
    { class: 'card' },
    h('h2', {}, `Texts to ${numberWords(digits)}`),
    marks !== '' && h('p', { class: 'quiet' }, marks),
    list(journeyTo(answer, picture)),
    waiting > 0 && h('p', {}, linkTo('queue', digits, 'What waits for it')),
  );
}

const WORDS = { done: 'done', now: 'it is here', later: 'still ahead', ended: 'it ended here' };

/** @param {import('./journey.js').JourneyStep[]} steps */
function list(steps) {
  const item = (/** @type {import('./journey.js').JourneyStep} */ { state, title, says, mark }) =>
    h('li', { class: `is-${state}` }, h('strong', {}, h('bdi', {}, title)), ' ', h('span', { class: 'badge' }, mark ?? WORDS[state]), h('div', {}, says));
  return h('ol', { class: 'journey' }, ...steps.map(item));
}
