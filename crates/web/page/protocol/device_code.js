/**
 * All that a second device needs, as one line: number, secret, servers.
 *
 *     postrider1 ‖ base 32 of: 1 ‖ number (5) ‖ owner's secret (32) ‖ servers ‖ check of 30 bits
 *     of a later key:          2 ‖ number (5) ‖ owner's secret (32) ‖ word (100) ‖ servers ‖ check
 *     the first key's word:    first key (32) ‖ version since when (4) ‖ its signature (64)
 *     a server:  flags (1: has a key, 2: clear, 4: has an mtu) ‖ length ‖ address ‖ key ‖ mtu
 *
 * The letters, the check and their alphabet are bech32m (BIP-350). The page has no use for the
 * servers, and keeps them for the next device as they are.
 */

import { Malformed, Reader, fromUtf8, integer, isSame, join, toUtf8 } from './bytes.js';
import { numberBytes, readNumber } from './number.js';
import { NoSecret } from './words.js';

const PREFIX = 'postrider';
const FORM = { first: 1, later: 2 };
const LETTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const CHARACTERS_MAX = 1_023;
const SERVERS_MAX = 4;
const ADDRESS_BYTES_MAX = 255;
const CHECK_LETTERS = 6;
const CHECK = 0x2bc830a3;
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const FLAG = { key: 1, clear: 2, mtu: 4 };
const MTU = { least: 256, most: 1_400, default: 1_200 };

const NO_PREFIX = 'a code begins with postrider1';
const NO_CHECK = 'a letter of the code is wrong, or some are missing';
const NO_FORM = 'the code is of another version of this program';

/** @typedef {import('./row.js').FirstKey} FirstKey */
/**
 * @typedef {{ number: string, secret: Uint8Array, word: FirstKey | null, servers: Uint8Array[] }} DeviceCode
 */

/** Whether it looks like a code, whole or not. @param {string} written */
export function isDeviceCode(written) {
  return written.trimStart().slice(0, PREFIX.length + 1).toLowerCase() === `${PREFIX}1`;
}

/**
 * A code, in small letters or in capitals; white space in it does not matter.
 * @param {string} written
 * @returns {DeviceCode}
 */
export function parseDeviceCode(written) {
  if (!isDeviceCode(written)) throw new NoSecret(NO_PREFIX);
  const joined = written.replace(/\s+/g, '');
  const isOneCase = joined === joined.toLowerCase() || joined === joined.toUpperCase();
  if (joined.length > CHARACTERS_MAX || !isOneCase) throw new NoSecret(NO_CHECK);
  const letters = joined.toLowerCase().slice(PREFIX.length + 1);
  const values = Array.from(letters, (letter) => LETTERS.indexOf(letter));
  const isWhole = values.length >= CHECK_LETTERS && !values.includes(-1);
  if (!isWhole || checksum([...prefixValues(), ...values]) !== CHECK) throw new NoSecret(NO_CHECK);
  try {
    return readCode(new Reader(toBytes(values.slice(0, -CHECK_LETTERS))));
  } catch (error) {
    if (error instanceof Malformed) throw new NoSecret(NO_FORM);
    throw error;
  }
}

/** @param {Reader} reader */
function readCode(reader) {
  const form = reader.byte();
  if (form !== FORM.first && form !== FORM.later) throw new Malformed('Form');
  const [number, secret] = [readNumber(reader), reader.take(32)];
  const word = form === FORM.later ? readWord(reader) : null;
  const servers = [];
  while (reader.left > 0) {
    if (servers.length === SERVERS_MAX) throw new Malformed('Trailing');
    servers.push(readServer(reader));
  }
  return { number, secret, word, servers };
}

/** @param {Reader} reader */
function readWord(reader) {
  return { key: reader.take(32), since: reader.notZero(4), signature: reader.take(64) };
}

/** A server's bytes, checked. @param {Reader} reader */
function readServer(reader) {
  const begin = reader.at;
  const [flags, length] = [reader.byte(), reader.byte()];
  if ((flags & ~(FLAG.key | FLAG.clear | FLAG.mtu)) !== 0) throw new Malformed('Flags');
  if (!isAddress(fromUtf8(reader.take(length)))) throw new Malformed('Address');
  if (flags & FLAG.key) reader.take(32);
  const mtu = flags & FLAG.mtu ? reader.integer(2) : null;
  const isMtu = mtu === null || (mtu >= MTU.least && mtu <= MTU.most && mtu !== MTU.default);
  if (!isMtu) throw new Malformed('Mtu');
  return reader.all.slice(begin, reader.at);
}

/** @param {string} address */
function isAddress(address) {
  const [, host, port] = /^(.+):([0-9]{1,5})$/su.exec(address) ?? [];
  const isPlace = host !== undefined && Number(port) <= 0xffff;
  return isPlace && toUtf8(address).length <= ADDRESS_BYTES_MAX && !/[\p{White_Space}\p{Cc}]/u.test(address);
}

/**
 * The code, in small letters. Servers for which there is no room are left out.
 * @param {DeviceCode} code
 */
export function printDeviceCode({ number, secret, word, servers }) {
  const later = word ? join(word.key, integer(word.since, 4), word.signature) : [];
  for (let count = Math.min(servers.length, SERVERS_MAX); ; count -= 1) {
    const bytes = join([word ? FORM.later : FORM.first], numberBytes(number), secret, later, ...servers.slice(0, count));
    const values = toValues(bytes);
    const check = checksum([...prefixValues(), ...values, 0, 0, 0, 0, 0, 0]) ^ CHECK;
    for (let at = CHECK_LETTERS - 1; at >= 0; at -= 1) values.push((check >> (5 * at)) & 31);
    const written = `${PREFIX}1${values.map((value) => LETTERS[value]).join('')}`;
    if (written.length <= CHARACTERS_MAX || count === 0) return written;
  }
}

function prefixValues() {
  const codes = Array.from(PREFIX, (letter) => letter.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

/** @param {number[]} values */
function checksum(values) {
  let check = 1;
  for (const value of values) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    GENERATORS.forEach((generator, at) => {
      if ((top >> at) & 1) check ^= generator;
    });
  }
  return check;
}

/** Five bits each. @param {Uint8Array} bytes */
function toValues(bytes) {
  const values = [];
  let [bits, held] = [0, 0];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) values.push((held >> (bits - 5)) & 31);
    held &= 31;
  }
  if (bits > 0) values.push((held << (5 - bits)) & 31);
  return values;
}

/** @param {number[]} values */
function toBytes(values) {
  const bytes = [];
  let [bits, held] = [0, 0];
  for (const value of values) {
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bytes.push((held >> (bits - 8)) & 0xff);
      bits -= 8;
    }
    held &= 0xff;
  }
  const whole = Uint8Array.from(bytes);
  // The bits after the last byte are fewer than five, and none is set.
  if (!isSame(Uint8Array.from(toValues(whole)), Uint8Array.from(values))) throw new Malformed('Padding');
  return whole;
}
