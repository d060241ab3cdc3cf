/** What is known of a text, and what may take its place; in the same words as other clients. */

import { toHex } from '../protocol/bytes.js';
import { WHERE } from '../protocol/item.js';
import { OUTCOME, reasonName } from '../protocol/message.js';
import { clock } from './shown.js';

/**
 * What is known of a message that was sent.
 * @typedef {object} Known
 * @property {string} state
 * @property {number} stateAt
 * @property {string | null} server
 * @property {number | null} reason
 * @property {boolean} proven
 * @property {string | null} by
 */

/** Of a message that was sent. */
export const STATE = {
  waiting: 'waiting',
  accepted: 'accepted',
  inMailbox: 'in mailbox',
  waitsFor: 'waits for',
  handedTo: 'handed to',
  noWay: 'no way',
  unclaimed: 'unclaimed',
  handedOn: 'handed on',
  passedOn: 'passed on',
  expired: 'expired',
  refused: 'refused',
  delivered: 'delivered',
  read: 'read',
};

/** Who wrote a message that came. */
export const TRUST = {
  verified: 'verified',
  pending: 'pending',
  closed: 'closed',
  unsigned: 'unsigned',
  former: 'former',
  keyChanged: 'key changed',
  unproven: 'unproven',
};
const TRUST_ORDER = Object.values(TRUST);

/**
 * @param {string} state
 * @param {number} at
 * @param {Partial<Known>} [more]
 * @returns {Known}
 */
export function known(state, at, more = {}) {
  return { state, stateAt: at, server: null, reason: null, proven: false, by: null, ...more };
}

/**
 * What a receipt says.
 * @param {import('../protocol/message.js').Receipt} receipt
 * @param {boolean} proven
 * @param {number} at
 */
export function told({ outcome, server }, proven, at) {
  const more = { server: toHex(server), proven };
  switch (outcome) {
    case OUTCOME.delivered:
      return known(STATE.delivered, at, more);
    case OUTCOME.read:
      return known(STATE.read, at, more);
    case OUTCOME.expired:
      return known(STATE.expired, at, more);
    case OUTCOME.passedOn:
      return known(STATE.passedOn, at, more);
    default:
      return known(STATE.refused, at, { ...more, reason: outcome - OUTCOME.refused });
  }
}

const TRACED = [STATE.inMailbox, STATE.waitsFor, STATE.handedTo, STATE.noWay, STATE.unclaimed, STATE.handedOn];

/**
 * What a trace says; null where nothing is known.
 * @param {import('../protocol/item.js').Trace} trace
 * @param {number} now
 */
export function traced({ by, where, server, sinceS }, now) {
  if (where === WHERE.unknown) return null;
  const more = { by: toHex(by), server: server && toHex(server) };
  return known(TRACED[where], now - 1_000 * sinceS, more);
}

/** How far a message is. @param {{ state: string, proven: boolean }} known */
function rank({ state, proven }) {
  switch (state) {
    case STATE.waiting:
      return 0;
    case STATE.accepted:
      return 1;
    case STATE.passedOn:
    case STATE.expired:
    case STATE.refused:
      return 3;
    case STATE.delivered:
      return proven ? 6 : 4;
    case STATE.read:
      return proven ? 7 : 5;
    default:
      return 2;
  }
}

/**
 * What comes later may only lead further, or say the same better; a trace takes the place of a
 * trace.
 * @param {Known} after
 * @param {{ state: string, proven: boolean }} before
 */
export function mayFollow(after, before) {
  return rank(after) > rank(before) || (rank(after) === 2 && rank(before) === 2);
}

/**
 * Of a text's parts, the one with the least of these says what the text's state is.
 * @param {{ state: string, proven: boolean }} known
 */
function orderInText(known) {
  if (known.state === STATE.refused) return 0;
  if (known.state === STATE.expired) return 1;
  return 2 + rank(known);
}

/**
 * The part that says what is known of a whole text.
 * @param {import('./db.js').Stored[]} parts
 */
export function leastOf(parts) {
  const order = parts[0].direction === 'out' ? orderInText : (/** @type {any} */ part) => -TRUST_ORDER.indexOf(part.state);
  return parts.reduce((least, part) => (order(part) < order(least) ? part : least));
}

/** Whether nothing more can become of it. @param {string} state */
export function isFinal(state) {
  return [STATE.delivered, STATE.read, STATE.expired, STATE.refused, STATE.passedOn].includes(state);
}

/**
 * What became of a text, in words.
 * @param {Known} known
 * @param {(server: string | null) => string} named
 */
export function stateWords(known, named) {
  const { state, server, by, proven, reason } = known;
  const whose = proven ? '' : ', says a server';
  switch (state) {
    case STATE.waiting:
      return 'waiting here';
    case STATE.accepted:
      return `accepted by ${named(server)}`;
    case STATE.delivered:
    case STATE.read:
      return `${state}${whose}`;
    case STATE.passedOn:
      return `passed on to a classic server by ${named(server)}; nothing more will be known`;
    case STATE.expired:
      return server === null ? 'expired here' : `expired at ${named(server)}`;
    case STATE.refused:
      return `refused by ${named(server)}: ${reasonName(reason ?? 0)}`;
    default:
      return `at ${named(by)} since ${clock(known.stateAt)}, ${whereWords(state, named(server))}`;
  }
}

/** @param {string} state @param {string} server */
function whereWords(state, server) {
  switch (state) {
    case STATE.inMailbox:
      return 'in the mailbox of its reader';
    case STATE.waitsFor:
      return `waiting for the link to ${server}`;
    case STATE.handedTo:
      return `being handed to ${server}`;
    case STATE.noWay:
      return `which has no way to ${server}`;
    case STATE.unclaimed:
      return 'waiting for its reader to turn up';
    default:
      return `handed on to ${server}`;
  }
}

/** How it is known that a text was delivered or read. @param {Known} known */
export function proofWords({ state, proven }) {
  if (state !== STATE.delivered && state !== STATE.read) return null;
  return proven ? "its reader's key has signed that" : 'its reader has not signed that: a server says so';
}

/** What is wrong with who wrote a text; null where its sender's key has signed it. @param {string} trust */
export function trustWords(trust) {
  switch (trust) {
    case TRUST.verified:
      return null;
    case TRUST.pending:
      return 'not opened yet';
    case TRUST.closed:
      return 'sealed for a key that this device does not have';
    case TRUST.unsigned:
      return 'unverified';
    case TRUST.former:
      return 'unverified: signed with a key that its sender has replaced';
    case TRUST.keyChanged:
      return "unverified: the sender's key has changed";
    default:
      return "unverified: not signed by its sender's key";
  }
}
