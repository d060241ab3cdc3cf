import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fromHex, fromUtf8, toHex } from '../protocol/bytes.js';
import { contentOf } from '../protocol/content.js';
import { isDeviceCode, parseDeviceCode, printDeviceCode } from '../protocol/device_code.js';
import { ENGLISH } from '../protocol/english.js';
import { attachSignedPart, parseItem } from '../protocol/item.js';
import { Keys, newSecret } from '../protocol/keys.js';
import { ownerSignedPart } from '../protocol/row.js';
import { infoOf, open, openHpke, seal } from '../protocol/sealed.js';
import { isSigned, publicKey, sign } from '../protocol/sign.js';
import { fromWords, toWords } from '../protocol/words.js';
import { ed25519 } from '../vendor/curves/ed25519.js';
import { vectors } from './vectors.mjs';

const seed = (number) => new Uint8Array(32).fill(number);
const [RFC, SEALED] = vectors('sealed.txt');

test('the suite is that of RFC 9180', () => {
  const value = (name) => fromHex(RFC[name]);
  const plain = openHpke({
    own: value('skRm'),
    other: value('pkSm'),
    encapsulated: value('enc'),
    info: value('info'),
    ciphertext: value('ct'),
    aad: value('aad'),
  });
  assert.equal(toHex(plain), RFC.pt);
});

test('the sealed text of the page opens, for its reader as that message only', () => {
  const [ann, ben] = [seed(Number(SEALED['from-seed'])), seed(Number(SEALED['to-seed']))];
  const id = { from: SEALED.from, to: SEALED.to, epoch: Number(SEALED.epoch), count: Number(SEALED.count) };
  const what = { secret: ben, from: publicKey(ann), id, body: fromHex(SEALED.body) };
  assert.equal(toHex(infoOf(id)), SEALED.info);
  assert.equal(open(what), fromUtf8(fromHex(SEALED.text)));
  assert.equal(open({ ...what, secret: ann }), null);
  assert.equal(open({ ...what, from: publicKey(ben) }), null);
  for (const other of [{ from: '0000000009' }, { to: '0000000009' }, { epoch: 9 }, { count: 9 }]) {
    assert.equal(open({ ...what, id: { ...id, ...other } }), null);
  }
});

test('what is sealed opens, and with a changed bit does not', () => {
  const [ann, ben] = [newSecret(), newSecret()];
  const id = { from: '5550000001', to: '5550000002', epoch: 3, count: 4 };
  for (const text of ['', 'für Ben', '👍'.repeat(160), 'a'.repeat(160)]) {
    const body = seal({ secret: ann, to: publicKey(ben), id, content: contentOf(text) });
    const what = { secret: ben, from: publicKey(ann), id };
    assert.equal(open({ ...what, body }), text);
    const bit = Math.floor(Math.random() * 8 * body.length);
    body[bit >> 3] ^= 1 << (bit & 7);
    assert.equal(open({ ...what, body }), null, `bit ${bit}`);
  }
  const none = { secret: ann, to: new Uint8Array(32), id, content: contentOf('a') };
  assert.equal(seal(none), null);
});

test('a signature is verified strictly', () => {
  const [secret, bytes] = [seed(1), Uint8Array.of(1, 2, 3)];
  const [key, signature] = [publicKey(secret), sign(secret, bytes)];
  assert.ok(isSigned(key, bytes, signature));
  assert.ok(!isSigned(key, Uint8Array.of(1, 2, 4), signature));
  assert.ok(!isSigned(key, bytes, signature.slice(1)));
  // The same s, and the order once more.
  const s = signature.slice(32).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const greater = new Uint8Array(signature);
  for (let at = 32, left = s + ed25519.Point.Fn.ORDER; at < 64; at += 1, left >>= 8n) {
    greater[at] = Number(left & 0xffn);
  }
  assert.ok(!isSigned(key, bytes, greater));
  // The neutral point as key and R, and s of 0, fit any bytes without the strictness.
  const neutral = Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 1 : 0));
  assert.ok(!isSigned(neutral, bytes, Uint8Array.from([...neutral, ...new Uint8Array(32)])));
});

test('an attach and a claim are signed for this server only', () => {
  const keys = new Keys('5550000001', seed(1));
  const [server, device] = [publicKey(seed(3)), seed(9)];
  const { attach } = parseItem(keys.attach(server, device));
  assert.ok(isSigned(keys.key, attachSignedPart({ ...attach, server, device }), attach.signature));
  assert.ok(!isSigned(keys.key, attachSignedPart({ ...attach, server: device, device }), attach.signature));
  const { claim } = parseItem(keys.claim({ home: server, version: 2, released: true, code: 'abc' }));
  assert.deepEqual([claim.code, claim.row.version, claim.row.released], ['abc', 2, true]);
  assert.ok(isSigned(keys.key, ownerSignedPart(claim.row, server), claim.row.owner.signature));
});

test('the words are those of BIP-39', () => {
  const list = path.join(import.meta.dirname, '../../../client/src/english.txt');
  assert.deepEqual(ENGLISH, readFileSync(list, 'utf8').trim().split('\n'));
  assert.equal(toWords(seed(0)), `${'abandon '.repeat(23)}art`);
  assert.equal(toWords(seed(0xff)), `${'zoo '.repeat(23)}vote`);
  const secret = '68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c';
  const words =
    'hamster diagram private dutch cause delay private meat slide toddler razor book happy ' +
    'fancy gospel tennis maple dilemma loan word shrug inflict delay length';
  assert.equal(toWords(fromHex(secret)), words);
  assert.equal(toHex(fromWords(` ${words.toUpperCase().replaceAll(' ', '\n')}`)), secret);
  assert.throws(() => fromWords('abandon ability'), /these are 2/);
  assert.throws(() => fromWords(`${'abandon '.repeat(23)}xyzzy`), /word 24/);
  assert.throws(() => fromWords('abandon '.repeat(24)), /changed places/);
});

// Printed by `postrider id device` of a profile with this secret.
const CODE =
  'postrider1qyp9gzlrlurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qurswqqwxyczuvpwxqhryw33xq6rzvqwhpx9f';

test('a code for another device is that of other clients, and a slip in it is noticed', () => {
  const code = parseDeviceCode(CODE);
  assert.deepEqual([code.number, toHex(code.secret), code.servers.length], ['9999999999', '07'.repeat(32), 1]);
  assert.equal(printDeviceCode(code), CODE);
  assert.deepEqual(parseDeviceCode(CODE.toUpperCase().replaceAll('Q', 'Q\n ')), code);
  assert.ok(isDeviceCode(` ${CODE.slice(0, 12)}`) && !isDeviceCode('postriders1'));
  assert.throws(() => parseDeviceCode('abandon'), /begins with/);
  assert.throws(() => parseDeviceCode(CODE.slice(0, -1)), /letter/);
  assert.throws(() => parseDeviceCode(`postrider1${'q'.repeat(100_000)}`), /letter/);
  for (let at = 'postrider1'.length; at < CODE.length; at += 1) {
    const bad = CODE.slice(0, at) + (CODE[at] === 'q' ? 'p' : 'q') + CODE.slice(at + 1);
    assert.throws(() => parseDeviceCode(bad), /letter/);
  }
});
