/** Rows of the directory. */

import { Malformed, Reader, fromUtf8, integer, join, long, toUtf8, varint } from './bytes.js';
import { NUMBER_MAX, numberBytes, readNumber } from './number.js';

const ROW = 0x80;
const KIND = { number: 1, link: 2, server: 3 };
const FLAG = { released: 1, bound: 2, laterKey: 4, line: 8 };
const ROW_LABEL = toUtf8('postrider row v1\0');
const OWNER_LABEL = toUtf8('postrider owner v1\0');
const KEY_LABEL = toUtf8('postrider key v1\0');
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const LABEL_BYTES_MAX = 32;
const BLOCKS_MAX = 16;
const PLACES = 64;

/**
 * The first key of a number, which has signed for a later one from a version on.
 * @typedef {{ key: Uint8Array, since: number, signature: Uint8Array }} FirstKey
 */

/**
 * @typedef {{ key: Uint8Array, signature: Uint8Array, first: FirstKey | null }} Owner
 */

/**
 * @typedef {object} NumberFact
 * @property {'number'} kind
 * @property {string} number
 * @property {number} version
 * @property {boolean} released
 * @property {boolean} line
 * @property {Owner | null} owner
 */

/** @typedef {{ kind: 'link', peer: Uint8Array, cost: number }} LinkFact */

/**
 * A block is its first number, and how many digits its numbers have in common.
 * @typedef {object} ServerFact
 * @property {'server'} kind
 * @property {string} label
 * @property {{ first: number, digits: number }[]} blocks
 * @property {{ line: Uint8Array, index: number } | null} place
 */

/**
 * @typedef {object} Row
 * @property {bigint} step
 * @property {Uint8Array} origin
 * @property {bigint} sequence
 * @property {NumberFact | LinkFact | ServerFact} fact
 * @property {Uint8Array} signature
 */

/**
 * A row, of an item that begins with 0x80.
 * @param {Uint8Array} item
 * @returns {Row}
 */
export function parseRow(item) {
  const reader = new Reader(item);
  if (reader.byte() !== ROW) throw new Malformed('ItemKind');
  const step = reader.varint();
  if (step === 0n) throw new Malformed('Zero');
  const origin = reader.take(KEY_BYTES);
  const sequence = reader.long();
  if (sequence === 0n) throw new Malformed('Zero');
  if (reader.left < SIGNATURE_BYTES) throw new Malformed('Ended');
  const fact = parseFact(new Reader(reader.take(reader.left - SIGNATURE_BYTES)));
  if (step > sequence) throw new Malformed('After');
  return { step, origin, sequence, fact, signature: reader.rest() };
}

/** @param {Reader} reader */
function parseFact(reader) {
  const kind = reader.byte();
  const parse = { [KIND.number]: readNumberFact, [KIND.link]: readLink, [KIND.server]: readServer }[kind];
  if (parse === undefined) throw new Malformed('RowKind');
  const fact = parse(reader);
  reader.end();
  return fact;
}

/**
 * @param {Reader} reader
 * @returns {NumberFact}
 */
export function readNumberFact(reader) {
  const [number, version, flags] = [readNumber(reader), reader.notZero(4), reader.byte()];
  const [released, line] = [(flags & FLAG.released) !== 0, (flags & FLAG.line) !== 0];
  const rest = flags & ~FLAG.released;
  if (rest === 0 || rest === FLAG.line) {
    return { kind: 'number', number, version, released, line, owner: null };
  }
  const isLater = rest === (FLAG.bound | FLAG.laterKey);
  if (!isLater && rest !== FLAG.bound) throw new Malformed('Flags');
  const owner = readOwner(reader, version, isLater);
  return { kind: 'number', number, version, released, line, owner };
}

/**
 * @param {Reader} reader
 * @param {number} version
 * @param {boolean} isLater
 * @returns {Owner}
 */
function readOwner(reader, version, isLater) {
  const [key, signature] = [reader.take(KEY_BYTES), reader.take(SIGNATURE_BYTES)];
  if (!isLater) return { key, signature, first: null };
  const first = {
    key: reader.take(KEY_BYTES),
    since: reader.notZero(4),
    signature: reader.take(SIGNATURE_BYTES),
  };
  const isOther = first.key.some((byte, at) => byte !== key[at]);
  if (!isOther || first.since > version) throw new Malformed('FirstKey');
  return { key, signature, first };
}

/**
 * @param {Reader} reader
 * @returns {LinkFact}
 */
function readLink(reader) {
  return { kind: 'link', peer: reader.take(KEY_BYTES), cost: reader.integer(2) };
}

/**
 * @param {Reader} reader
 * @returns {ServerFact}
 */
function readServer(reader) {
  const label = fromUtf8(reader.take(reader.byte()));
  const bytes = toUtf8(label).length;
  const isLabel = bytes >= 1 && bytes <= LABEL_BYTES_MAX;
  if (!isLabel || !LABEL.test(label)) throw new Malformed('Label');
  const blocks = readBlocks(reader);
  if (reader.left === 0) return { kind: 'server', label, blocks, place: null };
  const place = { line: reader.take(8), index: reader.byte() };
  if (place.index < 1 || place.index > PLACES) throw new Malformed('LinePlace');
  return { kind: 'server', label, blocks, place };
}

const HIDDEN =
  '\\p{Cc}\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\u{e0000}-\\u{e0fff}';
/** No white space at its ends, and nothing that hides or steers. */
const LABEL = new RegExp(`^(?!\\p{White_Space})[^${HIDDEN}]*(?<!\\p{White_Space})$`, 'u');

/** @param {Reader} reader */
function readBlocks(reader) {
  const count = reader.byte();
  const blocks = [];
  let free = 0;
  for (let at = 0; at < count; at += 1) {
    const packed = reader.integer(5);
    const [digits, first] = [Math.floor(packed / 2 ** 34), packed % 2 ** 34];
    const size = digits >= 1 && digits <= 10 ? 10 ** (10 - digits) : 0;
    const isBlock = size > 0 && first <= NUMBER_MAX && first % size === 0;
    if (!isBlock || first < free || at >= BLOCKS_MAX) throw new Malformed('Blocks');
    free = first + size;
    blocks.push({ first, digits });
  }
  return blocks;
}

/** @param {Row} row */
export function printRow(row) {
  return join([ROW], varint(row.step), unsigned(row), row.signature);
}

/** What the origin signs. @param {Row} row */
export function rowSignedPart(row) {
  return join(ROW_LABEL, unsigned(row));
}

/** @param {Row} row */
function unsigned({ origin, sequence, fact }) {
  return join(origin, long(sequence), printFact(fact));
}

/** @param {Row['fact']} fact */
function printFact(fact) {
  if (fact.kind === 'number') return join([KIND.number], printNumberFact(fact));
  if (fact.kind === 'link') return join([KIND.link], fact.peer, integer(fact.cost, 2));
  const label = toUtf8(fact.label);
  const blocks = fact.blocks.map(({ first, digits }) => integer(digits * 2 ** 34 + first, 5));
  const place = fact.place ? [...fact.place.line, fact.place.index] : [];
  return join([KIND.server, label.length], label, [blocks.length], ...blocks, place);
}

/** @param {NumberFact} fact */
export function printNumberFact({ number, version, released, line, owner }) {
  const head = join(numberBytes(number), integer(version, 4), [flagsOf(released, line, owner)]);
  if (owner === null) return head;
  const { first } = owner;
  const later = first ? join(first.key, integer(first.since, 4), first.signature) : [];
  return join(head, owner.key, owner.signature, later);
}

/** @param {boolean} released @param {boolean} line @param {Owner | null} owner */
function flagsOf(released, line, owner) {
  const ofOwner = owner ? FLAG.bound | (owner.first ? FLAG.laterKey : 0) : line ? FLAG.line : 0;
  return (released ? FLAG.released : 0) | ofOwner;
}

/** What the owner of a number signs, so that it is at home at this server. @param {NumberFact} fact @param {Uint8Array} home */
export function ownerSignedPart({ number, version, released, line, owner }, home) {
  const flags = flagsOf(released, line, owner);
  const head = join(OWNER_LABEL, numberBytes(number), integer(version, 4), home, [flags]);
  return join(head, owner?.key ?? []);
}

/** What the first key of a number signs for a later one. @param {NumberFact} fact @param {FirstKey} first */
export function firstSignedPart({ number, owner }, first) {
  return wordSignedPart(number, first.since, owner?.key ?? new Uint8Array());
}

/** @param {string} number @param {number} since @param {Uint8Array} key the later one */
export function wordSignedPart(number, since, key) {
  return join(KEY_LABEL, numberBytes(number), integer(since, 4), key);
}
