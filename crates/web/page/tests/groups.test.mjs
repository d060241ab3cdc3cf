/** Groups: what is known of one is on disk with the texts that say it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atomically, openDb, read } from '../app/db.js';
import { heard, hearAll, newGroup, tookBack, wrote } from '../app/groups.js';
import { isAsked, look, silent } from '../app/group_words.js';
import { Profile } from '../app/profile.js';
import { Gateway } from './gateway.mjs';
import { GroupProgram } from './group.mjs';
import { Browser, until } from './world.mjs';

const [ANN, BEN, CLEO, GROUP] = ['5550000001', '5550000002', '5550000003', '5550000100'];
const groupOf = (who, isSo) => until(async () => {
  const group = await who.profile.group(GROUP);
  return group && isSo(group) && group;
}, isSo.toString());

/** Ann moderates, Ben and Cleo are in it. */
async function shaft() {
  const gateway = new Gateway();
  const people = [];
  for (const number of [ANN, BEN, CLEO]) people.push(await Browser.begin(gateway, { number }));
  await Promise.all(people.map((one) => one.attached()));
  const program = await GroupProgram.begin(gateway, { number: ANN, name: 'Ann' });
  const [ann, ben, cleo] = people;
  await groupOf(ann, ({ standing }) => standing === 'in');
  for (const [who, name] of [[ben, 'Ben'], [cleo, 'Cleo']]) {
    await who.profile.joinGroup(GROUP, name);
    who.session.outlet.look();
    await groupOf(ann, ({ requests }) => requests.some((one) => one.who === name));
    await ann.send(GROUP, `/add ${who.profile.number} ${name}`);
    await groupOf(who, ({ standing }) => standing === 'in');
  }
  await groupOf(ann, ({ requests }) => requests.length === 0);
  return { gateway, program, ann, ben, cleo };
}

test('one is let in by a moderator, and each text is its writer’s', async () => {
  const { ann, ben, cleo } = await shaft();
  assert.equal((await ann.profile.group(GROUP)).isModerator, true, 'who is asked to let in moderates');
  await ben.send(GROUP, 'the pump\nis out');
  const texts = await until(async () => {
    const all = await cleo.profile.thread(GROUP, 100);
    return all.some(({ text }) => text.startsWith('Ben:')) && all;
  });
  const group = await cleo.profile.group(GROUP);
  assert.deepEqual(look(texts.at(-1), group), { head: 'Ben', body: 'the pump\nis out', style: '' });
  assert.deepEqual(look({ ...texts.at(-1), known: { state: 'unproven' } }, group).head, null, 'what its key has not signed is nobody’s');
  await cleo.send(GROUP, '/who');
  const listed = await groupOf(cleo, ({ members }) => members !== null);
  assert.deepEqual([listed.name, listed.count, listed.isModerator], ['Shaft 2', 3, false]);
  assert.deepEqual(listed.members.map(({ name }) => name), ['Ann', 'Ben', 'Cleo']);
  await ben.send(GROUP, '/leave');
  await groupOf(ben, ({ standing, members }) => standing === 'out' && members === null);
});

test('a roll call is answered, and who has not is known, also after all was closed', async () => {
  const { ann, ben, cleo } = await shaft();
  await ann.send(GROUP, '/who');
  await ann.send(GROUP, '/roll All out?');
  assert.equal((await ann.profile.group(GROUP)).calling.text, 'All out?');
  await groupOf(ben, isAsked);
  await groupOf(cleo, isAsked);
  const id = await ben.send(GROUP, 'OK');
  const [of, answer] = await groupOf(ben, (group) => !isAsked(group)).then(({ asked }) => [asked.who, asked.answer]);
  assert.deepEqual([of, answer], ['Ann', { textId: id, text: 'OK' }]);
  await groupOf(ann, ({ roll }) => roll?.answers.length === 1);
  ann.session.end();
  const again = await Profile.open(await openDb(ann.name));
  const group = await again.group(GROUP);
  assert.deepEqual([group.roll.which, group.roll.asked, group.roll.isOver, group.calling], [1, 2, false, null]);
  assert.deepEqual(group.roll.answers.map(({ who, text }) => [who, text]), [['Ben', 'OK']]);
  assert.deepEqual(silent(group, ANN).map(({ name }) => name), ['Cleo']);
  await ann.start();
  await ann.attached();
  await ann.send(GROUP, '/tally');
  const counted = await groupOf(ann, ({ roll }) => roll.tally !== null);
  assert.deepEqual([counted.roll.tally.silent, counted.roll.isOver], [1, false], 'a tally that was asked for ends nothing');
  await cleo.send(GROUP, 'Need help');
  const last = await groupOf(ann, ({ roll }) => roll.isOver);
  assert.deepEqual(last.roll.tally.answers, [['OK', 1], ['NEED HELP', 1]]);
  assert.deepEqual(silent(last, ANN), []);
});

test('a roll call that the group refuses is said to be refused, and leaves the one before', async () => {
  const { ann, ben } = await shaft();
  await ben.send(GROUP, '/roll All out?');
  const group = await groupOf(ben, ({ calling }) => calling?.isRefused);
  assert.deepEqual([group.isModerator, group.roll], [false, null]);
  assert.equal((await ann.profile.group(GROUP)).roll, null);
});

/** What is known after texts of the group, and to it (with `>` before them). */
function story(...texts) {
  return texts.reduce((group, text, at) => {
    const one = { id: at + 1, peer: GROUP, at: at + 1, text: text.replace(/^>/, '') };
    return text.startsWith('>') ? wrote(group, one) : heard(group, one, ANN);
  }, undefined);
}

const WELCOME = 'You are in Shaft 2 now. What you text here goes to all (3). /help says more.';
const CALL = 'Ann asks all: Well?\nPlease answer. Moderators get it; OK is enough.';

test('no contact is a group but by a group’s own words', () => {
  assert.equal(story('Ann: hello', '/roll x', 'Roll call 1 begins: 3 are asked.', CALL), undefined);
  assert.equal(story(WELCOME, 'Ann: hello').name, 'Shaft 2');
  const none = heard({ ...newGroup(GROUP), isGroup: false }, { id: 1, peer: GROUP, text: WELCOME, at: 1 }, ANN);
  assert.equal(none.isGroup, false, 'somebody has said so');
});

test('answers to the roll call before do not count for the one that has not begun', () => {
  const begun = story(WELCOME, '>/roll one', 'Roll call 1 begins: 3 are asked.', 'Ben answers: OK', '>/roll two', 'Cleo answers: OK', 'Roll call 1: delivered 3 of 3, answered OK 2, silent 1');
  assert.deepEqual([begun.roll.which, begun.roll.answers.length, begun.roll.isOver, begun.calling.text], [1, 2, true, 'two']);
  const next = heard(begun, { id: 9, peer: GROUP, text: 'Roll call 2 begins: 3 are asked.', at: 9 }, ANN);
  assert.deepEqual([next.roll.which, next.roll.text, next.roll.answers], [2, 'two', []]);
});

test('the last answer of each counts, and commands are none', () => {
  assert.equal(story(WELCOME, CALL, '>/who').asked.answer, null);
  const answered = story(WELCOME, CALL, '>OK', '>my leg is broken');
  assert.equal(answered.asked.answer.text, 'my leg is broken');
  assert.equal(tookBack(answered, { id: 4, text: 'my leg is broken' }).asked.answer, null);
  const heardOf = story(WELCOME, CALL, 'Dan answers: ok', 'Dan (unverified) answers: help').roll.answers;
  assert.deepEqual(heardOf.map(({ text, isVerified }) => [text, isVerified]), [['help', false]]);
});

test('a moderator hears that a roll call has ended', () => {
  const over = story(WELCOME, CALL, 'Roll call 4: delivered 3 of 3, silent 3');
  assert.deepEqual([over.roll.isOver, isAsked(over)], [true, false]);
  const counted = story(WELCOME, CALL, '>/tally', 'Roll call 4: delivered 3 of 3, silent 3');
  assert.deepEqual([counted.roll.isOver, isAsked(counted)], [false, true]);
});

test('the texts of before are read once, where an earlier page has kept them', async () => {
  const { ann } = await shaft();
  await ann.send(GROUP, '/roll All out?');
  const known = await groupOf(ann, ({ roll }) => roll !== null);
  const db = await openDb(ann.name);
  await atomically(db, async (tx) => {
    await tx.clear('groups');
    await hearAll(tx);
  });
  const again = await read(db, (tx) => tx.get('groups', GROUP));
  assert.deepEqual({ ...again, standing: known.standing }, known);
});

test('an earlier page’s disk is taken over', async () => {
  await new Promise((resolve, reject) => {
    const request = indexedDB.open('of-before', 1);
    request.onerror = () => reject(request.error);
    request.onupgradeneeded = () => {
      const db = request.result;
      for (const table of ['profile', 'counts', 'contacts', 'servers', 'outbox']) db.createObjectStore(table);
      const messages = db.createObjectStore('messages', { keyPath: 'id', autoIncrement: true });
      messages.createIndex('thread', ['peer', 'textId', 'part']);
      request.transaction.objectStore('profile').put({ number: ANN, secret: new Uint8Array(32).fill(1), epoch: 1 }, 'me');
      const of = { direction: 'in', peer: GROUP, parts: 2, at: 5, state: 'verified' };
      messages.put({ ...of, textId: 1, part: 1, text: WELCOME.slice(0, 20) });
      messages.put({ ...of, textId: 1, part: 2, text: WELCOME.slice(20) });
      messages.put({ ...of, textId: 3, part: 1, parts: 1, text: CALL });
    };
    request.onsuccess = () => resolve(request.result.close());
  });
  const profile = await Profile.open(await openDb('of-before'));
  const group = await profile.group(GROUP);
  assert.deepEqual([group.name, group.asked.text], ['Shaft 2', 'Well?']);
  assert.equal(await profile.setting('groupsUnread'), undefined, 'once');
});
