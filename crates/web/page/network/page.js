/** The page for who has a key: a bar, the map, and beside it what was chosen. */

import { fill, h } from '../app/dom.js';
import { line } from '../app/shown.js';
import { kept } from './api.js';
import { networkOf } from './feed.js';
import { NetworkMap } from './map.js';
import { reduce, summary } from './model.js';
import { serverHref } from './servers.js';
import { count, streamWords } from './words.js';

/**
 * A part of the page.
 * @typedef {object} Pane
 * @property {string} name
 * @property {string | null} label in the list of parts
 * @property {HTMLElement} element
 * @property {HTMLElement} title
 * @property {(what: string, name: string) => void} enter
 * @property {() => void} leave
 * @property {(picture: import('./model.js').Picture) => void} draw
 */

/** What tells the page of the network, live or replayed. @typedef {{ start: () => void, end: () => void, hurry: () => void }} Source */
/** @typedef {{ event: (value: any, at_ms?: number) => void, state: (state: import('./stream.js').State) => void }} Told */

export class Page {
  /**
   * @param {HTMLElement} place
   * @param {object} what
   * @param {Pane[]} what.panes the first is where it begins
   * @param {(told: Told) => Source} what.follow
   * @param {(why: string) => void} [what.refused] where it needs a key, and that is no good
   */
  constructor(place, { panes, follow, refused }) {
    this.refused = refused;
    this.map = new NetworkMap({ choose: (id) => this.choose(id) });
    this.panes = panes;
    this.pane = panes[0];
    /** @type {import('./model.js').Picture | null} */
    this.picture = null;
    /** @type {import('./stream.js').State} */
    this.state = { kind: 'opening' };
    this.triedAt = 0;
    this.element = place;
    this.build(place);
    this.source = follow({ event: (value, at_ms) => this.take(value, at_ms), state: (state) => this.heed(state) });
  }

  /** @param {HTMLElement} place */
  build(place) {
    this.server = h('strong', {}, 'Network');
    this.status = h('span', { class: 'stream', role: 'status', hidden: !this.refused });
    this.now = h('button', { hidden: true, onclick: () => this.source.hurry() }, 'Try now');
    const forget = this.refused && h('button', { class: 'plain', onclick: () => this.forget() }, 'Forget the key');
    const bar = h('header', { class: 'bar' }, h('span', { class: 'of' }, this.server, this.status), this.now, forget);
    this.tabs = h('ul', {}, ...this.panes.filter(({ label }) => label !== null).map(({ name, label }) => h('li', {}, h('a', { href: `#${name}`, 'data-name': name }, label))));
    this.body = h('div', { class: 'body', tabindex: -1 });
    const side = h('div', { class: 'side' }, h('nav', { 'aria-label': 'Parts' }, this.tabs), this.body);
    fill(place, bar, h('main', { class: 'network' }, this.map.element, side));
  }

  start() {
    this.onRoute = () => this.route();
    this.onWake = () => document.hidden || this.source.hurry();
    addEventListener('hashchange', this.onRoute);
    addEventListener('online', this.onWake);
    document.addEventListener('visibilitychange', this.onWake);
    this.ticking = setInterval(() => this.tick(), 1_000);
    this.route(true);
    this.source.start();
  }

  end() {
    this.source.end();
    this.pane.leave();
    clearInterval(this.ticking);
    removeEventListener('hashchange', /** @type {() => void} */ (this.onRoute));
    removeEventListener('online', /** @type {() => void} */ (this.onWake));
    document.removeEventListener('visibilitychange', /** @type {() => void} */ (this.onWake));
  }

  forget() {
    kept.forget();
    this.refused?.('');
  }

  /** @param {boolean} [isFirst] */
  route(isFirst = false) {
    const [, name, what] = /^#?([a-z]*)=?(.*)$/s.exec(location.hash) ?? [];
    const wanted = name === 'queue' ? 'numbers' : name;
    const pane = this.panes.find((one) => one.name === wanted) ?? this.panes[0];
    this.pane.leave();
    this.pane = pane;
    if (!pane.element.isConnected) fill(/** @type {HTMLElement} */ (this.body), pane.element);
    pane.enter(decoded(what ?? ''), name ?? '');
    for (const link of this.tabs?.querySelectorAll('a') ?? []) {
      if (link.dataset.name === (pane.label === null ? 'servers' : pane.name)) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    this.map.select(pane.name === 'server' ? decoded(what ?? '') : null);
    this.body?.scrollTo(0, 0);
    this.draw();
    document.title = `${pane.title.textContent} – postrider network`;
    if (!isFirst && !this.isByMap) pane.title.focus({ preventScroll: false });
    this.isByMap = false;
  }

  isByMap = false;

  /** On the map; the focus stays there. @param {string | null} id */
  choose(id) {
    const hash = id === null ? '#servers' : serverHref(id);
    if (location.hash === hash || (id === null && this.pane.name !== 'server')) return;
    this.isByMap = document.activeElement === this.map.board;
    location.hash = hash;
  }

  /** @param {unknown} value @param {number} [at_ms] of what is replayed, when that was; it may go back */
  take(value, at_ms = Date.now()) {
    const network = networkOf(value);
    if (network === null) return;
    const before = this.picture !== null && this.picture.at <= at_ms ? this.picture : null;
    this.picture = reduce(before, network, at_ms);
    this.map.show(this.picture);
    this.draw();
  }

  draw() {
    const { picture } = this;
    if (picture === null) return;
    const name = picture.nodes.get(picture.network.here)?.name ?? line(picture.network.name);
    if (this.server && this.server.textContent !== name) fill(this.server, h('bdi', {}, name));
    this.pane.draw(picture);
    const { waiting } = summary(picture);
    if (this.pane.name === 'servers') document.title = `${waiting > 0 ? `(${count(waiting)}) ` : ''}${name} – postrider network`;
  }

  /** @param {import('./stream.js').State} state */
  heed(state) {
    if (state.kind === 'refused') {
      kept.forget();
      return this.refused?.(state.why);
    }
    this.state = state;
    this.triedAt = Date.now() + (state.kind === 'cut' ? state.wait_ms : 0);
    this.map.age(this.picture !== null && state.kind !== 'live');
    this.tick();
  }

  tick() {
    const { status, state } = this;
    if (!status) return;
    const words = streamWords(state, (this.triedAt - Date.now()) / 1000);
    // The seconds are for eyes; who listens is told once.
    if (state.kind !== this.said) {
      this.said = state.kind;
      status.setAttribute('class', `stream is-${state.kind}`);
    }
    const [first, ...rest] = words.split('. ');
    if (status.firstChild?.textContent !== first || status.childElementCount !== rest.length) fill(status, document.createTextNode(first), rest.length > 0 && h('span', { 'aria-hidden': 'true' }));
    if (rest.length > 0 && status.lastElementChild) status.lastElementChild.textContent = `. ${rest.join('. ')}`;
    if (this.now) this.now.hidden = state.kind !== 'cut';
  }

  said = '';
}

/** @param {string} what */
function decoded(what) {
  try {
    return decodeURIComponent(what);
  } catch {
    return '';
  }
}
