import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, fromUtf8, isSame, toHex, toUtf8 } from '../protocol/bytes.js';
import { contentOf, split, textOf } from '../protocol/content.js';
import { ageCode, ageMs, lifetimeCode, lifetimeMin } from '../protocol/durations.js';
import { pack, toSeptets, unpack } from '../protocol/gsm.js';
import { parseItem } from '../protocol/item.js';
import { PRECEDENCES, parseHistory, parseReceipt, printMessage, reasonName, signedPart } from '../protocol/message.js';
import { ownerSignedPart, firstSignedPart, printRow, rowSignedPart } from '../protocol/row.js';
import { isMessageSigned, isRowSigned, publicKey, sign } from '../protocol/sign.js';
import { alphabet, vectors } from './vectors.mjs';

const seed = (hex) => new Uint8Array(32).fill(Number.parseInt(hex, 16));
const FORMS = ['septets', 'septets', 'utf-8', 'sealed', 'told'];

test('the alphabet has all its characters', () => {
  const all = alphabet();
  assert.equal(all.length, 137);
  for (const [septets, point] of all) {
    const character = String.fromCodePoint(Number.parseInt(point, 16));
    assert.equal(toHex(Uint8Array.from(toSeptets(character))), septets.replace(' ', '').toLowerCase());
  }
});

test('texts in septets are as in the vectors', () => {
  for (const one of vectors('gsm.txt')) {
    const packed = fromHex(one.packed);
    if (one.text === undefined) {
      assert.throws(() => unpack(packed, Number(one.count)), { why: 'Septets' }, one.vector);
      continue;
    }
    const text = fromUtf8(fromHex(one.text));
    const septets = toSeptets(text);
    assert.equal(toHex(Uint8Array.from(septets)), one.septets, one.vector);
    assert.equal(toHex(pack(septets)), one.packed, one.vector);
    assert.equal(unpack(packed, septets.length), text, one.vector);
  }
});

test('ages and lifetimes are as in the vectors', () => {
  for (const one of vectors('durations.txt')) {
    if (one.ms) assert.equal(ageMs(Number(one['age-code'])), Number(one.ms), one.vector);
    if (one.min) assert.equal(lifetimeMin(Number(one['lifetime-code'])), Number(one.min), one.vector);
    if (one['duration-ms']) {
      assert.equal(ageCode(Number(one['duration-ms'])), Number(one['age-code']), one.vector);
    }
    if (one['duration-min']) {
      assert.equal(lifetimeCode(60_000 * Number(one['duration-min'])), Number(one['lifetime-code']), one.vector);
    }
  }
});

test('messages are as in the vectors, and printed again the same', () => {
  for (const one of vectors('messages.txt')) {
    const { message } = parseItem(fromHex(one.item));
    assert.equal(toHex(printMessage(message)), one.item, one.vector);
    assert.equal(toHex(signedPart(message)), one.signed, one.vector);
    const { id } = message;
    const said = [id.from, id.to, id.epoch, id.count, message.hops, ageMs(message.age)];
    const wanted = [one.from, one.to, ...['epoch', 'count', 'hops', 'age-ms'].map((name) => Number(one[name]))];
    assert.deepEqual(said, wanted, one.vector);
    assert.equal(lifetimeMin(message.lifetime), Number(one['lifetime-min']), one.vector);
    assert.equal(PRECEDENCES[message.precedence], one.precedence, one.vector);
    checkBody(one, message);
    if (one.signature !== undefined) {
      assert.equal(toHex(publicKey(seed(one.seed))), one.key);
      assert.equal(toHex(sign(seed(one.seed), signedPart(message))), one.signature, one.vector);
      assert.ok(isMessageSigned(message, fromHex(one.key)), one.vector);
      assert.ok(!isMessageSigned(message, publicKey(seed('77'))), one.vector);
    }
  }
});

function checkBody(one, message) {
  if (one.kind === 'receipt') {
    const receipt = parseReceipt(message.body);
    assert.equal(receipt.count, Number(one['about-count']));
    assert.equal(toHex(receipt.server), one.server);
    assert.equal(ageMs(receipt.age), Number(one['after-ms']));
  } else if (one.kind === 'history') {
    assert.equal(parseHistory(message), Number(one.first));
  } else {
    assert.equal(FORMS[message.form], one.form, one.vector);
    if (one.text !== undefined) assert.equal(toHex(toUtf8(textOf(message))), one.text, one.vector);
    if (one.text !== undefined && one.form === 'septets') {
      assert.deepEqual(contentOf(textOf(message)), { form: message.form, body: message.body });
    }
  }
}

test('rows are as in the vectors, and signed by all who have to', () => {
  for (const one of vectors('rows.txt')) {
    const { row } = parseItem(fromHex(one.item));
    const { fact } = row;
    assert.equal(toHex(printRow(row)), one.item, one.vector);
    assert.equal(toHex(rowSignedPart(row)), one.signed, one.vector);
    assert.equal(row.sequence - row.step, BigInt(one.after), one.vector);
    assert.equal(fact.kind, one.kind, one.vector);
    if (fact.kind === 'server') assert.equal(toHex(toUtf8(fact.label)), one.label);
    if (fact.kind === 'number') {
      const said = [fact.number, fact.version, fact.released ? 'yes' : 'no', fact.line ? 'yes' : 'no'];
      assert.deepEqual(said, [one.number, Number(one.version), one.released, one.line]);
    }
    if (one['owner-signed']) assert.equal(toHex(ownerSignedPart(fact, row.origin)), one['owner-signed']);
    if (one['first-signed']) assert.equal(toHex(firstSignedPart(fact, fact.owner.first)), one['first-signed']);
    assert.ok(isRowSigned(row), one.vector);
    checkForgeries(row, one.vector);
  }
});

/** Each signature is needed: a row in which one is another's does not hold. */
function checkForgeries(row, name) {
  const other = new Uint8Array(row.signature);
  other[0] ^= 1;
  assert.ok(!isRowSigned({ ...row, signature: other }), name);
  const { owner } = row.fact;
  if (!owner) return;
  const resigned = (changed) => {
    const fact = { ...row.fact, owner: { ...owner, ...changed } };
    const unsigned = { ...row, fact };
    const found = ['03', '04'].map(seed).find((secret) => isSame(publicKey(secret), row.origin));
    return { ...unsigned, signature: sign(found, rowSignedPart(unsigned)) };
  };
  assert.ok(isRowSigned(resigned({})), name);
  assert.ok(!isRowSigned(resigned({ signature: other })), name);
  if (owner.first) assert.ok(!isRowSigned(resigned({ first: { ...owner.first, signature: other } })), name);
}

test('what is refused is refused for the same reason', () => {
  for (const one of vectors('refused.txt')) {
    const item = fromHex(one.item);
    const isSummary = item[0] === 0x81 && item.length <= 1_024;
    assert.throws(() => parseItem(item), { why: isSummary ? 'ItemKind' : one.why }, one.vector);
  }
});

test('a text takes the form with fewer bytes, and as many parts as it needs', () => {
  assert.equal(contentOf('Grüße').form, 0);
  assert.equal(contentOf('abcdefg').form, 1);
  assert.equal(contentOf('^^^^').form, 2, 'two septets each are more than a byte each');
  assert.equal(contentOf('Привет').form, 2);
  assert.equal(textOf(contentOf('\ufeffa')), '\ufeffa', 'a byte order mark is a character');
  const parts = split('👍'.repeat(161));
  assert.deepEqual(parts.map((part) => Array.from(part).length), [160, 1]);
  assert.throws(() => contentOf('a'.repeat(161)), { why: 'TooLong' });
});

test('reasons are said in words', () => {
  assert.deepEqual([reasonName(0), reasonName(77)], ['mailbox full', 'reason 77']);
});
