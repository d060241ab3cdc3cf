/** What leaves in a session: texts are signed once it is known whose their number is. */

import { atomically, read } from './db.js';
import { outgoing, signTexts, taken } from './outgoing.js';
import { wordsOf } from './session.js';

/** Messages that the server was handed and has not taken; asks have room beside them. */
const IN_FLIGHT_MAX = 512;

export class Outlet {
  /** @param {import('./session.js').Session} session */
  constructor(session) {
    this.session = session;
    /** Those of the outbox that the server was handed. @type {Set<number>} */
    this.inFlight = new Set();
    /** Those that it has taken, which the disk does not know yet. @type {number[]} */
    this.done = [];
    this.isLooking = false;
    this.isWanted = false;
  }

  /** A new session begins. */
  forget() {
    this.inFlight = new Set();
    this.done = [];
    this.isWanted = false;
  }

  /** There may be more to sign, to hand over, or to take off the outbox. */
  async look() {
    this.isWanted = true;
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      while (this.isWanted && this.session.isAttached) {
        this.isWanted = false;
        await this.settle();
        await this.sign();
        await this.handOver();
      }
    } catch (error) {
      this.session.told.trouble(wordsOf(error));
    } finally {
      this.isLooking = false;
    }
  }

  /** @param {number} seq */
  take(seq) {
    this.done.push(seq);
    this.look();
  }

  /** There was no room for it. @param {number} seq */
  again(seq) {
    this.inFlight.delete(seq);
    this.look();
  }

  async settle() {
    const { server, profile, told } = this.session;
    const done = this.done.splice(0);
    if (done.length === 0 || server === null) return;
    await atomically(profile.db, (tx) => taken(tx, done, server, Date.now()));
    for (const seq of done) this.inFlight.delete(seq);
    told.changed();
  }

  async sign() {
    const { profile, intake, told } = this.session;
    const recipients = await read(profile.db, (tx) => tx.distinct('messages', 'unsigned'));
    for (const to of recipients) {
      const known = intake.known.get(to);
      if (known === undefined) {
        intake.askNumber(to);
        continue;
      }
      const hasMore = await atomically(profile.db, (tx) => signTexts(tx, profile, to, known, Date.now()));
      if (hasMore) this.isWanted = true;
      // It may be in the directory when the next text is written.
      else if (!known.isKnown) intake.known.delete(to);
      told.changed();
    }
  }

  async handOver() {
    const { session } = this;
    const { generation, profile } = session;
    const room = IN_FLIGHT_MAX - this.inFlight.size;
    if (room <= 0) return;
    const next = await read(profile.db, (tx) => outgoing(tx, this.inFlight, room, Date.now()));
    if (generation !== session.generation || !session.isAttached) return;
    for (const { seq, precedence, bytes } of next) {
      this.inFlight.add(seq);
      session.said.set(session.nextTag(), { seq });
      session.link.say(session.tag, precedence, bytes);
    }
  }
}
