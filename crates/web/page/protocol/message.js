/** Messages: texts, receipts, histories. */

import { Malformed, Reader, integer, join, toUtf8 } from './bytes.js';
import { FORM, textOf } from './content.js';
import { fromValue } from './number.js';

export const KIND = { text: 0, receipt: 1, history: 2 };
export const PRECEDENCES = ['routine', 'priority', 'immediate', 'flash'];
export const OUTCOME = { delivered: 1, read: 2, expired: 3, passedOn: 4, refused: 0x80 };

const LABEL = toUtf8('postrider message v1\0');
const SIGNED = 2;
const IN_PARTS = 1;
const NUMBER_BITS = 34n;
const NUMBER_MASK = (1n << NUMBER_BITS) - 1n;
const SIGNATURE_BYTES = 64;

/**
 * What tells a message from every other.
 * @typedef {{ from: string, to: string, epoch: number, count: number }} MessageId
 */

/**
 * A message as it travels. `age` and `lifetime` are codes; `part` is which of how many.
 * @typedef {object} Message
 * @property {MessageId} id
 * @property {number} kind
 * @property {number} precedence 0 to 3
 * @property {number} hops
 * @property {number} age
 * @property {number} lifetime
 * @property {{ number: number, of: number } | null} part
 * @property {number} form
 * @property {Uint8Array} body
 * @property {Uint8Array | null} signature
 */

/**
 * What became of a message. `outcome` is a code, `age` as well.
 * @typedef {object} Receipt
 * @property {number} epoch
 * @property {number} count
 * @property {number} outcome
 * @property {Uint8Array} server eight bytes
 * @property {number} age
 */

/**
 * @param {Uint8Array} bytes
 * @returns {Message}
 */
export function parseMessage(bytes) {
  const reader = new Reader(bytes);
  const shape = reader.byte();
  const [hops, age] = [reader.byte(), reader.integer(2)];
  const ends = reader.take(9).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const from = fromValue(Number((ends >> NUMBER_BITS) & NUMBER_MASK));
  const to = fromValue(Number(ends & NUMBER_MASK));
  const [epoch, count, lifetime] = [reader.integer(3), reader.notZero(4), reader.byte()];
  const part = shape & IN_PARTS ? parsePart(reader.byte()) : null;
  const signed = shape & SIGNED ? SIGNATURE_BYTES : 0;
  if (reader.left < signed) throw new Malformed('Ended');
  const body = reader.take(reader.left - signed);
  /** @type {Message} */
  const message = {
    id: { from, to, epoch, count },
    kind: shape >> 4,
    precedence: (shape >> 2) & 3,
    hops,
    age,
    lifetime,
    part,
    form: Number(ends >> (2n * NUMBER_BITS)),
    body,
    signature: signed > 0 ? reader.rest() : null,
  };
  check(message);
  return message;
}

/** @param {number} byte */
function parsePart(byte) {
  const part = { number: (byte >> 4) + 1, of: (byte & 15) + 1 };
  if (part.of < 2 || part.number > part.of) throw new Malformed('Part');
  return part;
}

/** @param {Message} message */
function check(message) {
  if (message.kind === KIND.text) {
    textOf(message);
    return;
  }
  if (message.kind > KIND.history) throw new Malformed('ItemKind');
  if (message.form !== FORM.told) throw new Malformed('Form');
  if (message.part !== null) throw new Malformed('Part');
  if (message.kind === KIND.receipt) parseReceipt(message.body);
  else parseHistory(message);
}

/**
 * @param {Uint8Array} body
 * @returns {Receipt}
 */
export function parseReceipt(body) {
  const reader = new Reader(body);
  const [epoch, count, outcome] = [reader.integer(3), reader.notZero(4), reader.byte()];
  if (outcome === 0 || (outcome > OUTCOME.passedOn && outcome < OUTCOME.refused)) {
    throw new Malformed('Outcome');
  }
  const receipt = { epoch, count, outcome, server: reader.take(8), age: reader.integer(2) };
  reader.end();
  return receipt;
}

/** @param {Receipt} receipt */
export function printReceipt({ epoch, count, outcome, server, age }) {
  return join(integer(epoch, 3), integer(count, 4), [outcome], server, integer(age, 2));
}

/** The first count of the range whose last is the message's own. @param {Message} message */
export function parseHistory({ id, body }) {
  const reader = new Reader(body);
  const first = reader.notZero(4);
  reader.end();
  if (first > id.count) throw new Malformed('Range');
  return first;
}

/** @param {Message} message */
export function printMessage(message) {
  const { hops, age, signature } = message;
  const head = join([shape(message, signature !== null), hops], integer(age, 2));
  return join(head, unchanging(message), signature ?? []);
}

/** What the sender signs; the same before and after the message has its signature. @param {Message} message */
export function signedPart(message) {
  return join(LABEL, [shape(message, true)], unchanging(message));
}

/** @param {Message} message @param {boolean} isSigned */
function shape({ kind, precedence, part }, isSigned) {
  return (kind << 4) | (precedence << 2) | (isSigned ? SIGNED : 0) | (part ? IN_PARTS : 0);
}

/** All between the age and the signature. @param {Message} message */
function unchanging({ id, lifetime, part, form, body }) {
  const numbers = (BigInt(id.from) << NUMBER_BITS) | BigInt(id.to);
  let ends = (BigInt(form) << (2n * NUMBER_BITS)) | numbers;
  const packed = new Uint8Array(9);
  for (let at = 8; at >= 0; at -= 1, ends >>= 8n) packed[at] = Number(ends & 0xffn);
  const places = part ? [((part.number - 1) << 4) | (part.of - 1)] : [];
  return join(packed, integer(id.epoch, 3), integer(id.count, 4), [lifetime], places, body);
}

const REASONS = [
  'mailbox full',
  "sender's quota",
  'number unknown',
  'number released',
  'not permitted',
  'sealed, on a clear link',
  'hop limit',
  'too old',
  'bad signature',
  'server full',
];

/** Why a message was refused, in words. @param {number} reason 0 to 127 */
export function reasonName(reason) {
  return REASONS[reason] ?? `reason ${reason}`;
}
