/** What a number's owner signs. */

import { join } from './bytes.js';
import { attachSignedPart, printAttach, printClaim } from './item.js';
import { printMessage, signedPart } from './message.js';
import { ownerSignedPart } from './row.js';
import { publicKey, sign } from './sign.js';

const SECRET_BYTES = 32;

/** A new owner's secret. */
export function newSecret() {
  return crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
}

/** A number, its owner's secret and, of a key that is not the first, the first one's word for it. */
export class Keys {
  /**
   * @param {string} number
   * @param {Uint8Array} secret
   * @param {import('./row.js').FirstKey | null} [word]
   */
  constructor(number, secret, word = null) {
    this.number = number;
    this.secret = secret;
    this.word = word;
    /** The key that the number is, or is to be, bound to. */
    this.key = publicKey(secret);
  }

  /**
   * The item that attaches a device with this link key at a server.
   * @param {Uint8Array} server
   * @param {Uint8Array} device
   */
  attach(server, device) {
    const { number, key } = this;
    const signature = sign(this.secret, attachSignedPart({ number, key, server, device }));
    return printAttach({ number, key, signature });
  }

  /**
   * The item that brings the number to a server, or gives it up there.
   * @param {{ home: Uint8Array, version: number, released: boolean, code: string }} claim
   */
  claim({ home, version, released, code }) {
    /** @type {import('./row.js').NumberFact} */
    const unsigned = {
      kind: 'number',
      number: this.number,
      // The first key's word is for a version that may lie ahead of what this server knows.
      version: Math.max(version, this.word?.since ?? 0),
      released,
      line: false,
      owner: { key: this.key, signature: new Uint8Array(64), first: this.word },
    };
    const signature = sign(this.secret, ownerSignedPart(unsigned, home));
    return printClaim({ code, row: { ...unsigned, owner: { key: this.key, signature, first: this.word } } });
  }

  /**
   * A message from the number, signed.
   * @param {import('./message.js').Message} unsigned
   */
  signMessage(unsigned) {
    return printMessage({ ...unsigned, signature: sign(this.secret, signedPart(unsigned)) });
  }

  /** For the eyes of a person who compares keys. */
  toString() {
    return join(this.key).reduce((text, byte) => text + byte.toString(16).padStart(2, '0'), '');
  }
}
