/**
 * Sealed texts: HPKE (RFC 9180) in mode *auth*, in one shot, between two owners' keys:
 * DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305.
 */

import { chacha20poly1305 } from '../vendor/ciphers/chacha.js';
import { ed25519, x25519 } from '../vendor/curves/ed25519.js';
import { expand, extract } from '../vendor/hashes/hkdf.js';
import { sha256 } from '../vendor/hashes/sha2.js';
import { Malformed, integer, join, toUtf8 } from './bytes.js';
import { FORM, textOf } from './content.js';
import { idBytes } from './item.js';

const LABEL = toUtf8('postrider sealed v1\0');
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const MODE_AUTH = 2;
const VERSION = toUtf8('HPKE-v1');
const KEM = join(toUtf8('KEM'), [0x00, 0x20]);
const HPKE = join(toUtf8('HPKE'), [0x00, 0x20, 0x00, 0x01, 0x00, 0x03]);
const NONE = new Uint8Array(0);

/** @typedef {import('./content.js').Content} Content */
/** @typedef {import('./message.js').MessageId} MessageId */

/**
 * The body of a sealed text. Null if the key is none.
 * @param {{ secret: Uint8Array, to: Uint8Array, id: MessageId, content: Content, random?: Uint8Array }} what
 *   `secret` is the sender's, `to` the recipient's key; `random` is for tests only
 * @returns {Uint8Array | null}
 */
export function seal({ secret, to, id, content, random }) {
  if (content.form === FORM.sealed) return null;
  const other = toX25519(to);
  if (other === null) return null;
  const own = ed25519.utils.toMontgomerySecret(secret);
  const once = random ?? crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  const plain = join([content.form], content.body);
  const sealed = sealHpke({ own, other, once, info: infoOf(id), plain });
  return sealed && join(sealed.encapsulated, sealed.ciphertext);
}

/**
 * What is sealed in a body. Null if this sender did not seal it for this recipient, as this
 * message.
 * @param {{ secret: Uint8Array, from: Uint8Array, id: MessageId, body: Uint8Array }} what
 * @returns {string | null}
 */
export function open({ secret, from, id, body }) {
  const other = toX25519(from);
  if (other === null || body.length < KEY_BYTES) return null;
  const plain = openHpke({
    own: ed25519.utils.toMontgomerySecret(secret),
    other,
    encapsulated: body.slice(0, KEY_BYTES),
    info: infoOf(id),
    ciphertext: body.slice(KEY_BYTES),
    aad: NONE,
  });
  if (plain === null || plain.length === 0) return null;
  try {
    return textOf({ form: plain[0], body: plain.slice(1) });
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

/** What is bound into a sealed text. @param {MessageId} id */
export function infoOf(id) {
  return join(LABEL, idBytes(id));
}

/** @param {Uint8Array} key an owner's */
function toX25519(key) {
  try {
    if (ed25519.Point.fromBytes(key).isSmallOrder()) return null;
    return ed25519.utils.toMontgomery(key);
  } catch {
    return null;
  }
}

/**
 * @param {{ own: Uint8Array, other: Uint8Array, once: Uint8Array, info: Uint8Array, plain: Uint8Array }} what
 */
function sealHpke({ own, other, once, info, plain }) {
  const encapsulated = x25519.getPublicKey(once);
  const shared = shareOf([[once, other], [own, other]]);
  if (shared === null) return null;
  const context = join(encapsulated, other, x25519.getPublicKey(own));
  const { key, nonce } = schedule(kemSecret(shared, context), info);
  return { encapsulated, ciphertext: chacha20poly1305(key, nonce, NONE).encrypt(plain) };
}

/**
 * @param {{ own: Uint8Array, other: Uint8Array, encapsulated: Uint8Array, info: Uint8Array,
 *   ciphertext: Uint8Array, aad: Uint8Array }} what `own` is the recipient's secret
 * @returns {Uint8Array | null}
 */
export function openHpke({ own, other, encapsulated, info, ciphertext, aad }) {
  const shared = shareOf([[own, encapsulated], [own, other]]);
  if (shared === null) return null;
  const context = join(encapsulated, x25519.getPublicKey(own), other);
  const { key, nonce } = schedule(kemSecret(shared, context), info);
  try {
    return chacha20poly1305(key, nonce, aad).decrypt(ciphertext);
  } catch {
    return null;
  }
}

/** Both shared secrets, one after the other. @param {[Uint8Array, Uint8Array][]} pairs */
function shareOf(pairs) {
  try {
    return join(...pairs.map(([secret, key]) => x25519.getSharedSecret(secret, key)));
  } catch {
    // A key of small order.
    return null;
  }
}

/** @param {Uint8Array} shared @param {Uint8Array} context */
function kemSecret(shared, context) {
  const key = labeledExtract(KEM, NONE, 'eae_prk', shared);
  return labeledExpand(KEM, key, 'shared_secret', context, 32);
}

/** @param {Uint8Array} shared @param {Uint8Array} info */
function schedule(shared, info) {
  const idHash = labeledExtract(HPKE, NONE, 'psk_id_hash', NONE);
  const infoHash = labeledExtract(HPKE, NONE, 'info_hash', info);
  const context = join([MODE_AUTH], idHash, infoHash);
  const secret = labeledExtract(HPKE, shared, 'secret', NONE);
  return {
    key: labeledExpand(HPKE, secret, 'key', context, KEY_BYTES),
    nonce: labeledExpand(HPKE, secret, 'base_nonce', context, NONCE_BYTES),
  };
}

/** @param {Uint8Array} suite @param {Uint8Array} salt @param {string} label @param {Uint8Array} input */
function labeledExtract(suite, salt, label, input) {
  return extract(sha256, join(VERSION, suite, toUtf8(label), input), salt);
}

/** @param {Uint8Array} suite @param {Uint8Array} key @param {string} label @param {Uint8Array} info @param {number} length */
function labeledExpand(suite, key, label, info, length) {
  const labeled = join(integer(length, 2), VERSION, suite, toUtf8(label), info);
  return expand(sha256, key, labeled, length);
}
