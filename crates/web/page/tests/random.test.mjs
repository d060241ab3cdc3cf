import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Malformed, fromHex, toHex } from '../protocol/bytes.js';
import { parseDeviceCode } from '../protocol/device_code.js';
import {
  parseItem, printAnswer, printAsk, printAttach, printClaim, printDispute, printTrace, printUnknown,
} from '../protocol/item.js';
import { printMessage } from '../protocol/message.js';
import { printRow } from '../protocol/row.js';
import { open } from '../protocol/sealed.js';
import { NoSecret, fromWords } from '../protocol/words.js';
import { vectors } from './vectors.mjs';

const ROUNDS = 60_000;

/** A generator whose seed is printed where a test fails. */
function generator(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const PRINT = {
  message: (item) => printMessage(item.message),
  row: (item) => printRow(item.row),
  attach: (item) => printAttach(item.attach),
  claim: (item) => printClaim(item.claim),
  answer: (item) => printAnswer(item.answer),
  ask: (item) => printAsk(item.ask),
  unknown: (item) => printUnknown(item.ask),
  trace: (item) => printTrace(item.trace),
  dispute: (item) => printDispute(item.dispute),
};

/** Items of all kinds, to be changed. */
function samples() {
  const files = ['messages.txt', 'rows.txt', 'refused.txt'];
  const known = files.flatMap((file) => vectors(file).map((one) => fromHex(one.item)));
  const clients = Object.entries({ 0x82: 101, 0x83: 139, 0x84: 10, 0x85: 18, 0x86: 9, 0x87: 38, 0x88: 30 });
  return [...known, ...clients.map(([first, length]) => Uint8Array.from({ length }, (_, at) => (at ? 0 : Number(first))))];
}

test('no bytes make a parser throw anything but its one error, and what parses has one form', () => {
  const seed = Date.now() >>> 0;
  const below = generator(seed);
  const all = samples();
  let parsed = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const bytes = changed(all[below(all.length)], below);
    try {
      const item = parseItem(bytes);
      assert.equal(toHex(PRINT[item.type](item)), toHex(bytes));
      parsed += 1;
    } catch (error) {
      assert.ok(error instanceof Malformed, `seed ${seed}, ${toHex(bytes)}: ${error}`);
    }
  }
  assert.ok(parsed > ROUNDS / 100, `only ${parsed} parsed`);
});

/** The bytes with some of them changed, left out, or more. */
function changed(sample, below) {
  const bytes = Array.from(sample);
  for (let left = below(4); left > 0; left -= 1) {
    const at = below(bytes.length + 1);
    const kind = below(4);
    if (kind === 0) bytes.splice(at, 1 + below(3));
    else if (kind === 1) bytes.splice(at, 0, below(256));
    else if (kind === 2 && at < bytes.length) bytes[at] = below(256);
    else if (at < bytes.length) bytes[at] ^= 1 << below(8);
  }
  return Uint8Array.from(bytes);
}

test('no bytes open, and no letters are a secret by chance', () => {
  const below = generator(Date.now());
  const id = { from: '0000000001', to: '0000000002', epoch: 3, count: 4 };
  for (let round = 0; round < 200; round += 1) {
    const bytes = Uint8Array.from({ length: below(120) }, () => below(256));
    const key = bytes.length > 32 ? bytes.slice(-32) : new Uint8Array(below(34));
    assert.equal(open({ secret: new Uint8Array(32).fill(7), from: key, id, body: bytes }), null);
    const text = String.fromCharCode(...bytes);
    assert.throws(() => parseDeviceCode(`postrider1${text}`), NoSecret);
    assert.throws(() => fromWords(text), NoSecret);
  }
});
