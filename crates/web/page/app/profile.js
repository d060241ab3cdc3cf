/** A user on this device: number, key, settings, and what the pages of the history show. */

import { Keys } from '../protocol/keys.js';
import { TABLES, atomically, read } from './db.js';
import * as groups from './groups.js';
import * as incoming from './incoming.js';
import * as outgoing from './outgoing.js';
import { leastOf } from './states.js';

/** @typedef {import('./db.js').Stored} Stored */
/** @typedef {import('./db.js').Contact} Contact */
/** @typedef {import('./groups.js').Group} Group */

/**
 * What a profile begins with. `servers` came with a code from another device.
 * @typedef {{ number: string, secret: Uint8Array, word?: import('../protocol/row.js').FirstKey | null,
 *   servers?: Uint8Array[], code?: string }} Beginning
 */

/**
 * A text, whole again if it travelled in parts.
 * @typedef {object} Text
 * @property {number} id
 * @property {string} peer
 * @property {'in' | 'out'} direction
 * @property {string} text
 * @property {number} at
 * @property {number} precedence
 * @property {boolean} sealed
 * @property {number} partsMissing
 * @property {boolean} isUnread
 * @property {boolean} isUnsigned whether it has not been handed to anybody
 * @property {import('./states.js').Known} known
 * @property {Stored[]} parts
 */

/** @typedef {{ contact: Contact, group: Group | null, last: Text, unread: number }} Conversation */

const EPOCHS = 1 << 24;

export class Profile {
  /**
   * @param {IDBDatabase} db
   * @param {{ number: string, secret: Uint8Array, word?: import('../protocol/row.js').FirstKey | null, epoch: number }} me
   */
  constructor(db, { number, secret, word = null, epoch }) {
    this.db = db;
    this.keys = new Keys(number, secret, word);
    this.epoch = epoch;
  }

  /**
   * The one of this browser; null if there is none.
   * @param {IDBDatabase} db
   */
  static async open(db) {
    const [me, isUnread] = await read(db, (tx) => Promise.all([tx.get('profile', 'me'), tx.get('profile', 'groupsUnread')]));
    if (me === undefined) return null;
    const profile = new Profile(db, me);
    if (isUnread) await atomically(db, groups.hearAll);
    return profile;
  }

  /**
   * @param {IDBDatabase} db
   * @param {Beginning} beginning
   */
  static async create(db, { number, secret, word = null, servers = [], code = '' }) {
    const epoch = crypto.getRandomValues(new Uint32Array(1))[0] % EPOCHS;
    const me = { number, secret, word, epoch };
    await atomically(db, async (tx) => {
      if ((await tx.get('profile', 'me')) !== undefined) throw new Error('there is a number here already');
      await tx.put('profile', me, 'me');
      await tx.put('profile', servers, 'servers');
      await tx.put('profile', code, 'code');
    });
    return new Profile(db, me);
  }

  get number() {
    return this.keys.number;
  }

  /** Takes everything off this browser. */
  async forget() {
    await atomically(this.db, async (tx) => {
      for (const table of TABLES) await tx.clear(table);
    });
  }

  /** @param {string} name @returns {Promise<any>} */
  setting(name) {
    return read(this.db, (tx) => tx.get('profile', name));
  }

  /** @param {string} name @param {unknown} value */
  set(name, value) {
    return atomically(this.db, (tx) => tx.put('profile', value, name));
  }

  /** Keeps a text to be sent; it is on disk when this is done. @param {{ to: string, text: string, precedence?: number }} draft */
  compose(draft) {
    return atomically(this.db, (tx) => outgoing.compose(tx, draft, Date.now()));
  }

  /** @param {string} peer @param {number} id */
  withdraw(peer, id) {
    return atomically(this.db, (tx) => outgoing.withdraw(tx, peer, id));
  }

  /** @param {string} peer @param {number} upTo */
  async markRead(peer, upTo) {
    return atomically(this.db, async (tx) => {
      const isTold = (await tx.get('profile', 'readReceipts')) !== false;
      return incoming.markRead(tx, this, { peer, upTo, isTold }, Date.now());
    });
  }

  /** @param {string} number @param {Uint8Array} key */
  acceptKey(number, key) {
    return atomically(this.db, (tx) => incoming.acceptKey(tx, this, number, key, Date.now()));
  }

  /** Opens texts that are sealed for the first key; nothing of that is kept. @param {Uint8Array} first its secret */
  openClosed(first) {
    const signer = { keys: this.keys, epoch: this.epoch, first };
    return atomically(this.db, (tx) => incoming.openClosed(tx, signer, Date.now()));
  }

  /** @param {string} number @param {Partial<Contact>} change */
  changeContact(number, change) {
    return atomically(this.db, async (tx) => {
      await tx.put('contacts', { ...(await outgoing.contactOf(tx, number)), ...change });
    });
  }

  /** @param {string} number */
  contact(number) {
    return read(this.db, (tx) => outgoing.contactOf(tx, number));
  }

  /** @returns {Promise<Contact[]>} */
  contacts() {
    return read(this.db, (tx) => tx.all('contacts'));
  }

  /** Null of a number that is none. @param {string} number @returns {Promise<Group | null>} */
  group(number) {
    return read(this.db, async (tx) => {
      const group = await groups.groupOf(tx, number);
      return group?.isGroup ? group : null;
    });
  }

  /**
   * All numbers, and these texts, as far as they are there.
   * @param {{ peer: string, id: number }[]} texts
   * @returns {Promise<{ contacts: Contact[], groups: Map<string, Group>, texts: Text[] }>}
   */
  found(texts) {
    return read(this.db, async (tx) => {
      const contacts = await tx.all('contacts');
      const all = /** @type {Group[]} */ (await tx.all('groups'));
      const parts = await Promise.all(texts.map(({ peer, id }) => outgoing.partsOf(tx, peer, id)));
      const isGroup = new Map(all.filter((group) => group.isGroup).map((group) => [group.number, group]));
      return { contacts, groups: isGroup, texts: parts.filter((some) => some.length > 0).map(whole) };
    });
  }

  /** Asks to be let in. @param {string} number @param {string} name */
  joinGroup(number, name) {
    return atomically(this.db, async (tx) => {
      await groups.changeGroup(tx, number, (before) => ({ ...(before ?? groups.newGroup(number)), isGroup: true }));
      await outgoing.compose(tx, { to: number, text: name ? `/join ${name}` : '/join' }, Date.now());
    });
  }

  /** @param {string} number @param {(group: Group) => Group} change */
  changeGroup(number, change) {
    return atomically(this.db, (tx) => groups.changeGroup(tx, number, (before) => before && change(before)));
  }

  /** What servers call themselves. @returns {Promise<Map<string, string>>} */
  serverNames() {
    return read(this.db, async (tx) => new Map(await tx.all('servers')));
  }

  /** Each with its newest text, the newest conversation first. @returns {Promise<Conversation[]>} */
  conversations() {
    return read(this.db, async (tx) => {
      const newest = await tx.lastKeys('messages', 'thread');
      const found = newest.map(async ([peer, textId]) => {
        const [contact, group, parts, unread] = await Promise.all([
          outgoing.contactOf(tx, peer),
          groups.groupOf(tx, peer),
          outgoing.partsOf(tx, peer, textId),
          tx.count('messages', 'unread', peer),
        ]);
        return { contact, group: group?.isGroup ? group : null, last: whole(parts), unread };
      });
      return (await Promise.all(found)).sort((one, other) => other.last.id - one.last.id);
    });
  }

  /**
   * The newest texts with a number, the oldest of them first; none after `upTo`, unless that is
   * null.
   * @param {string} peer
   * @param {number} limit
   * @param {number | null} [upTo]
   * @returns {Promise<Text[]>}
   */
  thread(peer, limit, upTo = null) {
    return read(this.db, async (tx) => {
      const range = IDBKeyRange.bound([peer], upTo === null ? [peer, []] : [peer, upTo, []]);
      /** @type {Stored[]} */
      const messages = await tx.last('messages', 'thread', range, limit);
      const ids = [...new Set(messages.map(({ textId }) => Number(textId)))].reverse();
      return Promise.all(ids.map(async (id) => whole(await outgoing.partsOf(tx, peer, id))));
    });
  }

  /**
   * The text that is so many messages after another one; null where there are not so many.
   * @param {string} peer
   * @param {number} id
   * @param {number} count
   * @returns {Promise<number | null>}
   */
  after(peer, id, count) {
    return read(this.db, async (tx) => {
      /** @type {Stored[]} */
      const next = await tx.findAll('messages', 'thread', IDBKeyRange.bound([peer, id], [peer, []]), count);
      return next.length < count ? null : Number(next[count - 1].textId);
    });
  }

  /** @param {string} peer @param {number} id @returns {Promise<Text | null>} */
  text(peer, id) {
    return read(this.db, async (tx) => {
      const parts = await outgoing.partsOf(tx, peer, id);
      return parts.length === 0 ? null : whole(parts);
    });
  }
}

/**
 * What travelled in parts is one text again.
 * @param {Stored[]} parts
 * @returns {Text}
 */
export function whole(parts) {
  const [first] = parts;
  let text = '';
  let next = 1;
  for (const one of parts) {
    text += one.part === next ? one.text : `…${one.text}`;
    next = one.part + 1;
  }
  const { state, stateAt, server, reason, proven, by } = leastOf(parts);
  return {
    id: Number(first.textId),
    peer: first.peer,
    direction: first.direction,
    text: next <= first.parts ? `${text}…` : text,
    at: first.at,
    precedence: first.precedence,
    sealed: parts.every((one) => one.sealed),
    partsMissing: first.parts - parts.length,
    isUnread: parts.some((one) => one.unread !== undefined),
    isUnsigned: parts.every((one) => one.unsigned !== undefined),
    known: { state, stateAt, server, reason, proven, by },
    parts,
  };
}
