/** What comes, and who wrote it. A message that these keep may be taken into custody. */

import { isSame } from '../protocol/bytes.js';
import { FORM, textOf } from '../protocol/content.js';
import { KIND, OUTCOME, parseMessage, parseReceipt } from '../protocol/message.js';
import { open } from '../protocol/sealed.js';
import { isMessageSigned } from '../protocol/sign.js';
import { hear } from './groups.js';
import { contactOf, insert, learnOf, partsOf, sent, tell } from './outgoing.js';
import { TRUST, told, traced } from './states.js';

/** @typedef {import('./db.js').Tx} Tx */
/** @typedef {import('./db.js').Stored} Stored */
/** @typedef {import('./db.js').Contact} Contact */
/** @typedef {import('./outgoing.js').Signer} Signer */
/** @typedef {import('./outgoing.js').KnownNumber} KnownNumber */
/** @typedef {import('../protocol/message.js').Message} Message */

/** What the directory says that nothing is known of. @type {KnownNumber} */
export const UNKNOWN = { isKnown: false, pinned: null };

/** What may be judged again once more is known. */
const OPEN = [TRUST.pending, TRUST.keyChanged, TRUST.closed];

/**
 * Keeps a message that a server hands over. One that is not for this number, or of no use to it,
 * is dropped.
 * @param {Tx} tx
 * @param {Signer} signer
 * @param {Message} message
 * @param {Uint8Array} bytes
 * @param {number} now
 * @returns {Promise<string | null>} a number whose key is wanted
 */
export async function receive(tx, signer, message, bytes, now) {
  if (message.id.to !== signer.keys.number) return null;
  if (message.kind === KIND.text) return receiveText(tx, signer, message, bytes, now);
  if (message.kind === KIND.receipt) return receiveReceipt(tx, signer, message, bytes, now);
  return null;
}

/**
 * @param {Tx} tx
 * @param {Signer} signer
 * @param {Message} message
 * @param {Uint8Array} bytes
 * @param {number} now
 */
async function receiveText(tx, signer, message, bytes, now) {
  const { id, age } = message;
  const delivered = { about: id, outcome: OUTCOME.delivered, age };
  /** @type {Stored | undefined} */
  const before = await tx.find('messages', 'identity', ['in', id.from, id.epoch, id.count]);
  if (before !== undefined) {
    // Its sender's server has not had the receipt; unless that is still here.
    const isTold = (await tx.find('outbox', 'receiptFor', Number(before.id))) !== undefined;
    if (!isTold) await tell(tx, signer, { ...delivered, message: Number(before.id) }, now);
    return null;
  }
  const contact = await contactOf(tx, id.from);
  const { trust, text } = judge(signer, message, contact, null);
  const isOpen = OPEN.includes(trust);
  /** @type {Stored} */
  const kept = {
    direction: 'in',
    peer: id.from,
    epoch: id.epoch,
    count: id.count,
    part: message.part?.number ?? 1,
    parts: message.part?.of ?? 1,
    text,
    precedence: message.precedence,
    lifetime: message.lifetime,
    sealed: message.form === FORM.sealed,
    at: now,
    state: trust,
    stateAt: now,
    server: null,
    reason: null,
    proven: false,
    by: null,
    unread: id.from,
    ...(isOpen ? { open: id.from, bytes } : {}),
  };
  await insert(tx, kept, await textOfParts(tx, message));
  const stored = await tx.find('messages', 'identity', ['in', id.from, id.epoch, id.count]);
  await tell(tx, signer, { ...delivered, message: stored.id }, now);
  if (trust === TRUST.verified) await hear(tx, await partsOf(tx, id.from, stored.textId), signer.keys.number);
  return isOpen ? id.from : null;
}

/**
 * The text of which parts have come before; 0 where none has.
 * @param {Tx} tx
 * @param {Message} message
 * @returns {Promise<number>}
 */
async function textOfParts(tx, { id, part }) {
  if (part === null) return 0;
  const first = id.count - part.number + 1;
  const key = (/** @type {number} */ count) => ['in', id.from, id.epoch, count];
  const range = IDBKeyRange.bound(key(first), key(first + part.of - 1));
  /** @type {Stored[]} */
  const near = await tx.findAll('messages', 'identity', range);
  const other = near.find((one) => one.parts === part.of && Number(one.count) - one.part + 1 === first);
  return other?.textId ?? 0;
}

/**
 * Who wrote a text, as far as is known; `asked` is what the directory has just said of its
 * sender's number, null where it was not asked.
 * @param {Signer} signer
 * @param {Message} message
 * @param {Contact} contact
 * @param {KnownNumber | null} asked
 * @returns {{ trust: string, text: string }}
 */
function judge(signer, message, contact, asked) {
  const isBy = (/** @type {Uint8Array | null | undefined} */ key) => Boolean(key) && isMessageSigned(message, /** @type {Uint8Array} */ (key));
  const { pinned, said, former } = contact;
  const known = /** @type {[Uint8Array | null | undefined, string][]} */ ([
    [pinned?.key, TRUST.verified],
    [said?.key, TRUST.keyChanged],
    [former, TRUST.former],
    [pinned?.firstKey, TRUST.former],
  ]);
  const [key = null, trust] = known.find(([one]) => isBy(one)) ?? [null, unsignedTrust(message, pinned, asked)];
  const text = readText(signer, message, key);
  if (text !== null) return { trust, text };
  if (trust === TRUST.pending) return { trust, text: '' };
  const isClosed = key !== null && signer.keys.word !== null;
  return { trust: isClosed ? TRUST.closed : TRUST.unproven, text: '' };
}

/**
 * @param {Signer} signer
 * @param {Message} message
 * @param {Uint8Array | null} key its sender's
 */
function readText(signer, message, key) {
  if (message.form !== FORM.sealed) return textOf(message);
  const { id, body } = message;
  if (key === null) return null;
  const opened = open({ secret: signer.keys.secret, from: key, id, body });
  if (opened !== null || signer.first === undefined) return opened;
  return open({ secret: signer.first, from: key, id, body });
}

/**
 * What a text is that no known key has signed.
 * @param {Message} message
 * @param {import('./db.js').Pinned | null} pinned
 * @param {KnownNumber | null} asked
 */
function unsignedTrust({ signature }, pinned, asked) {
  const isSigned = signature !== null;
  // Its number may have another key by now, or none that is known yet.
  if (asked === null) return isSigned || pinned === null ? TRUST.pending : TRUST.unproven;
  if (!asked.isKnown && isSigned && pinned === null) return TRUST.pending;
  if (asked.pinned === null && pinned === null && !isSigned) return TRUST.unsigned;
  return TRUST.unproven;
}

/**
 * @param {Tx} tx
 * @param {Signer} signer
 * @param {Message} message
 * @param {Uint8Array} bytes
 * @param {number} now
 */
async function receiveReceipt(tx, signer, message, bytes, now) {
  const { epoch, count } = parseReceipt(message.body);
  const about = await sent(tx, signer.keys.number, { from: message.id.to, to: message.id.from, epoch, count });
  if (about === undefined) return null;
  const key = (await contactOf(tx, message.id.from)).pinned?.key ?? null;
  const isWanted = key === null && message.signature !== null;
  // What it proves is seen once the key is known.
  if (isWanted) await tx.put('messages', { ...about, bytes, open: about.peer });
  await learnReceipt(tx, Number(about.id), message, key, now);
  return isWanted ? message.id.from : null;
}

/**
 * @param {Tx} tx
 * @param {number} about
 * @param {Message} message
 * @param {Uint8Array | null} key that is known of its sender
 * @param {number} now
 */
async function learnReceipt(tx, about, message, key, now) {
  const isProven = key !== null && isMessageSigned(message, key);
  await learnOf(tx, about, told(parseReceipt(message.body), isProven, now));
}

/**
 * A trace of an own message has come.
 * @param {Tx} tx
 * @param {Signer} signer
 * @param {import('../protocol/item.js').Trace} trace
 * @param {number} now
 */
export async function learnTrace(tx, signer, trace, now) {
  const said = traced(trace, now);
  const message = said && (await sent(tx, signer.keys.number, trace.id));
  if (said && message) await learnOf(tx, Number(message.id), said);
}

/**
 * The directory has said something of a number. The first key is kept as its; one that follows by
 * the word of the first counts at once; any other is kept beside it, until somebody decides.
 * @param {Tx} tx
 * @param {Signer} signer
 * @param {string} number
 * @param {KnownNumber} known
 * @param {number} now
 * @returns {Promise<boolean>} whether its owner has changed the key
 */
export async function learnNumber(tx, signer, number, known, now) {
  const contact = await contactOf(tx, number);
  const after = learnt(contact, known.pinned, now);
  if (after !== contact) await tx.put('contacts', after);
  await judgeAgain(tx, signer, number, known, now);
  return after.changedAt !== contact.changedAt;
}

/**
 * @param {Contact} contact
 * @param {import('./db.js').Pinned | null} said
 * @param {number} now
 * @returns {Contact}
 */
function learnt(contact, said, now) {
  const { pinned } = contact;
  if (said === null) return contact;
  if (pinned === null) return { ...contact, pinned: said };
  if (isSame(pinned.key, said.key)) return contact.said === null ? contact : { ...contact, said: null };
  const first = pinned.firstKey ?? pinned.key;
  const isFollowing = said.firstKey !== null && isSame(said.firstKey, first) && said.since > pinned.since;
  if (!isFollowing) return { ...contact, said };
  return { ...contact, pinned: said, said: null, former: pinned.key, changedAt: now };
}

/**
 * Takes the key that a number is said to have now for its own. False if it is said to have
 * another one by now; nothing was changed then.
 * @param {Tx} tx
 * @param {Signer} signer
 * @param {string} number
 * @param {Uint8Array} key
 * @param {number} now
 */
export async function acceptKey(tx, signer, number, key, now) {
  const contact = await contactOf(tx, number);
  const { said } = contact;
  if (said === null || !isSame(said.key, key)) return false;
  await tx.put('contacts', { ...contact, pinned: said, said: null });
  await judgeAgain(tx, signer, number, { isKnown: true, pinned: said }, now);
  return true;
}

/**
 * Opens texts that are sealed for the first key, which a later one has replaced.
 * @param {Tx} tx
 * @param {Signer} signer with the first key's secret
 * @param {number} now
 */
export async function openClosed(tx, signer, now) {
  for (const number of await tx.distinct('messages', 'open')) {
    await judgeAgain(tx, signer, number, null, now);
  }
}

/**
 * Judges the texts and receipts of a number that were kept for that.
 * @param {Tx} tx
 * @param {Signer} signer
 * @param {string} number
 * @param {KnownNumber | null} known
 * @param {number} now
 */
async function judgeAgain(tx, signer, number, known, now) {
  const contact = await contactOf(tx, number);
  /** @type {Stored[]} */
  const waiting = await tx.findAll('messages', 'open', number);
  for (const stored of waiting) {
    const { open: _, bytes, ...kept } = stored;
    const message = parseMessage(bytes ?? new Uint8Array());
    if (message.kind === KIND.text) {
      const { trust, text } = judge(signer, message, contact, known);
      await tx.put('messages', { ...(OPEN.includes(trust) ? stored : kept), state: trust, text });
      if (trust === TRUST.verified) await hear(tx, await partsOf(tx, number, Number(stored.textId)), signer.keys.number);
    } else if (known !== null && (contact.pinned !== null || known.isKnown)) {
      // One whose sender is in no directory yet is kept.
      await tx.put('messages', kept);
      await learnReceipt(tx, Number(stored.id), message, contact.pinned?.key ?? null, now);
    }
  }
}

/**
 * Marks the texts of a number as read, up to one; if `tell`, their senders are told so, as far
 * as it is known who they are.
 * @param {Tx} tx
 * @param {Signer} signer
 * @param {{ peer: string, upTo: number, isTold: boolean }} what
 * @param {number} now
 */
export async function markRead(tx, signer, { peer, upTo, isTold }, now) {
  /** @type {Stored[]} */
  const unread = await tx.findAll('messages', 'unread', peer);
  for (const message of unread.filter(({ textId }) => Number(textId) <= upTo)) {
    const { unread: _, ...kept } = message;
    await tx.put('messages', kept);
    if (isTold && message.state === TRUST.verified) {
      const about = { from: peer, to: signer.keys.number, epoch: Number(message.epoch), count: Number(message.count) };
      const what = { about, message: Number(message.id), outcome: OUTCOME.read, age: 0 };
      await tell(tx, signer, what, now);
    }
  }
  return unread.length > 0;
}

