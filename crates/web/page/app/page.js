/** The page of a number: conversations, a thread or the settings, and what is going on. */

import { REFUSAL } from '../protocol/item.js';
import { codeOf } from './beginning.js';
import { dialog, fill, h } from './dom.js';
import { Conversations } from './list.js';
import { Thread } from './thread.js';
import { line, spaced } from './shown.js';
import { newText } from './sheets.js';
import { disputedWords, networkWords, whatNow } from './words.js';

/** Where the page is: `#5550000002`, `#5550000002/17` at a text,
 * `#5550000100/group`, `#settings`, or nothing. */
const THREAD = /^#([0-9]{10})(?:\/(group|[0-9]{1,15}))?$/;

export class Page {
  /**
   * @param {HTMLElement} place
   * @param {import('./profile.js').Profile} profile
   * @param {import('./hub.js').Hub} hub
   */
  constructor(place, profile, hub) {
    this.place = place;
    this.profile = profile;
    this.hub = hub;
    /** What servers call themselves. @type {Map<string, string>} */
    this.names = new Map();
    this.list = new Conversations(this);
    /** Made when they are wanted first. @type {import('./settings.js').Settings | null} */
    this.settings = null;
    /** What is beside the list. @type {Thread | import('./group_pane.js').GroupPane | null} */
    this.thread = null;
    this.isDrawing = false;
    this.isStale = false;
    this.network = h('span', { role: 'status' });
    this.notices = h('div', { class: 'notices', role: 'alert' });
    this.pane = h('div', { class: 'pane' });
    this.said = '';
  }

  async start() {
    const number = h('a', { href: '#settings', class: 'number', 'aria-label': `Settings of ${spaced(this.profile.number)}` }, spaced(this.profile.number));
    const bar = h('header', { class: 'bar' }, number, this.network);
    fill(this.place, bar, this.notices, h('main', { class: 'panes' }, this.list.element, this.pane));
    this.hub.on((happened) => this.heed(happened));
    const route = () => this.route().catch((error) => this.notice(`This part of the page has not come: ${line(String(error.message))}`));
    addEventListener('hashchange', route);
    document.addEventListener('visibilitychange', () => this.draw());
    addEventListener('focus', () => this.draw());
    await this.draw();
    await route();
    this.drawStatus();
  }

  /** @param {import('./hub.js').Happened} happened */
  heed(happened) {
    if (happened.type === 'changed') this.draw();
    if (happened.type === 'status') this.drawStatus();
    if (happened.type === 'trouble') this.notice(line(happened.words));
    if (happened.type === 'gone') location.replace(location.pathname);
    if (happened.type === 'traced') this.traced?.(happened.text, happened.known);
  }

  /** Set while the details of a text are shown. @type {((text: string, known: import('./states.js').Known | null) => void) | undefined} */
  traced = undefined;

  async route() {
    const { hash } = location;
    const [, peer, more] = THREAD.exec(hash) ?? [];
    const isSettings = hash === '#settings';
    const settings = isSettings ? await this.openSettings() : null;
    const View = more === 'group' ? (await import('./group_pane.js')).GroupPane : Thread;
    // Somebody may have gone on meanwhile.
    if (hash !== location.hash) return;
    this.thread?.leave();
    this.thread = peer ? new View(this, peer, Number(more)) : null;
    this.place.classList.toggle('deep', Boolean(peer) || isSettings);
    if (this.thread) fill(this.pane, this.thread.element);
    else if (settings) fill(this.pane, settings.element);
    else fill(this.pane, this.hint());
    await this.draw();
    if (this.thread) this.thread.enter();
    if (settings) settings.enter();
  }

  async openSettings() {
    const { Settings } = await import('./settings.js');
    this.settings ??= new Settings(this);
    return this.settings;
  }

  hint() {
    return h(
      'div',
      { class: 'hint' },
      h('p', {}, 'Your number is ', h('strong', {}, spaced(this.profile.number)), ': tell it to those who should text you.'),
      h('p', {}, h('button', { class: 'main', onclick: () => newText(this) }, 'New text')),
    );
  }

  /** Shows what is on disk; while it does, another time is remembered and not done at once. */
  async draw() {
    this.isStale = true;
    if (this.isDrawing) return;
    this.isDrawing = true;
    try {
      while (this.isStale) {
        this.isStale = false;
        this.names = await this.profile.serverNames();
        await this.list.draw();
        await this.thread?.draw();
        if (location.hash === '#settings') await this.settings?.draw();
        await this.drawDispute();
      }
    } finally {
      this.isDrawing = false;
    }
    this.drawStatus();
  }

  /** Told until a person has put it away. */
  async drawDispute() {
    const server = await this.profile.setting('disputed');
    const isNew = server && server !== (await this.profile.setting('disputeSeen'));
    if (!isNew || this.dispute?.isConnected) return;
    const seen = () => this.profile.set('disputeSeen', server).then(() => this.dispute?.remove());
    this.dispute = h('div', { class: 'notice' }, h('p', {}, disputedWords(this.named(server))), h('button', { onclick: seen }, 'Put away'));
    this.notices.append(this.dispute);
  }

  /** @type {HTMLElement | undefined} */
  dispute = undefined;

  /** A server by what it calls itself, or the beginning of its key. @param {string | null} id */
  named(id) {
    return line(this.names.get(id ?? '') ?? id ?? 'a server');
  }

  drawStatus() {
    const { status } = this.hub;
    const words = networkWords(status, (id) => this.named(id));
    const isUp = status.kind === 'attached';
    this.place.classList.toggle('up', isUp);
    if (this.network.textContent !== words) this.network.textContent = words;
    const said = status.kind === 'refused' ? `refused ${status.why}` : status.kind;
    if (said === this.said) return;
    this.said = said;
    this.refusal?.remove();
    this.refusal = status.kind === 'refused' ? this.refused(status.why) : null;
    if (this.refusal) this.notices.prepend(this.refusal);
  }

  /** @type {HTMLElement | null | undefined} */
  refusal = undefined;

  /** What a person can do where a server does not let the number in. @param {number} why */
  refused(why) {
    const number = spaced(this.profile.number);
    const words = networkWords({ kind: 'refused', server: '', why }, () => 'the server');
    const isOther = why === REFUSAL.taken || why === REFUSAL.reserved || why === REFUSAL.inUse || why === REFUSAL.replaced;
    return h(
      'div',
      { class: 'notice' },
      h('p', {}, h('strong', {}, `${number}: ${words}.`)),
      h('p', {}, whatNow(why)),
      why === REFUSAL.notInvited && this.codeForm(),
      isOther && h('p', {}, h('button', { onclick: async () => (await this.openSettings()).forget('Another number') }, why === REFUSAL.replaced ? 'Remove this key, and begin again' : 'Begin another number')),
    );
  }

  codeForm() {
    const code = h('input', { 'aria-label': 'Code of the invitation', autocomplete: 'off', autocapitalize: 'none', maxlength: 32 });
    const form = h('form', { class: 'row' }, code, h('button', { class: 'main' }, 'Use this code'));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      await this.profile.set('code', codeOf(code.value));
      this.hub.wish({ wish: 'claim' });
    });
    return form;
  }

  /** A line that a person may put away. @param {string} words */
  notice(words) {
    if (this.notices.childElementCount > 3) this.notices.lastElementChild?.remove();
    const box = h('div', { class: 'notice' }, h('p', {}, words), h('button', { onclick: () => box.remove() }, 'Put away'));
    this.notices.append(box);
  }

  /** @param {string} peer */
  open(peer) {
    location.hash = `#${peer}`;
  }

  /** @param {string} title @param {import('./dom.js').Child[]} body @param {[string, string, string?][]} [buttons] */
  ask(title, body, buttons) {
    return dialog(title, body, buttons);
  }
}
