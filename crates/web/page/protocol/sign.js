/** Signatures: Ed25519, verified strictly. */

import { ed25519 } from '../vendor/curves/ed25519.js';
import { sha512 } from '../vendor/hashes/sha2.js';
import { isSame, join } from './bytes.js';
import { signedPart } from './message.js';
import { firstSignedPart, ownerSignedPart, rowSignedPart, wordSignedPart } from './row.js';

const { Point } = ed25519;

/**
 * @param {Uint8Array} secret 32 bytes
 * @param {Uint8Array} bytes
 */
export function sign(secret, bytes) {
  return ed25519.sign(bytes, secret);
}

/** @param {Uint8Array} secret 32 bytes */
export function publicKey(secret) {
  return ed25519.getPublicKey(secret);
}

/**
 * Whether a key has signed bytes: without the cofactor, and with no key or R of small order.
 * @param {Uint8Array} key
 * @param {Uint8Array} bytes
 * @param {Uint8Array} signature
 */
export function isSigned(key, bytes, signature) {
  try {
    const [r, s] = [signature.subarray(0, 32), littleEndian(signature.subarray(32))];
    const [owner, point] = [Point.fromBytes(key), Point.fromBytes(r)];
    if (s >= Point.Fn.ORDER || owner.isSmallOrder() || point.isSmallOrder()) return false;
    const challenge = littleEndian(sha512(join(r, key, bytes))) % Point.Fn.ORDER;
    const expected = Point.BASE.multiplyUnsafe(s).subtract(owner.multiplyUnsafe(challenge));
    return isSame(expected.toBytes(), r);
  } catch {
    // No points, or no scalars.
    return false;
  }
}

/** @param {Uint8Array} bytes */
function littleEndian(bytes) {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/**
 * @param {import('./message.js').Message} message
 * @param {Uint8Array} key
 */
export function isMessageSigned(message, key) {
  return message.signature !== null && isSigned(key, signedPart(message), message.signature);
}

/**
 * Whether a first key has signed for a later one.
 * @param {string} number
 * @param {Uint8Array} key
 * @param {import('./row.js').FirstKey} word
 */
export function isWordFor(number, key, word) {
  return !isSame(word.key, key) && isSigned(word.key, wordSignedPart(number, word.since, key), word.signature);
}

/**
 * Whether all have signed a row who have to.
 * @param {import('./row.js').Row} row
 */
export function isRowSigned(row) {
  if (!isSigned(row.origin, rowSignedPart(row), row.signature)) return false;
  return row.fact.kind !== 'number' || isOwnerSigned(row.fact, row.origin);
}

/**
 * @param {import('./row.js').NumberFact} fact
 * @param {Uint8Array} home
 */
function isOwnerSigned(fact, home) {
  const { owner } = fact;
  if (owner === null) return true;
  if (!isSigned(owner.key, ownerSignedPart(fact, home), owner.signature)) return false;
  const { first } = owner;
  return first === null || isSigned(first.key, firstSignedPart(fact, first), first.signature);
}
