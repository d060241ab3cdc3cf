/** Items: all that a link carries, and what a client and its server say beside messages. */

import { Malformed, Reader, fromUtf8, integer, join, toUtf8 } from './bytes.js';
import { parseMessage } from './message.js';
import { numberBytes, readNumber } from './number.js';
import { parseRow, printNumberFact, readNumberFact } from './row.js';

export const ITEM_BYTES_MAX = 1_024;
export const CODE_BYTES_MAX = 32;
export const VERDICT = { attached: 0, claim: 1, released: 2, refused: 0x80 };
export const REFUSAL = {
  taken: 0,
  inUse: 1,
  reserved: 2,
  notInvited: 3,
  closed: 4,
  full: 5,
  stale: 6,
  signature: 7,
  replaced: 8,
};
const BYTE = { attach: 0x82, claim: 0x83, answer: 0x84, ask: 0x85, unknown: 0x86, trace: 0x87, dispute: 0x88 };
const ASK = { number: 0, server: 1, message: 2 };
const ATTACH_LABEL = toUtf8('postrider attach v1\0');

/** @typedef {import('./message.js').MessageId} MessageId */
/** @typedef {import('./row.js').NumberFact} NumberFact */
/** @typedef {{ number: string, key: Uint8Array, signature: Uint8Array }} Attach */
/** @typedef {{ code: string, row: NumberFact }} Claim */
/** @typedef {{ number: string, version: number, verdict: number }} Answer */
/**
 * What is asked for: a number, a server by eight bytes of its key, or a message.
 * @typedef {{ number: string } | { server: Uint8Array } | { message: MessageId }} Ask
 */
/**
 * Where a message is. `by` says so, since `sinceS` seconds; `where` is one of `WHERE`.
 * @typedef {object} Trace
 * @property {MessageId} id
 * @property {Uint8Array} by
 * @property {number} sinceS
 * @property {number} where
 * @property {Uint8Array | null} server
 */
export const WHERE = {
  inMailbox: 0,
  waitsFor: 1,
  handedTo: 2,
  noWay: 3,
  unclaimed: 4,
  handedOn: 5,
  unknown: 6,
};
const WHERE_WITH_SERVER = [WHERE.waitsFor, WHERE.handedTo, WHERE.noWay, WHERE.handedOn];

/**
 * Another first key had a number, too: how that begins, and the server that was its home then.
 * @typedef {{ number: string, first: Uint8Array, home: Uint8Array }} Dispute
 */

/**
 * @typedef {{ type: 'message', message: import('./message.js').Message }
 *   | { type: 'row', row: import('./row.js').Row }
 *   | { type: 'attach', attach: Attach }
 *   | { type: 'claim', claim: Claim }
 *   | { type: 'answer', answer: Answer }
 *   | { type: 'ask', ask: Ask }
 *   | { type: 'unknown', ask: Ask }
 *   | { type: 'trace', trace: Trace }
 *   | { type: 'dispute', dispute: Dispute }} Item
 */

/**
 * Any item that a client may meet; summaries are between servers, and refused.
 * @param {Uint8Array} bytes
 * @returns {Item}
 */
export function parseItem(bytes) {
  if (bytes.length > ITEM_BYTES_MAX) throw new Malformed('ItemLength');
  const reader = new Reader(bytes);
  const first = reader.byte();
  if (first < 0x80) return { type: 'message', message: parseMessage(bytes) };
  if (first === 0x80) return { type: 'row', row: parseRow(bytes) };
  const item = parseFields(first, reader);
  reader.end();
  return item;
}

/**
 * @param {number} first
 * @param {Reader} reader
 * @returns {Item}
 */
function parseFields(first, reader) {
  switch (first) {
    case BYTE.attach: {
      const [number, key] = [readNumber(reader), reader.take(32)];
      return { type: 'attach', attach: { number, key, signature: reader.take(64) } };
    }
    case BYTE.claim:
      return { type: 'claim', claim: readClaim(reader) };
    case BYTE.answer: {
      const answer = { number: readNumber(reader), version: reader.integer(4), verdict: reader.byte() };
      const isVerdict = answer.verdict <= VERDICT.released || answer.verdict >= VERDICT.refused;
      if (!isVerdict) throw new Malformed('Outcome');
      return { type: 'answer', answer };
    }
    case BYTE.ask:
      return { type: 'ask', ask: readAsk(reader) };
    case BYTE.unknown:
      return { type: 'unknown', ask: readAsk(reader) };
    case BYTE.trace:
      return { type: 'trace', trace: readTrace(reader) };
    case BYTE.dispute: {
      const [number, first, home] = [readNumber(reader), reader.take(16), reader.take(8)];
      return { type: 'dispute', dispute: { number, first, home } };
    }
    default:
      throw new Malformed('ItemKind');
  }
}

/** @param {Reader} reader */
function readClaim(reader) {
  const length = reader.byte();
  if (length > CODE_BYTES_MAX) throw new Malformed('Code');
  const code = fromUtf8(reader.take(length));
  const row = readNumberFact(reader);
  if (row.owner === null) throw new Malformed('Flags');
  return { code, row };
}

/**
 * @param {Reader} reader
 * @returns {Ask}
 */
function readAsk(reader) {
  const kind = reader.byte();
  if (kind === ASK.number) return { number: readNumber(reader) };
  if (kind === ASK.server) return { server: reader.take(8) };
  if (kind === ASK.message) return { message: readId(reader) };
  throw new Malformed('ItemKind');
}

/** @param {Reader} reader */
function readId(reader) {
  const [from, to] = [readNumber(reader), readNumber(reader)];
  return { from, to, epoch: reader.integer(3), count: reader.notZero(4) };
}

/** @param {Reader} reader */
function readTrace(reader) {
  const [id, by] = [readId(reader), reader.take(8)];
  const [sinceS, where] = [reader.integer(4), reader.byte()];
  if (where > WHERE.unknown) throw new Malformed('Outcome');
  const server = WHERE_WITH_SERVER.includes(where) ? reader.take(8) : null;
  return { id, by, sinceS, where, server };
}

/**
 * What the owner signs, so that a device with this link key is attached at this server.
 * @param {{ number: string, key: Uint8Array, server: Uint8Array, device: Uint8Array }} attach
 */
export function attachSignedPart({ number, key, server, device }) {
  return join(ATTACH_LABEL, server, device, numberBytes(number), key);
}

/** @param {Attach} attach */
export function printAttach({ number, key, signature }) {
  return join([BYTE.attach], numberBytes(number), key, signature);
}

/** @param {Claim} claim */
export function printClaim({ code, row }) {
  const bytes = toUtf8(code);
  if (bytes.length > CODE_BYTES_MAX) throw new Malformed('Code');
  return join([BYTE.claim, bytes.length], bytes, printNumberFact(row));
}

/** @param {Answer} answer */
export function printAnswer({ number, version, verdict }) {
  return join([BYTE.answer], numberBytes(number), integer(version, 4), [verdict]);
}

/** @param {Ask} ask */
export function printAsk(ask) {
  return join([BYTE.ask], askBytes(ask));
}

/** @param {Ask} ask */
export function printUnknown(ask) {
  return join([BYTE.unknown], askBytes(ask));
}

/** @param {Ask} ask */
function askBytes(ask) {
  if ('number' in ask) return join([ASK.number], numberBytes(ask.number));
  if ('server' in ask) return join([ASK.server], ask.server);
  return join([ASK.message], idBytes(ask.message));
}

/** @param {MessageId} id */
export function idBytes({ from, to, epoch, count }) {
  return join(numberBytes(from), numberBytes(to), integer(epoch, 3), integer(count, 4));
}

/** @param {Trace} trace */
export function printTrace({ id, by, sinceS, where, server }) {
  return join([BYTE.trace], idBytes(id), by, integer(sinceS, 4), [where], server ?? []);
}

/** @param {Dispute} dispute */
export function printDispute({ number, first, home }) {
  return join([BYTE.dispute], numberBytes(number), first, home);
}

const REFUSALS = [
  'the number belongs to somebody else',
  'the number is in use by a classic client',
  'another server gives out this number',
  'new numbers need an invitation here, and this code is none',
  'this server gives out no new numbers',
  'the server has as many clients as it may have',
  'something newer is known of the number',
  'the key does not fit',
  "the number's key was changed by its owner",
];

/** Why a server does not let a number in, in words. @param {number} reason 0 to 127 */
export function refusalName(reason) {
  return REFUSALS[reason] ?? `refused for a reason of number ${reason}`;
}
