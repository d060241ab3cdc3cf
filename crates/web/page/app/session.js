/**
 * A number's session with its server, by the gateway.
 *
 *     closed ──up──► attaching ──answer──► attached ──► messages, rows, traces
 *        ▲             │   ▲ claim            │
 *        │             ▼   │                  │ down
 *        └────────── refused ◄────────────────┘
 *
 * Nothing is taken into custody that is not on disk; what the server has not said to be taken is
 * said again when the link is up again.
 */

import { Malformed, isSame, toHex } from '../protocol/bytes.js';
import { REFUSAL, VERDICT, parseItem, printAsk } from '../protocol/item.js';
import { atomically } from './db.js';
import { Intake } from './intake.js';
import { Link, TIMERS } from './link.js';
import { Outlet } from './outlet.js';

/** Claims in one session before the number counts as one that somebody else claims, too. */
const CLAIMS_MAX = 3;
const ANSWER_WITHIN_MS = 30_000;
/** After the server has refused, it is asked again after this. */
const ASK_AGAIN_MS = 60_000;
const FULL_FOR_MS = 5_000;
/** The longest that a number is left to the server where another device has brought it. */
const ELSEWHERE_MAX_MS = 4 * 3_600_000;
const PRECEDENCE = { immediate: 2, flash: 3 };
const TAGS = 2 ** 32;

/**
 * Where a session stands. `server` is eight bytes of its key in hex.
 * @typedef {{ kind: 'none' | 'opening' | 'closed' | 'crowded' | 'down' | 'attaching' }
 *   | { kind: 'attached', server: string }
 *   | { kind: 'elsewhere', server: string }
 *   | { kind: 'refused', server: string, why: number }
 *   | { kind: 'released' }} Status
 */

/**
 * @typedef {object} Told
 * @property {(status: Status) => void} status
 * @property {() => void} changed something else is on disk
 * @property {(trouble: string) => void} trouble
 * @property {(text: string, known: import('./states.js').Known | null) => void} traced
 *   what a server has said of a message; null: nothing is known
 */

export class Session {
  /**
   * @param {{ profile: import('./profile.js').Profile, told: Told, open: () => import('./link.js').Socket, timers?: import('./link.js').Timers }} what
   */
  constructor({ profile, told, open, timers = TIMERS }) {
    this.profile = profile;
    this.told = told;
    this.timers = timers;
    this.tag = 0;
    /** What was said under a tag: of the outbox, or what is to be said again if there was no room. @type {Map<number, { seq: number } | { item: Uint8Array, precedence: number }>} */
    this.said = new Map();
    /** @type {Uint8Array | null} */
    this.server = null;
    /** @type {Uint8Array | null} */
    this.device = null;
    /** @type {Status} */
    this.status = { kind: 'none' };
    this.claims = 0;
    /** Whether the answer that is waited for is one to a claim. */
    this.isClaim = false;
    this.elsewhereMs = ASK_AGAIN_MS;
    this.version = 0;
    this.code = '';
    this.isToRelease = false;
    /** Which link this is: what was begun in one before is of no use. */
    this.generation = 0;
    this.cancel = () => {};
    this.intake = new Intake(this);
    this.outlet = new Outlet(this);
    this.link = new Link({ open, timers, listener: this.listener() });
  }

  async start() {
    await this.readSettings();
    this.link.open();
  }

  end() {
    this.forget();
    this.link.end();
  }

  /** A code or a wish was written down: to be read before it counts. */
  async readSettings() {
    this.code = (await this.profile.setting('code')) ?? '';
    this.isToRelease = (await this.profile.setting('isToRelease')) === true;
  }

  get isAttached() {
    return this.status.kind === 'attached';
  }

  /** @returns {import('./link.js').Listener} */
  listener() {
    return {
      opening: () => this.enter({ kind: 'opening' }),
      closed: (isCrowded) => this.lose({ kind: isCrowded ? 'crowded' : 'closed' }),
      down: () => this.lose({ kind: 'down' }),
      up: (server, device) => this.begin(server, device),
      item: (handle, bytes) => this.takeItem(handle, bytes),
      taken: (tag) => this.takeTag(tag),
      full: (tag) => this.handleFull(tag),
    };
  }

  /** @param {Status} status */
  enter(status) {
    this.cancel();
    this.cancel = () => {};
    this.status = status;
    this.told.status(status);
  }

  /** @param {Status} status */
  lose(status) {
    this.forget();
    this.enter(status);
  }

  /** Nothing is known of what was said on the link before. */
  forget() {
    this.cancel();
    this.generation += 1;
    this.server = this.device = null;
    this.said.clear();
    this.intake.forget();
    this.outlet.forget();
  }

  /** @param {Uint8Array} server @param {Uint8Array} device */
  begin(server, device) {
    this.forget();
    [this.server, this.device] = [server, device];
    this.attach(0);
  }

  /** Says whose number this is. @param {number} claims */
  attach(claims) {
    if (this.server === null || this.device === null) return;
    this.claims = claims;
    this.isClaim = false;
    this.enter({ kind: 'attaching' });
    this.say(this.profile.keys.attach(this.server, this.device), PRECEDENCE.flash);
    this.cancel = this.timers.after(ANSWER_WITHIN_MS, () => this.link.open());
  }

  /** Says that the number is to be at home here, or to be given up. */
  claim() {
    if (this.server === null) return;
    this.claims += 1;
    this.isClaim = true;
    const { server: home, isToRelease: released, code } = this;
    this.enter({ kind: 'attaching' });
    this.say(this.profile.keys.claim({ home, version: this.version + 1, released, code }), PRECEDENCE.flash);
    this.cancel = this.timers.after(ANSWER_WITHIN_MS, () => this.link.open());
  }

  /** Another code, or none, is to be tried. */
  async claimAgain() {
    await this.readSettings();
    if (this.status.kind === 'refused') this.attach(0);
  }

  /** Gives the number up, as the settings say; at once if it is attached, or else when it is. */
  async release() {
    await this.readSettings();
    if (!this.isAttached || !this.isToRelease) return;
    this.claims = 0;
    this.claim();
  }

  /** @param {Uint8Array} item @param {number} precedence */
  say(item, precedence) {
    this.said.set(this.nextTag(), { item, precedence });
    this.link.say(this.tag, precedence, item);
  }

  nextTag() {
    this.tag = (this.tag + 1) % TAGS;
    return this.tag;
  }

  /** @param {import('../protocol/item.js').Ask} ask */
  ask(ask) {
    this.say(printAsk(ask), PRECEDENCE.immediate);
  }

  /** @param {number} tag */
  takeTag(tag) {
    const said = this.said.get(tag);
    this.said.delete(tag);
    if (said && 'seq' in said) this.outlet.take(said.seq);
  }

  /** @param {number} tag */
  handleFull(tag) {
    const said = this.said.get(tag);
    const { generation } = this;
    this.said.delete(tag);
    if (said === undefined) return;
    this.timers.after(FULL_FOR_MS, () => {
      if (generation !== this.generation) return;
      if ('seq' in said) this.outlet.again(said.seq);
      else this.say(said.item, said.precedence);
    });
  }

  /** @param {number} handle @param {Uint8Array} bytes */
  takeItem(handle, bytes) {
    let item;
    try {
      item = parseItem(bytes);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      // It would not be right the next time.
      return this.link.custody(handle);
    }
    if (item.type === 'message') return this.intake.push({ handle, message: item.message, bytes });
    if (item.type === 'dispute' && item.dispute.number === this.profile.number) {
      return this.intake.noteDispute(handle, item.dispute);
    }
    this.link.custody(handle);
    if (item.type === 'answer') return this.handleAnswer(item.answer);
    this.intake.learn(item);
  }

  /** @param {import('../protocol/item.js').Answer} answer */
  handleAnswer({ number, version, verdict }) {
    if (number !== this.profile.number) return;
    const why = verdict - VERDICT.refused;
    if (this.status.kind !== 'attaching') {
      // Said by itself: another key has the number now.
      if (this.isAttached && why >= 0) this.refuse(why);
      if (this.isAttached && verdict === VERDICT.claim) this.handleMoved();
      return;
    }
    this.version = version;
    const mayClaim = this.claims < CLAIMS_MAX;
    if (verdict === VERDICT.released) return this.handleReleased();
    if (verdict === VERDICT.attached && !this.isToRelease) return this.handleAttached();
    if (verdict === VERDICT.attached || verdict === VERDICT.claim) {
      return mayClaim ? this.claim() : this.refuse(REFUSAL.stale);
    }
    // Without the first key's word a server takes a later one for a stranger's.
    const isLater = this.profile.keys.word !== null;
    if (why === REFUSAL.taken && isLater && !this.isClaim) return this.claim();
    // The next answer says what is newer.
    if (why === REFUSAL.stale && mayClaim) return this.attach(this.claims);
    this.refuse(why);
  }

  /** @param {number} why */
  refuse(why) {
    this.enter({ kind: 'refused', server: this.serverId(), why });
    this.cancel = this.timers.after(ASK_AGAIN_MS, () => this.attach(0));
  }

  /**
   * Another device of the number has brought it to another server. It is left there for a while,
   * each time for longer, and brought back then: what waits here would never leave.
   */
  handleMoved() {
    this.enter({ kind: 'elsewhere', server: this.serverId() });
    this.cancel = this.timers.after(this.elsewhereMs, () => this.attach(0));
    this.elsewhereMs = Math.min(2 * this.elsewhereMs, ELSEWHERE_MAX_MS);
    this.ask({ number: this.profile.number });
  }

  /** Whether a row says that the own number was given up by another device. @param {import('../protocol/row.js').NumberFact} fact */
  isWhereabouts({ number, released }) {
    return this.status.kind === 'elsewhere' && number === this.profile.number && released;
  }

  serverId() {
    return toHex((this.server ?? new Uint8Array(8)).slice(0, 8));
  }

  async handleAttached() {
    const { server, generation } = this;
    if (server === null) return;
    this.cancel();
    try {
      await atomically(this.profile.db, async (tx) => {
        const before = await tx.get('profile', 'server');
        if (before && !isSame(before, server)) this.told.trouble('the server has another key than it had here before');
        await tx.put('profile', server, 'server');
        await tx.put('profile', this.serverId(), 'home');
      });
    } catch (error) {
      this.told.trouble(wordsOf(error));
    }
    if (generation !== this.generation) return;
    this.enter({ kind: 'attached', server: this.serverId() });
    this.intake.begin();
    this.outlet.look();
  }

  async handleReleased() {
    this.enter({ kind: 'released' });
    await this.profile.set('isReleased', true);
    this.told.changed();
  }
}

/** @param {unknown} error */
export function wordsOf(error) {
  return error instanceof Error ? error.message : String(error);
}
