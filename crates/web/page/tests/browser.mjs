/**
 * The page in a real browser: chromium, or what CHROMIUM names. Over plain HTTP, where browsers
 * keep much from a page, unless a test says otherwise.
 *
 *     npm run browser
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KIND, printMessage, signedPart } from '../protocol/message.js';
import { contentOf } from '../protocol/content.js';
import { sign } from '../protocol/sign.js';
import { SCREEN, SMALL, go, isTooWide, options, send, shoot, take, violations, visit } from './people.mjs';
import { serve } from './serve.mjs';

const [ANN, BEN] = ['5550000001', '5550000002'];

test('two phones text each other over plain HTTP', options, async () => {
  const server = await serve();
  const [ann, ben] = [await visit(server), await visit(server)];
  assert.equal(await ann.evaluate(() => isSecureContext || Boolean(crypto.subtle)), false);
  await take(ann, ANN);
  await take(ben, BEN);
  await send(ann, BEN, 'Is the road open?');
  await ben.getByText('From strangers').waitFor();
  await ben.locator('nav li a').click();
  await ben.getByRole('button', { name: 'Accept' }).click();
  await ann.locator('.out .about', { hasText: 'read' }).waitFor();
  await send(ben, ANN, 'It is.\u202e\u001b[2J');
  await ann.locator('.in .text', { hasText: 'It is.\ufffd\ufffd[2J' }).waitFor();
  assert.deepEqual([...ann.problems, ...ben.problems], []);
  server.close();
});

test('what is typed while nothing is reachable leaves once, also after the page was closed', options, async () => {
  const server = await serve();
  const [ann, ben] = [await visit(server), await visit(server)];
  await take(ann, ANN);
  await take(ben, BEN);
  server.gateway.close();
  await ann.getByText('no connection').waitFor();
  await send(ann, BEN, 'Later');
  await ann.locator('.out .about', { hasText: 'waiting here' }).waitFor();
  const again = await ann.context().newPage();
  await ann.close();
  server.gateway.open();
  await again.goto(`${ann.url0}#${BEN}`);
  await again.locator('.out .about', { hasText: 'delivered' }).waitFor();
  const texts = server.gateway.submitted.filter(({ kind }) => kind === KIND.text);
  assert.equal(texts.length, 1);
  server.close();
});

for (const host of ['page.test', '127.0.0.1']) {
  test(`of two tabs at ${host} one has the session, and the other takes it over`, options, async () => {
    const server = await serve();
    const [first, ben] = [await visit(server, { host }), await visit(server)];
    await take(first, ANN);
    await take(ben, BEN);
    const second = await first.context().newPage();
    await second.goto(first.url0);
    await second.getByText('attached to Camp 1').waitFor();
    const sockets = () => [...server.gateway.sockets].filter(({ number }) => number === ANN).length;
    assert.equal(sockets(), 1);
    await send(second, BEN, 'From the other tab');
    await second.locator('.out .about', { hasText: 'delivered' }).waitFor();
    await first.close({ runBeforeUnload: true });
    await send(second, BEN, 'And again');
    await second.locator('.out').nth(1).locator('.about', { hasText: 'delivered' }).waitFor();
    assert.equal(sockets(), 1);
    server.close();
  });
}

test('a number goes to another browser by its code and by its words', options, async () => {
  const server = await serve();
  const [ann, other, third] = [await visit(server), await visit(server), await visit(server)];
  await take(ann, ANN);
  await ann.getByRole('link', { name: /Settings/ }).click();
  await ann.getByRole('button', { name: 'Code for another device' }).click();
  await ann.getByRole('button', { name: 'Show it' }).click();
  await ann.locator('svg.qr').waitFor();
  const code = await ann.getByLabel('The code as a line').inputValue();
  await ann.getByRole('button', { name: 'Close' }).click();
  await ann.getByRole('button', { name: 'Show the words' }).click();
  await ann.getByRole('button', { name: 'Show them' }).click();
  const words = (await ann.locator('ol.words li').allTextContents()).join(' ');
  await other.fill('#secret', code.slice(0, -1));
  await other.getByRole('button', { name: 'Bring it here' }).click();
  await other.getByText('a letter of the code is wrong').waitFor();
  await other.fill('#secret', code);
  await other.getByRole('button', { name: 'Bring it here' }).click();
  await other.getByText('attached to Camp 1').waitFor();
  await third.fill('#secret', words);
  await third.fill('#own-number', ANN);
  await third.getByRole('button', { name: 'Bring it here' }).click();
  await third.getByText('attached to Camp 1').waitFor();
  assert.deepEqual([...ann.problems, ...other.problems, ...third.problems], []);
  server.close();
});

test('an invitation is asked for, and a number that is taken can be changed', options, async () => {
  const server = await serve();
  server.gateway.codes = ['wood'];
  const ann = await visit(server);
  await ann.fill('#number', ANN);
  await ann.getByRole('button', { name: 'Take this number' }).click();
  await ann.getByLabel('Code of the invitation').fill('wood');
  await ann.getByRole('button', { name: 'Use this code' }).click();
  await ann.getByText('attached to Camp 1').waitFor();
  const other = await visit(server);
  await other.fill('#number', ANN);
  await other.getByRole('button', { name: 'Take this number' }).click();
  await other.getByRole('button', { name: 'Begin another number' }).click();
  await other.getByRole('button', { name: 'Remove all' }).click();
  await other.getByRole('heading', { name: 'A new number' }).waitFor();
  server.close();
});

for (const colorScheme of ['light', 'dark']) {
  test(`everybody can use it (${colorScheme}), from 320 pixels on`, options, async () => {
    const server = await serve();
    const ben = await visit(server);
    await take(ben, BEN);
    for (const viewport of [SMALL, SCREEN]) {
      const ann = await visit(server, { viewport, colorScheme, bypassCSP: true });
      const look = async (where) => {
        await shoot(ann, where.replaceAll(' ', '-'));
        assert.deepEqual(await violations(ann), [], where);
        assert.equal(await isTooWide(ann), false, where);
      };
      await look('first visit');
      await take(ann, `55500000${viewport.width === 320 ? 32 : 12}`);
      await look('no texts');
      const own = `55500000${viewport.width === 320 ? 32 : 12}`;
      server.gateway.hand(own, classic('4440000001', own, 'Who is this?'));
      await ann.getByText('From strangers').waitFor();
      await look('list');
      await ann.getByRole('searchbox').fill('who');
      await ann.getByText('0 names, 1 text').waitFor();
      await look('search');
      await ann.getByRole('searchbox').fill('');
      await send(ann, BEN, 'A long text with a very long word, '.repeat(6) + 'x'.repeat(90));
      await ann.locator('.out .about', { hasText: 'delivered' }).waitFor();
      await ann.getByLabel('Urgency').selectOption('flash');
      await send(ann, BEN, 'Out of shaft 2, now');
      await ann.locator('.urgent').waitFor();
      await look('thread');
      await ann.locator('.out .about').first().click();
      await look('details');
      await ann.keyboard.press('Escape');
      await send(ann, '4440000001', 'I am Ann');
      await ann.locator('.in .about', { hasText: 'unverified' }).waitFor();
      await look('a thread with doubts');
      await go(ann, '#settings');
      await ann.getByText('The key is the number').waitFor();
      await look('settings');
      await ann.context().close();
    }
    server.close();
  });
}

/** A text of somebody without a key. */
function classic(from, to, text) {
  const id = { from, to, epoch: 1, count: 1 };
  return printMessage({ id, kind: 0, precedence: 0, hops: 9, age: 0, lifetime: 163, part: null, ...contentOf(text), signature: null });
}

test('texts and names are searched, and a text that is found is shown among its neighbours', options, async () => {
  const server = await serve();
  const ann = await visit(server, { bypassCSP: true });
  await take(ann, ANN);
  await ann.evaluate(async ([ben, own]) => {
    const { openDb } = await import('/app/db.js');
    const { Profile } = await import('/app/profile.js');
    const profile = await Profile.open(await openDb());
    await profile.changeContact(ben, { name: 'Ben of the pumps' });
    for (let at = 1; at <= 150; at += 1) await profile.compose({ to: ben, text: at === 40 ? 'The spare pump is in shaft 2' : `text ${at}` });
    return own;
  }, [BEN, ANN]);
  await ann.reload();
  await ann.getByRole('searchbox').fill('pump spare');
  await ann.getByText('0 names, 1 text').waitFor();
  assert.deepEqual(await ann.locator('mark').allTextContents(), ['spare', 'pump']);
  await ann.getByRole('searchbox').fill('PUMP');
  await ann.getByText('1 name, 1 text').waitFor();
  await ann.locator('nav a', { hasText: 'in shaft 2' }).click();
  await ann.locator('.found .text', { hasText: 'spare pump' }).waitFor();
  assert.equal(await ann.locator('.log li', { hasText: 'text 150' }).count(), 0);
  assert.ok(await ann.locator('.found .text').isVisible());
  await ann.getByRole('button', { name: 'Newest texts' }).click();
  await ann.locator('.log li', { hasText: 'text 150' }).waitFor();
  await ann.getByRole('link', { name: 'Back to all texts' }).click();
  await ann.getByText('1 name, 1 text').waitFor();
  await ann.getByRole('searchbox').fill('');
  await ann.locator('nav li a', { hasText: 'text 150' }).waitFor();
  assert.deepEqual(ann.problems, []);
  server.close();
});

test('how urgent a text is goes with it, and is seen at it', options, async () => {
  const server = await serve();
  const [ann, ben] = [await visit(server), await visit(server)];
  await take(ann, ANN);
  await take(ben, BEN);
  await go(ann, `#${BEN}`);
  await ann.getByLabel('Urgency').selectOption('flash');
  await ann.fill('#line', 'Out of shaft 2, now');
  await go(ann, '#settings');
  await go(ann, `#${BEN}`);
  await ann.getByRole('button', { name: 'Send' }).click();
  await ann.locator('.out .about', { hasText: 'FLASH' }).waitFor();
  await ben.locator('nav .urgent', { hasText: 'FLASH' }).waitFor();
  await ben.locator('nav li a').click();
  await ben.locator('.in .about', { hasText: 'FLASH' }).waitFor();
  assert.equal(await ann.getByLabel('Urgency').inputValue(), '0', 'the next one is routine');
  await send(ann, BEN, 'Good.');
  await ben.locator('.in').nth(1).waitFor();
  assert.equal(await ben.locator('.in .urgent').count(), 1);
  assert.deepEqual(server.gateway.submitted.filter(({ kind }) => kind === KIND.text).map(({ precedence }) => precedence), [3, 0]);
  server.close();
});

test('all of it can be done with the keyboard', options, async () => {
  const server = await serve();
  const [ann, ben] = [await visit(server, { viewport: SCREEN }), await visit(server)];
  await take(ann, ANN);
  await take(ben, BEN);
  await ann.locator('nav').getByRole('button', { name: 'New text' }).focus();
  await ann.keyboard.press('Enter');
  await ann.locator('#to:focus').waitFor();
  await ann.keyboard.type(BEN);
  await ann.keyboard.press('Enter');
  await ann.locator('#line:focus').waitFor();
  await ann.keyboard.type('Hello');
  await ann.keyboard.press('Enter');
  await ann.locator('.out .about', { hasText: 'delivered' }).waitFor();
  server.close();
});

test('another key is shown, and texts wait until somebody has decided', options, async () => {
  const server = await serve();
  const [ann, ben] = [await visit(server), await visit(server)];
  await take(ann, ANN);
  await take(ben, BEN);
  await send(ann, BEN, 'Hello');
  await ann.locator('.out .about', { hasText: 'delivered' }).waitFor();
  const secret = new Uint8Array(32).fill(7);
  server.gateway.rebind(BEN, secret);
  const id = { from: BEN, to: ANN, epoch: 3, count: 1 };
  const unsigned = { id, kind: 0, precedence: 0, hops: 9, age: 0, lifetime: 163, part: null, ...contentOf('New phone'), signature: null };
  server.gateway.hand(ANN, printMessage({ ...unsigned, signature: sign(secret, signedPart(unsigned)) }));
  await ann.getByRole('button', { name: 'Compare the keys' }).click();
  await ann.getByRole('button', { name: 'Accept the new key' }).click();
  await ann.getByRole('button', { name: 'Compare the keys' }).waitFor({ state: 'detached' });
  assert.equal(await ann.locator('.doubted').count(), 0);
  server.close();
});

test('where it came safely the page is there without a server', options, async () => {
  const server = await serve();
  const ann = await visit(server, { host: '127.0.0.1' });
  await take(ann, ANN);
  await ann.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  server.close();
  await ann.goto(`${ann.url0}#${BEN}`);
  await ann.locator('.thread h1').waitFor();
  await ann.fill('#line', 'For later');
  await ann.getByRole('button', { name: 'Send' }).click();
  await ann.locator('.out .about', { hasText: 'waiting here' }).waitFor();
});
