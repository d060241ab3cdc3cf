/** What leaves: texts are kept, then signed once it is known whose their number is, then taken. */

import { fromHex, isSame, toHex } from '../protocol/bytes.js';
import { CHARACTERS_MAX, FORM, PARTS_MAX, charactersOf, contentOf, split } from '../protocol/content.js';
import { ageCode, lifetimeCode, lifetimeMs } from '../protocol/durations.js';
import { KIND, parseMessage, printMessage, printReceipt } from '../protocol/message.js';
import { seal } from '../protocol/sealed.js';
import { changeGroup, tookBack, wrote } from './groups.js';
import { STATE, known, mayFollow } from './states.js';

/** How many servers may hand a text on; a receipt's way may be longer than that of its text was. */
const HOPS = { text: 64, receipt: 255 };
/** How long a text may be on its way. */
const LIFETIME = lifetimeCode(7 * 86_400_000);
const LIFETIME_OF_RECEIPT = 255;
const COUNT_MAX = 0xffffffff;
/** Texts to one number that are signed at once. */
const SIGNED_AT_ONCE = 32;
export const TEXT_CHARACTERS_MAX = CHARACTERS_MAX * PARTS_MAX;

/** @typedef {import('./db.js').Tx} Tx */
/** @typedef {import('./db.js').Stored} Stored */
/** @typedef {import('./db.js').Waiting} Waiting */
/** @typedef {import('./db.js').Contact} Contact */
/** @typedef {import('./states.js').Known} Known */
/** @typedef {import('../protocol/message.js').MessageId} MessageId */
/**
 * Who signs; `first` is the first key's secret, while texts that are sealed for it are opened.
 * @typedef {{ keys: import('../protocol/keys.js').Keys, epoch: number, first?: Uint8Array }} Signer
 */
/** What the directory says of a number. @typedef {{ isKnown: boolean, pinned: import('./db.js').Pinned | null }} KnownNumber */

/** A text cannot be kept as it is, for people. */
export class DraftError extends Error {}

/**
 * Keeps a text to be sent. A number that is written to is one whose texts are wanted.
 * @param {Tx} tx
 * @param {{ to: string, text: string, precedence?: number }} draft
 * @param {number} now
 * @returns {Promise<number>} its id
 */
export async function compose(tx, { to, text, precedence = 0 }, now) {
  const count = charactersOf(text);
  if (count === 0) throw new DraftError('a text has at least one character');
  if (count > TEXT_CHARACTERS_MAX) {
    throw new DraftError(`a text has at most ${TEXT_CHARACTERS_MAX} characters, this has ${count}`);
  }
  const parts = split(text);
  let textId = 0;
  for (const [at, part] of parts.entries()) {
    /** @type {Stored} */
    const message = {
      direction: 'out',
      peer: to,
      part: at + 1,
      parts: parts.length,
      text: part,
      precedence,
      lifetime: LIFETIME,
      sealed: true,
      at: now,
      unsigned: to,
      ...known(STATE.waiting, now),
    };
    textId = await insert(tx, message, textId);
  }
  const contact = await contactOf(tx, to);
  if (contact.standing === 'new') await tx.put('contacts', { ...contact, standing: 'accepted' });
  await changeGroup(tx, to, (group) => wrote(group, { id: textId, text, at: now }));
  return textId;
}

/**
 * Keeps a message as a part of a text, or of one of its own if that is 0.
 * @param {Tx} tx
 * @param {Stored} message
 * @param {number} textId
 * @returns {Promise<number>} the text's id
 */
export async function insert(tx, message, textId) {
  const id = await tx.put('messages', textId === 0 ? message : { ...message, textId });
  if (textId !== 0) return textId;
  await tx.put('messages', { ...message, id, textId: id });
  return id;
}

/**
 * What is known of a number; nothing but the number, if nothing is.
 * @param {Tx} tx
 * @param {string} number
 * @returns {Promise<Contact>}
 */
export async function contactOf(tx, number) {
  const found = await tx.get('contacts', number);
  const none = { number, name: null, pinned: null, said: null, former: null, changedAt: null, standing: 'new' };
  return found ?? none;
}

/**
 * All messages of a text, by their parts.
 * @param {Tx} tx
 * @param {string} peer
 * @param {number} textId
 * @returns {Promise<Stored[]>}
 */
export function partsOf(tx, peer, textId) {
  return tx.findAll('messages', 'thread', IDBKeyRange.bound([peer, textId], [peer, textId, []]));
}

/**
 * Signs some of the texts that wait for a number: sealed, if it has a key. Texts to a number
 * whose key is in doubt wait.
 * @param {Tx} tx
 * @param {Signer} signer
 * @param {string} to
 * @param {KnownNumber} number
 * @param {number} now
 * @returns {Promise<boolean>} whether there may be more
 */
export async function signTexts(tx, signer, to, number, now) {
  const contact = await contactOf(tx, to);
  const key = contact.pinned?.key ?? null;
  if (contact.said !== null || isOther(key, number.pinned?.key ?? null)) return false;
  /** @type {Stored[]} */
  const waiting = await tx.findAll('messages', 'unsigned', to, SIGNED_AT_ONCE * PARTS_MAX);
  const texts = [...new Set(waiting.map((message) => Number(message.textId)))].sort((a, b) => a - b);
  for (const text of texts.slice(0, SIGNED_AT_ONCE)) {
    for (const part of await partsOf(tx, to, text)) {
      await signPart(tx, signer, part, key, now);
    }
  }
  return texts.length > SIGNED_AT_ONCE;
}

/** @param {Uint8Array | null} key @param {Uint8Array | null} said */
function isOther(key, said) {
  return said !== null && (key === null || !isSame(key, said));
}

/**
 * @param {Tx} tx
 * @param {Signer} signer
 * @param {Stored} message
 * @param {Uint8Array | null} key the recipient's
 * @param {number} now
 */
async function signPart(tx, signer, message, key, now) {
  const { unsigned: _, ...kept } = message;
  if (now - message.at >= lifetimeMs(message.lifetime)) {
    await tx.put('messages', { ...kept, ...known(STATE.expired, now) });
    return;
  }
  const id = await nextId(tx, signer, message.peer);
  const plain = contentOf(message.text);
  const body = key && seal({ secret: signer.keys.secret, to: key, id, content: plain });
  const content = body ? { form: FORM.sealed, body } : plain;
  const part = message.parts > 1 ? { number: message.part, of: message.parts } : null;
  const { precedence, lifetime, at } = message;
  const bytes = signed(signer, id, { kind: KIND.text, hops: HOPS.text, precedence, lifetime, part, ...content });
  await tx.put('outbox', { precedence, message: message.id, receiptFor: null, at, bytes });
  await tx.put('messages', { ...kept, epoch: id.epoch, count: id.count, sealed: Boolean(body) });
}

/**
 * Signs a receipt about a message that came, and puts it into the outbox.
 * @param {Tx} tx
 * @param {Signer} signer
 * @param {{ about: MessageId, message: number, outcome: number, age: number }} receipt `message`
 *   is the id of the message here
 * @param {number} now
 */
export async function tell(tx, signer, { about, message, outcome, age }, now) {
  const home = (await tx.get('profile', 'home')) ?? '00'.repeat(8);
  const { epoch, count } = about;
  const body = printReceipt({ epoch, count, outcome, server: fromHex(home), age });
  const id = await nextId(tx, signer, about.from);
  const [kind, hops, precedence] = [KIND.receipt, HOPS.receipt, 0];
  const more = { lifetime: LIFETIME_OF_RECEIPT, part: null, form: FORM.told, body };
  const bytes = signed(signer, id, { kind, hops, precedence, ...more });
  await tx.put('outbox', { precedence, message: null, receiptFor: message, at: now, bytes });
}

/**
 * @param {Signer} signer
 * @param {MessageId} id
 * @param {Omit<import('../protocol/message.js').Message, 'id' | 'age' | 'signature'>} what
 */
function signed(signer, id, what) {
  return signer.keys.signMessage({ id, age: 0, signature: null, ...what });
}

/**
 * The next count of this device's messages to a number, which is used up.
 * @param {Tx} tx
 * @param {Signer} signer
 * @param {string} to
 */
async function nextId(tx, signer, to) {
  const count = ((await tx.get('counts', to)) ?? 0) + 1;
  if (count > COUNT_MAX) throw new DraftError('there are no more counts for this number');
  await tx.put('counts', count, to);
  return { from: signer.keys.number, to, epoch: signer.epoch, count };
}

/**
 * What a server is to be handed next: the most urgent first, as old as they are.
 * @param {Tx} tx
 * @param {Set<number>} inFlight what was handed over already
 * @param {number} limit
 * @param {number} now
 * @returns {Promise<{ seq: number, precedence: number, bytes: Uint8Array }[]>}
 */
export async function outgoing(tx, inFlight, limit, now) {
  /** @type {Waiting[]} */
  const all = await tx.all('outbox', null, inFlight.size + 4 * limit);
  const next = all.filter(({ seq }) => !inFlight.has(Number(seq)));
  next.sort((one, other) => other.precedence - one.precedence || Number(one.seq) - Number(other.seq));
  return next.slice(0, limit).map(({ seq, precedence, at, bytes }) => {
    const aged = printMessage({ ...parseMessage(bytes), age: ageCode(Math.max(now - at, 0)) });
    return { seq: Number(seq), precedence, bytes: aged };
  });
}

/**
 * A server has these of the outbox on disk, and answers for them.
 * @param {Tx} tx
 * @param {number[]} all
 * @param {Uint8Array} server its key
 * @param {number} now
 */
export async function taken(tx, all, server, now) {
  for (const seq of all) {
    /** @type {Waiting | undefined} */
    const waited = await tx.get('outbox', seq);
    if (waited === undefined) continue;
    await tx.remove('outbox', seq);
    if (waited.message !== null) {
      await learnOf(tx, waited.message, known(STATE.accepted, now, { server: toHex(server.slice(0, 8)) }));
    }
  }
}

/**
 * Something is known of a message that was sent; it is kept if it leads further.
 * @param {Tx} tx
 * @param {number} id
 * @param {Known} said
 */
export async function learnOf(tx, id, said) {
  /** @type {Stored | undefined} */
  const message = await tx.get('messages', id);
  if (message?.direction === 'out' && mayFollow(said, message)) {
    await tx.put('messages', { ...message, ...said });
  }
}

/**
 * A message that was sent from here.
 * @param {Tx} tx
 * @param {string} own this number
 * @param {MessageId} id
 * @returns {Promise<Stored | undefined>}
 */
export async function sent(tx, own, { from, to, epoch, count }) {
  return from === own ? tx.find('messages', 'identity', ['out', to, epoch, count]) : undefined;
}

/**
 * Takes back a text that waits and was not handed to any server.
 * @param {Tx} tx
 * @param {string} peer
 * @param {number} textId
 */
export async function withdraw(tx, peer, textId) {
  const parts = await partsOf(tx, peer, textId);
  if (parts.length === 0 || parts.some((part) => part.unsigned === undefined)) {
    throw new DraftError('the text has left');
  }
  for (const part of parts) await tx.remove('messages', Number(part.id));
  const text = parts.map((part) => part.text).join('');
  await changeGroup(tx, peer, (group) => tookBack(group, { id: textId, text }));
}
