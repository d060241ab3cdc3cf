/**
 * One tab has the session. Where the browser has locks, the tab with the lock; over plain HTTP it
 * has none, and the tab whose name stands in a lease on disk that it renews. A tab that sleeps
 * loses its lease; for a moment two may have a session then, which does no harm: what is taken
 * twice is one text.
 */

import { atomically } from './db.js';

const LOCK = 'postrider';
const RENEW_MS = 2_000;
const LEASE_MS = 8_000;

/**
 * @param {IDBDatabase} db
 * @param {{ lead: () => void, follow: () => void }} told `follow` only ever after `lead`
 * @param {Pick<LockManager, 'request'> | undefined} [locks]
 */
export function chooseTab(db, told, locks = navigator.locks) {
  if (locks) {
    locks.request(LOCK, () => {
      told.lead();
      // Held until the tab is closed.
      return new Promise(() => {});
    });
    return;
  }
  const lease = new Lease(db, told);
  lease.renew();
  setInterval(() => lease.renew(), RENEW_MS);
  addEventListener('pagehide', () => lease.end());
  addEventListener('pageshow', () => lease.renew());
}

export class Lease {
  /** @param {IDBDatabase} db @param {{ lead: () => void, follow: () => void }} told */
  constructor(db, told) {
    this.db = db;
    this.told = told;
    this.name = Array.from(crypto.getRandomValues(new Uint32Array(2))).join('-');
    this.isLeading = false;
  }

  /** Takes it, if nobody else has it. */
  async renew(now = Date.now()) {
    const isMine = await atomically(this.db, async (tx) => {
      const lease = await tx.get('profile', 'lease');
      // A clock that was set back does not make a lease last.
      const isOther = lease && lease.name !== this.name && lease.until > now && lease.until <= now + LEASE_MS;
      if (isOther) return false;
      await tx.put('profile', { name: this.name, until: now + LEASE_MS }, 'lease');
      return true;
    }).catch(() => this.isLeading);
    if (isMine !== this.isLeading) {
      this.isLeading = isMine;
      if (isMine) this.told.lead();
      else this.told.follow();
    }
  }

  /** Leaves it to others. */
  async end() {
    if (!this.isLeading) return;
    this.isLeading = false;
    this.told.follow();
    // All of it before this returns: of a tab that is being closed nothing runs any more. If it is
    // another's by now, that one takes it again.
    const tx = this.db.transaction('profile', 'readwrite');
    tx.objectStore('profile').delete('lease');
    tx.commit?.();
    await new Promise((resolve) => {
      tx.oncomplete = tx.onabort = resolve;
    });
  }
}
