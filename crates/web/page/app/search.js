/**
 * Texts by what is in them. They are read from the disk once, the newest first, and are then in
 * memory as long as they are searched.
 */

import { read } from './db.js';

/** Messages that are read at once. */
const AT_ONCE = 2_000;

/** @typedef {import('./db.js').Stored} Stored */
/** Of a text in parts, each. @typedef {{ id: number, peer: string, folded: string, parts: string[] | null }} Entry */

/** A text as it is compared: small letters, without accents. @param {string} text */
export function fold(text) {
  return /^[\0-\x7f]*$/.test(text) ? text.toLowerCase() : text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** What is looked for: all of these. @param {string} typed */
export function wordsOfSearch(typed) {
  return fold(typed).split(/\s+/u).filter(Boolean);
}

/** @param {string} folded @param {string[]} words */
export function has(folded, words) {
  return words.every((word) => folded.includes(word));
}

export class Index {
  /** @param {IDBDatabase} db */
  constructor(db) {
    this.db = db;
    /** @type {Map<number, Entry>} */
    this.entries = new Map();
    /** The newest first. @type {Entry[] | null} */
    this.sorted = null;
    /** Messages that could not be opened when they were read. @type {Set<number>} */
    this.closed = new Set();
    this.newest = 0;
    /** Whether there are some that are not known. */
    this.isPartly = true;
    /** @type {Promise<void> | null} */
    this.reading = null;
  }

  /**
   * Reads what is not known yet, and says each time that more is.
   * @param {() => void} [more]
   */
  look(more = () => {}) {
    this.reading ??= this.readAll(more).finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  /** @param {() => void} more */
  async readAll(more) {
    const last = await read(this.db, (tx) => tx.lastKey('messages'));
    const { newest: known } = this;
    this.isPartly = Number(last ?? 0) > known;
    for (let to = Number(last ?? 0); to > known; to -= AT_ONCE) {
      const range = IDBKeyRange.bound(Math.max(to - AT_ONCE, known) + 1, to);
      for (const stored of await read(this.db, (tx) => tx.all('messages', range))) this.put(stored);
      more();
    }
    // What comes while it reads has a greater id.
    this.newest = Number(last ?? 0);
    this.isPartly = false;
    for (const id of [...this.closed]) {
      const stored = await read(this.db, (tx) => tx.get('messages', id));
      this.closed.delete(id);
      if (stored !== undefined) this.put(stored);
    }
  }

  /** @param {Stored} stored */
  put({ id, textId, peer, part, parts, text }) {
    if (text === '') this.closed.add(Number(id));
    const folded = fold(text);
    const key = Number(textId);
    const entry = this.entries.get(key) ?? { id: key, peer, folded: '', parts: parts > 1 ? [] : null };
    if (entry.parts === null) entry.folded = folded;
    else entry.parts[part - 1] = folded;
    if (entry.parts !== null) entry.folded = entry.parts.join('');
    if (!this.entries.has(key)) this.sorted = null;
    this.entries.set(key, entry);
  }

  /**
   * How many texts have all of these words, and the newest of them.
   * @param {string[]} words
   * @param {number} limit
   */
  find(words, limit) {
    this.sorted ??= [...this.entries.values()].sort((one, other) => other.id - one.id);
    /** @type {Entry[]} */
    const found = [];
    let count = 0;
    for (const entry of this.sorted) {
      if (!has(entry.folded, words)) continue;
      count += 1;
      if (found.length < limit) found.push(entry);
    }
    return { count, found };
  }
}
