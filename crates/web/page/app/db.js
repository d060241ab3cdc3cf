/**
 * The profile on this device's disk, in IndexedDB. What is changed together is changed in one
 * transaction, which is on disk when its promise is kept.
 *
 * Numbers are ten digits, times ms since 1970, keys and messages bytes, servers the first eight
 * bytes of their key in hex.
 */

/**
 * Each message of a text; most texts are one. `textId` is the id of the text's first message.
 * Fields that are there in some only are what the indices go by.
 * @typedef {object} Stored
 * @property {number} [id]
 * @property {number} [textId]
 * @property {'in' | 'out'} direction
 * @property {string} peer
 * @property {number} [epoch] none of one that has not been signed yet
 * @property {number} [count]
 * @property {number} part
 * @property {number} parts
 * @property {string} text
 * @property {number} precedence
 * @property {number} lifetime
 * @property {boolean} sealed
 * @property {number} at
 * @property {string} state what became of it; of one that came, who wrote it
 * @property {number} stateAt
 * @property {string | null} server
 * @property {number | null} reason
 * @property {boolean} proven
 * @property {string | null} by of a trace, the server that says so
 * @property {string} [unsigned] the peer, of one that waits to be signed
 * @property {string} [open] the peer, of one that waits for a key
 * @property {Uint8Array} [bytes] what waits for a key: this text, or the receipt about it
 * @property {string} [unread] the peer, of one that came and was not read
 */

/**
 * A key, and of a later one the first, which has signed for it from a version on.
 * @typedef {{ key: Uint8Array, firstKey: Uint8Array | null, since: number }} Pinned
 */

/**
 * @typedef {object} Contact
 * @property {string} number
 * @property {string | null} name
 * @property {Pinned | null} pinned the key that it had when it was first met, or has had since by
 *   the word of the first one, or by that of the person here
 * @property {Pinned | null} said another one that it is said to have now, about which somebody has
 *   to decide
 * @property {Uint8Array | null} former the key that its owner has replaced
 * @property {number | null} changedAt when it was learnt that its owner has done so
 * @property {'new' | 'accepted' | 'blocked'} standing
 */

/**
 * What is signed and at no server yet.
 * @typedef {object} Waiting
 * @property {number} [seq]
 * @property {number} precedence
 * @property {number | null} message of a text
 * @property {number | null} receiptFor of a receipt
 * @property {number} at
 * @property {Uint8Array} bytes
 */

/** @typedef {'profile' | 'counts' | 'messages' | 'outbox' | 'contacts' | 'servers' | 'groups'} Table */

const VERSION = 2;
/** @type {Table[]} */
export const TABLES = ['profile', 'counts', 'messages', 'outbox', 'contacts', 'servers', 'groups'];

/** The disk does not do what it should, or has no room. What was written before is kept. */
export class DiskError extends Error {}

/**
 * @param {string} [name]
 * @returns {Promise<IDBDatabase>}
 */
export function openDb(name = 'postrider') {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, VERSION);
    request.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1) makeTables(request.result);
      request.result.createObjectStore('groups', { keyPath: 'number' });
      // What its texts say of groups is read when the profile is opened.
      if (oldVersion === 1) request.transaction?.objectStore('profile').put(true, 'groupsUnread');
    };
    request.onsuccess = () => {
      // Another tab may have a later version of the page, or remove the profile.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(new DiskError(`this browser keeps nothing: ${request.error?.message}`));
    request.onblocked = () => reject(new DiskError('another tab has an earlier version of this page open'));
  });
}

/** @param {IDBDatabase} db */
function makeTables(db) {
  db.createObjectStore('profile');
  db.createObjectStore('counts');
  const messages = db.createObjectStore('messages', { keyPath: 'id', autoIncrement: true });
  messages.createIndex('identity', ['direction', 'peer', 'epoch', 'count'], { unique: true });
  messages.createIndex('thread', ['peer', 'textId', 'part']);
  messages.createIndex('unsigned', 'unsigned');
  messages.createIndex('open', 'open');
  messages.createIndex('unread', 'unread');
  const outbox = db.createObjectStore('outbox', { keyPath: 'seq', autoIncrement: true });
  outbox.createIndex('receiptFor', 'receiptFor');
  db.createObjectStore('contacts', { keyPath: 'number' });
  db.createObjectStore('servers');
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** A transaction over all tables. */
export class Tx {
  /** @param {IDBTransaction} tx */
  constructor(tx) {
    this.tx = tx;
  }

  /** @param {Table} table @param {IDBValidKey} key @returns {Promise<any>} */
  get(table, key) {
    return done(this.tx.objectStore(table).get(key));
  }

  /** @param {Table} table @param {IDBValidKey | IDBKeyRange | null} [range] @param {number} [limit] @returns {Promise<any[]>} */
  all(table, range, limit) {
    return done(this.tx.objectStore(table).getAll(range, limit));
  }

  /** @param {Table} table @param {unknown} value @param {IDBValidKey} [key] @returns {Promise<any>} */
  put(table, value, key) {
    return done(this.tx.objectStore(table).put(value, key));
  }

  /** @param {Table} table @param {IDBValidKey | IDBKeyRange} key */
  remove(table, key) {
    return done(this.tx.objectStore(table).delete(key));
  }

  /** @param {Table} table */
  clear(table) {
    return done(this.tx.objectStore(table).clear());
  }

  /** @param {Table} table @param {string} index @param {IDBValidKey | IDBKeyRange} key @returns {Promise<any>} */
  find(table, index, key) {
    return done(this.tx.objectStore(table).index(index).get(key));
  }

  /** @param {Table} table @param {string} index @param {IDBValidKey | IDBKeyRange | null} [range] @param {number} [limit] @returns {Promise<any[]>} */
  findAll(table, index, range, limit) {
    return done(this.tx.objectStore(table).index(index).getAll(range, limit));
  }

  /** The greatest key; null if there is none. @param {Table} table @returns {Promise<any>} */
  async lastKey(table) {
    return (await done(this.tx.objectStore(table).openKeyCursor(null, 'prev')))?.key ?? null;
  }

  /**
   * Each entry of an index, by its keys.
   * @param {Table} table @param {string} index @param {(value: any) => void} take
   */
  async each(table, index, take) {
    const request = this.tx.objectStore(table).index(index).openCursor();
    for (let at = await done(request); at !== null; at = await done(request)) {
      take(at.value);
      at.continue();
    }
  }

  /** @param {Table} table @param {string} index @param {IDBValidKey} [key] */
  count(table, index, key) {
    return done(this.tx.objectStore(table).index(index).count(key));
  }

  /**
   * The keys of an index, each once.
   * @param {Table} table @param {string} index
   * @returns {Promise<any[]>}
   */
  async distinct(table, index) {
    const found = [];
    const request = this.tx.objectStore(table).index(index).openKeyCursor(null, 'nextunique');
    for (let at = await done(request); at !== null; at = await done(request)) {
      found.push(at.key);
      at.continue();
    }
    return found;
  }

  /**
   * The last key of each group of an index whose keys are lists that begin with the group.
   * @param {Table} table @param {string} index
   * @returns {Promise<any[]>}
   */
  async lastKeys(table, index) {
    const found = [];
    const request = this.tx.objectStore(table).index(index).openKeyCursor(null, 'prev');
    for (let at = await done(request); at !== null; at = await done(request)) {
      found.push(at.key);
      const [group] = /** @type {IDBValidKey[]} */ (at.key);
      // Less than all keys that begin with it.
      at.continue([group]);
    }
    return found;
  }

  /**
   * The last entries of a range, the last one first.
   * @param {Table} table @param {string} index @param {IDBKeyRange | null} range @param {number} limit
   * @returns {Promise<any[]>}
   */
  async last(table, index, range, limit) {
    const found = [];
    const request = this.tx.objectStore(table).index(index).openCursor(range, 'prev');
    for (let at = await done(request); at !== null && found.length < limit; at = await done(request)) {
      found.push(at.value);
      at.continue();
    }
    return found;
  }
}

/**
 * Does all of a job or, if it fails, nothing; what is done is on disk when this is.
 * @template T
 * @param {IDBDatabase} db
 * @param {(tx: Tx) => Promise<T>} job which awaits nothing but the transaction
 * @returns {Promise<T>}
 */
export function atomically(db, job) {
  return transact(db, 'readwrite', job);
}

/**
 * @template T
 * @param {IDBDatabase} db
 * @param {(tx: Tx) => Promise<T>} job
 * @returns {Promise<T>}
 */
export function read(db, job) {
  return transact(db, 'readonly', job);
}

/**
 * @template T
 * @param {IDBDatabase} db
 * @param {IDBTransactionMode} mode
 * @param {(tx: Tx) => Promise<T>} job
 * @returns {Promise<T>}
 */
function transact(db, mode, job) {
  return new Promise((resolve, reject) => {
    const tx = db.transaction(TABLES, mode, { durability: 'strict' });
    /** @type {T} */
    let value;
    /** @type {unknown} */
    let failure = null;
    tx.oncomplete = () => resolve(value);
    tx.onabort = () => reject(failure ?? new DiskError(`nothing was kept: ${tx.error?.message}`));
    job(new Tx(tx)).then(
      (result) => {
        value = result;
      },
      (error) => {
        failure = error;
        try {
          tx.abort();
        } catch {
          reject(error);
        }
      },
    );
  });
}
