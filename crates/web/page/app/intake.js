/** What comes in a session: kept first, then said to have been kept, then told. */

import { toHex } from '../protocol/bytes.js';
import { KIND, parseReceipt } from '../protocol/message.js';
import { isRowSigned } from '../protocol/sign.js';
import { atomically, read } from './db.js';
import { UNKNOWN, learnNumber, learnTrace, receive } from './incoming.js';
import { wordsOf } from './session.js';
import { traced } from './states.js';

/** Messages that are kept in one transaction. */
const AT_ONCE = 64;
const TRY_AGAIN_MS = 10_000;

/** @typedef {{ handle: number, message: import('../protocol/message.js').Message, bytes: Uint8Array }} Handed */

export class Intake {
  /** @param {import('./session.js').Session} session */
  constructor(session) {
    this.session = session;
    this.isKeeping = false;
    /** @type {Handed[]} */
    this.waiting = [];
    /** Numbers of which the answer has not come. @type {Set<string>} */
    this.numbers = new Set();
    /** What was answered. @type {Map<string, import('./outgoing.js').KnownNumber>} */
    this.known = new Map();
    /** Servers that were asked for, in hex. @type {Set<string>} */
    this.servers = new Set();
  }

  /** A new session begins. */
  forget() {
    this.waiting = [];
    this.numbers.clear();
    this.known.clear();
    this.servers.clear();
  }

  /** The number is attached: asks for what is to be known. */
  async begin() {
    const { session } = this;
    const { generation, profile } = session;
    this.wantName(session.server);
    const open = await read(profile.db, (tx) => tx.distinct('messages', 'open'));
    if (generation === session.generation) for (const number of open) this.askNumber(number);
  }

  /** A server hands at most 64 over without custody. @param {Handed} handed */
  push(handed) {
    this.waiting.push(handed);
    this.keep();
  }

  async keep() {
    if (this.isKeeping) return;
    this.isKeeping = true;
    try {
      while (this.waiting.length > 0) await this.keepSome();
    } catch (error) {
      this.session.told.trouble(`what came cannot be kept, and stays with the server: ${wordsOf(error)}`);
      this.session.timers.after(TRY_AGAIN_MS, () => this.keep());
    } finally {
      this.isKeeping = false;
    }
  }

  async keepSome() {
    const { session } = this;
    const { generation, profile } = session;
    const some = this.waiting.slice(0, AT_ONCE);
    const wanted = await atomically(profile.db, async (tx) => {
      const numbers = new Set();
      for (const { message, bytes } of some) {
        const number = await receive(tx, profile, message, bytes, Date.now());
        if (number !== null) numbers.add(number);
      }
      return numbers;
    });
    if (generation !== session.generation) return;
    this.waiting.splice(0, some.length);
    for (const { handle } of some) session.link.custody(handle);
    session.told.changed();
    for (const number of wanted) this.askNumber(number);
    for (const { message } of some) this.nameServers(message);
    session.outlet.look();
  }

  /** @param {import('../protocol/message.js').Message} message */
  nameServers(message) {
    if (message.kind === KIND.receipt) this.wantName(parseReceipt(message.body).server);
  }

  /** Asks for a number, unless the answer is under way. @param {string} number */
  askNumber(number) {
    if (this.numbers.has(number)) return;
    this.numbers.add(number);
    this.session.ask({ number });
  }

  /** Asks for what a server calls itself, once in a session. @param {Uint8Array | null} key */
  wantName(key) {
    const server = key?.slice(0, 8);
    if (server === undefined || this.servers.has(toHex(server))) return;
    this.servers.add(toHex(server));
    this.session.ask({ server });
  }

  /**
   * An answer has come. What was not asked for, or is not signed as it should be, says nothing.
   * @param {import('../protocol/item.js').Item} item
   */
  async learn(item) {
    try {
      if (item.type === 'row') await this.learnRow(item.row);
      if (item.type === 'unknown' && 'number' in item.ask) await this.learnNumber(item.ask.number, UNKNOWN);
      if (item.type === 'unknown' && 'message' in item.ask) this.session.told.traced(textName(item.ask.message), null);
      if (item.type === 'trace') await this.learnTrace(item.trace);
    } catch (error) {
      this.session.told.trouble(wordsOf(error));
    }
  }

  /** @param {import('../protocol/row.js').Row} row */
  async learnRow(row) {
    const { told, profile } = this.session;
    if (!isRowSigned(row)) {
      told.trouble('the server has answered with a row that is not signed as it should be; it was dropped');
      return;
    }
    const { fact } = row;
    const origin = toHex(row.origin.slice(0, 8));
    if (fact.kind === 'number') {
      if (this.session.isWhereabouts(fact)) return this.session.handleReleased();
      const { owner } = fact;
      const pinned = owner && { key: owner.key, firstKey: owner.first?.key ?? null, since: owner.first?.since ?? 0 };
      await this.learnNumber(fact.number, { isKnown: true, pinned });
    } else if (fact.kind === 'server' && this.servers.has(origin)) {
      await atomically(profile.db, (tx) => tx.put('servers', [origin, fact.label], origin));
      told.changed();
    }
  }

  /** @param {string} number @param {import('./outgoing.js').KnownNumber} known */
  async learnNumber(number, known) {
    const { profile, told, outlet } = this.session;
    if (!this.numbers.delete(number)) return;
    this.known.set(number, known);
    const isChanged = await atomically(profile.db, (tx) => learnNumber(tx, profile, number, known, Date.now()));
    if (isChanged) {
      told.trouble(`the key of ${number} was changed by its owner, by the word of the first one; nothing is to be done`);
    }
    told.changed();
    outlet.look();
  }

  /** Somebody else had the number, too: kept, then in custody. @param {number} handle @param {import('../protocol/item.js').Dispute} dispute */
  async noteDispute(handle, { home }) {
    const { session } = this;
    const { generation, profile } = session;
    try {
      await profile.set('disputed', toHex(home));
    } catch (error) {
      return session.told.trouble(wordsOf(error));
    }
    if (generation !== session.generation) return;
    session.link.custody(handle);
    this.wantName(home);
    session.told.changed();
  }

  /** @param {import('../protocol/item.js').Trace} trace */
  async learnTrace(trace) {
    const { profile, told } = this.session;
    if (trace.id.from !== profile.number) return;
    await atomically(profile.db, (tx) => learnTrace(tx, profile, trace, Date.now()));
    this.wantName(trace.by);
    this.wantName(trace.server);
    told.traced(textName(trace.id), traced(trace, Date.now()));
    told.changed();
  }
}

/** A message of this number, by whom it is to and which. @param {import('../protocol/message.js').MessageId} id */
export function textName({ to, epoch, count }) {
  return `${to}-${epoch}-${count}`;
}
