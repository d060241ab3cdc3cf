import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KIND, OUTCOME, printMessage, signedPart } from '../protocol/message.js';
import { contentOf } from '../protocol/content.js';
import { publicKey, sign } from '../protocol/sign.js';
import { wordSignedPart } from '../protocol/row.js';
import { seal } from '../protocol/sealed.js';
import { printDispute } from '../protocol/item.js';
import { read } from '../app/db.js';
import { stateWords, trustWords } from '../app/states.js';
import { Gateway } from './gateway.mjs';
import { Browser, settle, until } from './world.mjs';

const [ANN, BEN] = ['5550000001', '5550000002'];
const isState = (state) => (text) => text.known.state === state;
const says = (text) => stateWords(text.known, (server) => server);

const pinnedOf = (browser) => ({ key: browser.profile.keys.key, firstKey: null, since: 0 });

async function pair() {
  const gateway = new Gateway();
  const [ann, ben] = [await Browser.begin(gateway, { number: ANN }), await Browser.begin(gateway, { number: BEN })];
  await Promise.all([ann.attached(), ben.attached()]);
  return { gateway, ann, ben };
}

test('two browsers text each other, and each state is proven', async () => {
  const { gateway, ann, ben } = await pair();
  await ann.send(BEN, 'Hello?');
  const [came] = await ben.texts(ANN, 1, isState('verified'));
  assert.deepEqual([came.text, came.sealed, came.isUnread], ['Hello?', true, true]);
  const [delivered] = await ann.texts(BEN, 1, isState('delivered'));
  assert.deepEqual([says(delivered), delivered.known.proven], ['delivered', true]);
  await ben.profile.markRead(ANN, came.id);
  ben.session.outlet.look();
  assert.equal(says((await ann.texts(BEN, 1, isState('read')))[0]), 'read');
  await until(async () => (await ann.profile.serverNames()).get(ann.status.server) === 'Camp 1');
  await settle();
  assert.deepEqual(gateway.home(ANN).mailbox.concat(gateway.home(BEN).mailbox), []);
});

test('no receipt tells what was read if that is not wanted', async () => {
  const { gateway, ann, ben } = await pair();
  await ben.profile.set('readReceipts', false);
  await ann.send(BEN, 'Hello?');
  const [came] = await ben.texts(ANN, 1, isState('verified'));
  await ben.profile.markRead(ANN, came.id);
  ben.session.outlet.look();
  await ann.texts(BEN, 1, isState('delivered'));
  await settle();
  assert.equal(gateway.submitted.filter(({ kind }) => kind === KIND.receipt).length, 1);
  assert.equal((await ben.texts(ANN, 1))[0].isUnread, false);
});

test('a long text travels in parts and is one text again', async () => {
  const { gateway, ann, ben } = await pair();
  const text = `${'Ä'.repeat(160)}${'👍'.repeat(160)}end`;
  await ann.send(BEN, text);
  const [came] = await ben.texts(ANN, 1, (one) => one.partsMissing === 0);
  assert.equal(came.text, text);
  const counts = gateway.submitted.filter(({ kind }) => kind === KIND.text).map(({ id }) => id.count);
  assert.deepEqual(counts, [1, 2, 3]);
  await assert.rejects(() => ann.send(BEN, 'a'.repeat(2_561)), /at most 2560/);
  await assert.rejects(() => ann.send(BEN, ''), /at least one/);
});

test('what is written while nothing is reachable waits here, and is sent once', async () => {
  const { gateway, ann, ben } = await pair();
  gateway.close();
  await ann.send(BEN, 'first');
  await settle();
  assert.equal(says((await ann.texts(BEN, 1))[0]), 'waiting here');
  gateway.open();
  ann.clock.go(60_000);
  await until(() => gateway.submitted.length === 1);
  gateway.close();
  // The server has it and could not say so: it is said again, as the same message.
  ann.start();
  ben.start();
  gateway.open();
  ann.clock.go(60_000);
  ben.clock.go(60_000);
  await ann.texts(BEN, 1, isState('delivered'));
  assert.equal((await ben.texts(ANN, 1)).length, 1);
  const texts = gateway.submitted.filter(({ kind }) => kind === KIND.text);
  assert.equal(new Set(texts.map(({ id }) => `${id.epoch} ${id.count}`)).size, 1);
});

test('what was handed over and not taken goes on the next link', async () => {
  const { gateway, ann, ben } = await pair();
  gateway.takesNothing = true;
  await until(async () => (await read(ann.db, (tx) => tx.all('outbox'))).length === 0);
  ann.session.intake.known.set(BEN, { isKnown: true, pinned: pinnedOf(ben) });
  await ann.profile.changeContact(BEN, { pinned: pinnedOf(ben) });
  await ann.send(BEN, 'first');
  await until(() => ann.session.outlet.inFlight.size === 1);
  gateway.takesNothing = false;
  ann.session.link.open();
  await ann.texts(BEN, 1, isState('delivered'));
});

test('what there was no room for is said again', async () => {
  const { gateway, ann, ben } = await pair();
  gateway.fullFor = 3;
  await ann.send(BEN, 'first');
  await until(() => {
    ann.clock.go(5_000);
    return gateway.fullFor === 0;
  });
  await until(async () => {
    ann.clock.go(5_000);
    return (await ben.profile.thread(ANN, 9)).length === 1;
  });
});

test('nothing is taken into custody that is not on disk', async () => {
  const { gateway, ann, ben } = await pair();
  const transaction = ben.db.transaction.bind(ben.db);
  ben.db.transaction = () => {
    throw new Error('no room');
  };
  const before = gateway.custodies.length;
  await ann.send(BEN, 'Hello?');
  await until(() => ben.troubles.some((trouble) => /stays with the server: no room/.test(trouble)));
  await settle();
  assert.ok(!gateway.custodies.slice(before).some((item) => item[0] < 0x10), 'no text in custody');
  ben.db.transaction = transaction;
  ben.clock.go(10_000);
  await ben.texts(ANN, 1, isState('verified'));
  await ann.texts(BEN, 1, isState('delivered'));
});

test('a repeat is told again that it was delivered, and is one text', async () => {
  const { gateway, ann, ben } = await pair();
  await ann.send(BEN, 'Hello?');
  await ann.texts(BEN, 1, isState('delivered'));
  await settle();
  const { submitted } = gateway;
  const before = submitted.length;
  const text = submitted.find(({ kind }) => kind === KIND.text);
  gateway.hand(BEN, printMessage(text));
  await until(() => submitted.length > before);
  assert.equal((await ben.texts(ANN, 1)).length, 1);
});

test('a number is had by invitation where that is wanted', async () => {
  const gateway = new Gateway();
  gateway.codes = ['wood'];
  const ann = await Browser.begin(gateway, { number: ANN, code: 'iron' });
  await until(() => ann.status?.kind === 'refused');
  assert.equal(ann.status.why, 3);
  await ann.profile.set('code', 'wood');
  ann.session.claimAgain();
  await ann.attached();
});

test("a number that is somebody else's stays theirs, also while attached", async () => {
  const { gateway, ann } = await pair();
  const other = await Browser.begin(gateway, { number: ANN });
  await until(() => other.status?.kind === 'refused');
  assert.equal(other.status.why, 0);
  gateway.rebind(ANN, new Uint8Array(32).fill(99));
  for (const socket of gateway.sockets) if (socket.number === ANN) socket.answer(0x80);
  await until(() => ann.status.kind === 'refused');
  assert.equal(await ann.profile.setting('home'), ann.status.server, 'it had been attached');
});

test('a number is given up once that is wanted', async () => {
  const { gateway, ann } = await pair();
  await ann.profile.set('isToRelease', true);
  ann.session.release();
  await until(() => ann.status.kind === 'released');
  await until(() => ann.profile.setting('isReleased'));
  assert.equal(gateway.home(ANN).released, true);
});

test('texts to a number with another key wait until somebody decides', async () => {
  const { gateway, ann, ben } = await pair();
  await ann.send(BEN, 'Hello?');
  await ann.texts(BEN, 1, isState('delivered'));
  const secret = new Uint8Array(32).fill(77);
  gateway.rebind(BEN, secret);
  ann.session.intake.known.delete(BEN);
  const id = await ann.send(BEN, 'Is that you?');
  const contact = await until(async () => {
    const found = await ann.profile.contact(BEN);
    return found.said && found;
  });
  await settle();
  assert.deepEqual(contact.pinned, pinnedOf(ben));
  assert.equal((await ann.profile.text(BEN, id)).known.state, 'waiting');
  // What the new key signs is shown, and said to be in doubt.
  gateway.hand(ANN, signed(secret, { from: BEN, to: ANN, epoch: 5, count: 1 }, 'It is me'));
  const came = await until(async () => (await ann.profile.thread(BEN, 9)).find(({ text }) => text === 'It is me'));
  assert.equal(trustWords(came.known.state), "unverified: the sender's key has changed");
  assert.equal(await ann.profile.acceptKey(BEN, ben.profile.keys.key), false, 'it is another one by now');
  assert.equal(await ann.profile.acceptKey(BEN, contact.said.key), true);
  assert.equal((await ann.profile.text(BEN, came.id)).known.state, 'verified');
  ann.session.outlet.look();
  await until(async () => (await ann.profile.text(BEN, id)).known.state === 'accepted');
});

/** The first key's word for a later one. */
function wordFor(first, number, since, key) {
  return { key: publicKey(first), since, signature: sign(first, wordSignedPart(number, since, key)) };
}

test('a key that the first one has signed for is followed without being asked', async () => {
  const { gateway, ann, ben } = await pair();
  await ann.send(BEN, 'Hello?');
  await ann.texts(BEN, 1, isState('delivered'));
  const [first, later] = [ben.profile.keys.secret, new Uint8Array(32).fill(78)];
  gateway.rebind(BEN, later, wordFor(first, BEN, 4, publicKey(later)));
  ann.session.intake.known.delete(BEN);
  await ann.send(BEN, 'Is that you?');
  await ann.texts(BEN, 2, (text) => text.known.state !== 'waiting');
  const contact = await ann.profile.contact(BEN);
  assert.deepEqual([contact.pinned.key, contact.said, contact.former], [publicKey(later), null, publicKey(first)]);
  assert.match(ann.troubles.join(), /changed by its owner/);
  gateway.hand(ANN, signed(first, { from: BEN, to: ANN, epoch: 5, count: 1 }, 'old'));
  const old = await until(async () => (await ann.profile.thread(BEN, 9)).find(({ text }) => text === 'old'));
  assert.equal(trustWords(old.known.state), 'unverified: signed with a key that its sender has replaced');
  // An earlier one cannot take its place, even with the same word.
  gateway.rebind(BEN, new Uint8Array(32).fill(79), wordFor(first, BEN, 3, publicKey(new Uint8Array(32).fill(79))));
  ann.session.intake.known.delete(BEN);
  ann.session.intake.askNumber(BEN);
  await until(async () => (await ann.profile.contact(BEN)).said);
});

test('a later key is let in by the word of the first, and opens what was sealed for that by its words', async () => {
  const { gateway, ann, ben } = await pair();
  const [first, secret] = [ben.profile.keys.secret, new Uint8Array(32).fill(80)];
  const word = wordFor(first, BEN, 7, publicKey(secret));
  const later = await Browser.begin(gateway, { number: BEN, secret, word });
  await later.attached();
  assert.deepEqual([gateway.home(BEN).version, gateway.home(BEN).key], [7, publicKey(secret)]);
  const id = { from: ANN, to: BEN, epoch: 6, count: 1 };
  const body = seal({ secret: ann.profile.keys.secret, to: publicKey(first), id, content: contentOf('secret') });
  const message = { id, kind: 0, precedence: 0, hops: 9, age: 0, lifetime: 163, part: null, form: 3, body, signature: null };
  gateway.hand(BEN, printMessage({ ...message, signature: sign(ann.profile.keys.secret, signedPart(message)) }));
  await later.texts(ANN, 1, isState('closed'));
  await later.profile.openClosed(first);
  const [text] = await later.texts(ANN, 1, isState('verified'));
  assert.equal(text.text, 'secret');
});

test('a number that another device has moved is brought back after a while', async () => {
  const { gateway, ann } = await pair();
  const [socket] = [...gateway.sockets].filter(({ number }) => number === ANN);
  socket.answer(1);
  await until(() => ann.status.kind === 'elsewhere');
  ann.clock.go(60_000);
  await ann.attached();
});

test('that somebody else had the number is on disk before it is in custody', async () => {
  const { gateway, ann } = await pair();
  const [socket] = [...gateway.sockets].filter(({ number }) => number === ANN);
  const before = gateway.custodies.length;
  socket.hand(printDispute({ number: ANN, first: new Uint8Array(16), home: new Uint8Array(8).fill(0xcd) }));
  await until(() => gateway.custodies.length > before);
  assert.equal(await ann.profile.setting('disputed'), 'cd'.repeat(8));
});

function signed(secret, id, text) {
  const message = { id, kind: 0, precedence: 0, hops: 9, age: 0, lifetime: 163, part: null, ...contentOf(text), signature: null };
  return printMessage({ ...message, signature: secret && sign(secret, signedPart(message)) });
}

test('who wrote a text is only ever believed for a signature', async () => {
  const { gateway, ann, ben } = await pair();
  const stranger = '7770000001';
  gateway.numbers.set('4440000001', { key: null, version: 1, released: false, mailbox: [] });
  const id = (from, count) => ({ from, to: ANN, epoch: 9, count });
  gateway.hand(ANN, signed(new Uint8Array(32).fill(88), id(BEN, 1), 'forged'));
  gateway.hand(ANN, signed(null, id(BEN, 2), 'forged as well'));
  gateway.hand(ANN, signed(null, id('4440000001', 1), 'classic'));
  gateway.hand(ANN, signed(new Uint8Array(32).fill(88), id(stranger, 1), 'whose?'));
  await ann.texts(BEN, 2, isState('unproven'));
  await ann.texts('4440000001', 1, isState('unsigned'));
  await ann.texts(stranger, 1, isState('pending'));
  gateway.hand(ANN, signed(ben.profile.keys.secret, id(BEN, 3), 'really'));
  await ann.texts(BEN, 3, (text) => text.known.state === (text.text === 'really' ? 'verified' : 'unproven'));
});

test('a receipt without its reader\'s signature is what a server says', async () => {
  const { gateway, ann, ben } = await pair();
  ben.session.end();
  await settle();
  await ann.send(BEN, 'Hello?');
  await ann.texts(BEN, 1, isState('accepted'));
  const about = gateway.submitted.find(({ kind }) => kind === KIND.text).id;
  gateway.say(BEN, ANN, about, OUTCOME.delivered);
  const [text] = await ann.texts(BEN, 1, isState('delivered'));
  assert.equal(says(text), 'delivered, says a server');
  ben.start();
  await ann.texts(BEN, 1, (one) => one.known.proven);
});

test('a server says where a text is', async () => {
  const { gateway, ann, ben } = await pair();
  ben.session.end();
  await settle();
  await ann.send(BEN, 'Hello?');
  await ann.texts(BEN, 1, isState('accepted'));
  const about = gateway.submitted.find(({ kind }) => kind === KIND.text).id;
  ann.session.ask({ message: about });
  const [text] = await ann.texts(BEN, 1, isState('waits for'));
  assert.match(says(text), /^at \w{16} since .*, waiting for the link to abababababababab$/);
  assert.equal(ann.traces.length, 1);
});

test('a link on which nothing is heard is opened again', async () => {
  const { gateway, ann } = await pair();
  const [first] = [...gateway.sockets].filter(({ number }) => number === ANN);
  first.send = () => {};
  ann.clock.go(45_000);
  ann.clock.go(15_000);
  await until(() => ann.status.kind === 'closed');
  ann.clock.go(60_000);
  await ann.attached();
  assert.ok(![...gateway.sockets].includes(first));
});
