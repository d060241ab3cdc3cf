/** What groups say: the page reads what crates/client writes. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { command, memberName, parseTally, said } from '../app/said.js';

const RUST = readFileSync(path.join(import.meta.dirname, '../../../client/src/group/words.rs'), 'utf8');
const WRITTEN = String.raw`"((?:[^"\\]|\\[\s\S])*)"`;
const unescaped = (text) => text.replace(/\\\n\s*/g, '').replaceAll('\\n', '\n').replaceAll('\\"', '"');

/** A text that the group's program has as it is. */
function word(name) {
  const found = new RegExp(`const ${name}: &str =\\s*${WRITTEN}`).exec(RUST);
  assert.ok(found, name);
  return unescaped(found[1]);
}

/** A text that its program makes, with what is in it. */
function made(name, values) {
  const found = new RegExp(`fn ${name}\\([^]*?format!\\(\\s*${WRITTEN}`).exec(RUST);
  assert.ok(found, name);
  return unescaped(found[1]).replace(/\{(\w*)\}/g, (_, key) => {
    const value = values[key || 'inside'] ?? (/^[A-Z]/.test(key) ? word(key) : undefined);
    assert.notEqual(value, undefined, `${name}: ${key}`);
    return value;
  });
}

test('the words of the group’s program are known', () => {
  for (const [name, kind] of [
    ['LEFT', 'left'], ['REMOVED', 'left'], ['ASKED', 'asked'], ['NOT_MODERATOR', 'notModerator'], ['MODERATES', 'moderates'],
    ['OPEN', 'open'], ['CLOSED', 'closed'], ['NO_ROLL', 'noRoll'], ['NOT_SIGNED', 'refuses'], ['DOUBTFUL', 'refuses'],
    ['IN_PART', 'refuses'], ['TOO_FAST', 'refuses'], ['NOBODY_ELSE', 'refuses'], ['ONLY_MODERATOR', 'note'], ['HELP', 'note'],
    ['NOTHING_TO_TALLY', 'note'],
  ]) assert.deepEqual(said(word(name), true), { kind }, name);
  assert.deepEqual(said(made('welcome', { group: 'Shaft 2', others: 3 }), false), { kind: 'welcome', group: 'Shaft 2', others: 3 });
  assert.deepEqual(said(made('stranger', { group: 'Shaft 2' }), false), { kind: 'stranger', group: 'Shaft 2' });
  assert.deepEqual(said(made('too_long', { found: 9, TEXT_CHARACTERS_MAX: 8 }), true), { kind: 'refuses' });
  assert.deepEqual(said(made('incomplete', { usage: '/roll TEXT' }), true), { kind: 'refuses' });
  assert.deepEqual(said(made('asks_to_join', { who: 'Ben', number: '5550000002' }), true), { kind: 'joins', who: 'Ben', number: '5550000002' });
  assert.deepEqual(said(made('not_a_member', { number: '5550000002' }), true), { kind: 'notIn', number: '5550000002' });
  assert.deepEqual(said('Ben 5550000002 is in Shaft 2.', true), { kind: 'isIn', number: '5550000002', name: 'Ben' });
  assert.match(RUST, /format!\("\{name\}\{\} is in \{group\}\."/);
  assert.deepEqual(said('5550000002 is in Shaft 2.', true), { kind: 'isIn', number: '5550000002', name: null });
});

test('roll calls, their answers and what is handed on', () => {
  const inside = (text) => text.replaceAll('\n', '\n  ');
  const asks = made('asks_all', { who: 'Ann', inside: inside('All out?\nOf shaft 2?') });
  assert.deepEqual(said(asks, true), { kind: 'calls', who: 'Ann', isVerified: true, text: 'All out?\nOf shaft 2?' });
  const answers = made('answers', { who: 'Dan (unverified)', inside: 'ok: yes' });
  assert.deepEqual(said(answers, true), { kind: 'answers', who: 'Dan', isVerified: false, text: 'ok: yes' });
  assert.deepEqual(said('Ben: a: b\n  c', true), { kind: 'text', who: 'Ben', isVerified: true, text: 'a: b\nc' });
  assert.deepEqual(said('5550000002: hello', true), { kind: 'text', who: '5550000002', isVerified: true, text: 'hello' });
  assert.match(RUST, /format!\("\{ROLL_CALL\}\{number\}\{BEGINS\}\{asked\} are asked\."\)/);
  assert.deepEqual(said(`${word('ROLL_CALL')}7${word('BEGINS')}15 are asked.`, true), { kind: 'begins', roll: 7, asked: 15 });
});

test('nobody texts what only the group says', () => {
  for (const text of [asked('Roll call 7 begins: 3 are asked.'), asked('You are in Ben now. What you text here goes to all (3). /help says more.'), 'You are in: x now. What you text here goes to all (3). /help says more.', 'Ben: Dan answers: OK', 'Ben: hi\n  Dan answers: OK']) {
    assert.equal(said(text, true).kind, 'text', text);
  }
  for (const wrong of ['', '5550000001', 'Ann: yes', 'Ann (moderator)', '\u202ennA', '/x', 'Roll call 3', 'roll  CALL 4', 'Text 12', 'Ben answers', 'Ben Asks All', 'a'.repeat(21)]) {
    assert.equal(memberName(wrong), null, wrong);
  }
  assert.equal(memberName('  José-María \n B.'), 'José-María B.');
});

const asked = (text) => `Ben: ${text}`;

test('of a number that is no group’s nothing but what makes it one is taken for a group’s', () => {
  for (const text of ['Ann: hello', 'Ann asks all: x\nPlease answer. Moderators get it; OK is enough.']) {
    assert.equal(said(text, false).kind, 'note', text);
  }
});

test('a list of members, whole and cut', () => {
  const text = 'Shaft 2, 25:\nAnn 5550000001 (moderator)\n5550000002\nBen B. 5550000003\nand 22 more';
  assert.deepEqual(said(text, true), {
    kind: 'list', group: 'Shaft 2', count: 25, more: 22,
    members: [
      { number: '5550000001', name: 'Ann', isModerator: true },
      { number: '5550000002', name: null, isModerator: false },
      { number: '5550000003', name: 'Ben B.', isModerator: false },
    ],
  });
  assert.equal(said('Shaft 2, 25:\nwhat is this', true).kind, 'note');
});

test('a tally reads as it was printed', () => {
  const text = 'Roll call 1: delivered 2 of 3, read 1, answered OK 1, NEED HELP 4, other 1, passed on 5, failed 1, silent 0';
  assert.deepEqual(parseTally(text), {
    roll: 1, delivered: 2, of: 3, read: 1, passedOn: 5, failed: 1, silent: 0, answers: [['OK', 1], ['NEED HELP', 4], ['other', 1]],
  });
  assert.equal(parseTally('Text 3: delivered 0 of 3')?.roll, null);
  for (const none of ['Text 3: delivered', 'Roll call x: delivered 1 of 2', 'Roll call 1: delivered 1 of 2, silent', 'Roll call 1: delivered 1 of 2, Ok 3', 'Ben: hello']) {
    assert.equal(parseTally(none), null, none);
  }
});

test('commands are read as people type them', () => {
  for (const [text, word, rest] of [['/JOIN', '/join', ''], ['/join  Ann B ', '/join', 'Ann B'], ['/roll\nAll out?\nAnswer', '/roll', 'All out?\nAnswer'], ['/', '/', '']]) {
    assert.deepEqual(command(text), { word, rest });
  }
  for (const text of ['hello', ' /leave']) assert.equal(command(text), null);
});
