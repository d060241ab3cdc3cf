/** Browsers for the tests: a profile on a disk in memory, and a session with a gateway. */

import 'fake-indexeddb/auto';
import { openDb } from '../app/db.js';
import { Profile } from '../app/profile.js';
import { Session } from '../app/session.js';

let databases = 0;
const TURNS_MAX = 20_000;

/** Waits until something is so, by turns of the event loop. */
export async function until(isSo, what = isSo.toString()) {
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    const found = await isSo();
    if (found) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`never: ${what}`);
}

/** Lets everything happen that is under way. */
export async function settle() {
  for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A clock that goes when a test says so. */
export class Clock {
  constructor() {
    this.at = 0;
    this.due = new Set();
  }

  timers() {
    return {
      now: () => this.at,
      after: (ms, call) => {
        const timer = { at: this.at + ms, call };
        this.due.add(timer);
        return () => this.due.delete(timer);
      },
    };
  }

  go(ms) {
    this.at += ms;
    for (const timer of [...this.due]) {
      if (timer.at <= this.at && this.due.delete(timer)) timer.call();
    }
  }
}

export class Browser {
  static async begin(gateway, beginning) {
    const browser = new Browser();
    browser.gateway = gateway;
    browser.name = `test-${(databases += 1)}`;
    browser.db = await openDb(browser.name);
    const secret = new Uint8Array(32).fill(databases);
    browser.profile = await Profile.create(browser.db, { secret, ...beginning });
    browser.start();
    return browser;
  }

  start() {
    this.clock = new Clock();
    this.troubles = [];
    this.traces = [];
    this.session = new Session({
      profile: this.profile,
      open: this.gateway.opener(),
      timers: this.clock.timers(),
      told: {
        status: (status) => (this.status = status),
        changed: () => this.onChange?.(),
        trouble: (trouble) => this.troubles.push(trouble),
        traced: (text, known) => this.traces.push([text, known]),
      },
    });
    return this.session.start();
  }

  attached() {
    return until(() => this.status?.kind === 'attached');
  }

  async send(to, text, precedence = 0) {
    const id = await this.profile.compose({ to, text, precedence });
    this.session.outlet.look();
    return id;
  }

  /** The texts with a number once there are so many of them, and each is so. */
  texts(peer, count, isSo = () => true) {
    return until(async () => {
      const texts = await this.profile.thread(peer, 100);
      return texts.length === count && texts.every(isSo) && texts;
    }, `${count} texts with ${peer} of which ${isSo}`);
  }
}
