/** What the tabs of one profile tell each other, and the session of the one that has it. */

import { PATH, SUBPROTOCOL } from './link.js';
import { Session, wordsOf } from './session.js';
import { chooseTab } from './tabs.js';

/**
 * What is wanted of the session.
 * @typedef {{ wish: 'look' | 'claim' | 'release' | 'status' | 'wake' }
 *   | { wish: 'trace', messages: import('../protocol/message.js').MessageId[] }} Wish
 */

/**
 * What has happened.
 * @typedef {{ type: 'changed' | 'gone' }
 *   | { type: 'status', status: import('./session.js').Status }
 *   | { type: 'trouble', words: string }
 *   | { type: 'traced', text: string, known: import('./states.js').Known | null }} Happened
 */

export class Hub {
  /** @param {import('./profile.js').Profile} profile */
  constructor(profile) {
    this.profile = profile;
    /** @type {import('./session.js').Status} */
    this.status = { kind: 'none' };
    /** @type {Session | null} */
    this.session = null;
    /** @type {((happened: Happened) => void)[]} */
    this.listeners = [];
    this.channel = new BroadcastChannel('postrider');
    this.channel.onmessage = ({ data }) => this.hear(data);
  }

  start() {
    chooseTab(this.profile.db, { lead: () => this.lead(), follow: () => this.follow() });
    const wake = () => document.visibilityState === 'visible' && this.wish({ wish: 'wake' });
    addEventListener('online', wake);
    document.addEventListener('visibilitychange', wake);
    this.wish({ wish: 'status' });
  }

  /** Ends all, as before the profile is taken off this browser. */
  end() {
    this.follow();
    this.channel.postMessage({ type: 'gone' });
    this.channel.close();
  }

  /** @param {(happened: Happened) => void} listener */
  on(listener) {
    this.listeners.push(listener);
  }

  lead() {
    const { profile } = this;
    const told = {
      status: (/** @type {import('./session.js').Status} */ status) => this.tell({ type: 'status', status }),
      changed: () => this.tell({ type: 'changed' }),
      trouble: (/** @type {string} */ words) => this.tell({ type: 'trouble', words }),
      traced: (/** @type {string} */ text, /** @type {import('./states.js').Known | null} */ known) =>
        this.tell({ type: 'traced', text, known }),
    };
    this.session = new Session({ profile, told, open: openSocket });
    this.session.start().catch((error) => told.trouble(wordsOf(error)));
  }

  follow() {
    this.session?.end();
    this.session = null;
  }

  /** Tells this tab and the others. @param {Happened} happened */
  tell(happened) {
    this.channel.postMessage(happened);
    this.heed(happened);
  }

  /** @param {Happened} happened */
  heed(happened) {
    if (happened.type === 'status') this.status = happened.status;
    for (const listener of this.listeners) listener(happened);
  }

  /** @param {Happened | Wish} data from another tab of this page */
  hear(data) {
    if ('wish' in data) this.fulfil(data);
    else this.heed(data);
  }

  /** Wants something of the session, whichever tab has it. @param {Wish} wish */
  wish(wish) {
    if (this.session) this.fulfil(wish);
    else this.channel.postMessage(wish);
  }

  /** @param {Wish} wish */
  fulfil(wish) {
    const { session } = this;
    if (session === null) return;
    if (wish.wish === 'look') session.outlet.look();
    if (wish.wish === 'claim') session.claimAgain();
    if (wish.wish === 'release') session.release();
    if (wish.wish === 'wake') session.link.wake();
    if (wish.wish === 'status') this.channel.postMessage({ type: 'status', status: this.status });
    if (wish.wish === 'trace' && session.isAttached) {
      for (const message of wish.messages) session.ask({ message });
    }
  }

  /** Something was written by this tab. */
  wrote() {
    this.tell({ type: 'changed' });
    this.wish({ wish: 'look' });
  }
}

function openSocket() {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(`${scheme}//${location.host}${PATH}`, SUBPROTOCOL);
}
