/**
 * How quick a search in very many texts is, in chromium; prints, and judges nothing.
 *
 *     npm run search [TEXTS]
 */

import { chromium } from 'playwright-core';
import { serve } from './serve.mjs';

const TEXTS = Number(process.argv[2] ?? 100_000);
const server = await serve();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--host-resolver-rules=MAP page.test 127.0.0.1'] });
const page = await browser.newPage();
await page.goto(`http://page.test:${server.port}/`);
await page.getByRole('button', { name: 'Take this number' }).click();
await page.getByText('attached to Camp 1').waitFor();

/** Texts of ten words out of two thousand, with fifty numbers. */
const fill = async (texts) => {
  const { openDb } = await import('/app/db.js');
  const db = await openDb();
  const word = (at) => `w${((at * 2_654_435_761) % 2_000).toString(36)}`;
  const AT_ONCE = 5_000;
  for (let from = 1; from <= texts; from += AT_ONCE) {
    await new Promise((resolve, reject) => {
      const tx = db.transaction('messages', 'readwrite', { durability: 'relaxed' });
      for (let id = from; id < from + AT_ONCE && id <= texts; id += 1) {
        const text = Array.from({ length: 10 }, (_, at) => word(id * 10 + at)).join(' ');
        const peer = String(5_550_000_002 + (id % 50));
        tx.objectStore('messages').put({ id, textId: id, direction: 'in', peer, epoch: 1, count: id, part: 1, parts: 1, text, precedence: 0, lifetime: 163, sealed: true, at: id, state: 'verified', stateAt: id, server: null, reason: null, proven: false, by: null });
      }
      tx.oncomplete = resolve;
      tx.onabort = () => reject(tx.error);
    });
  }
};
await page.evaluate(fill, TEXTS);
await page.reload();
await page.locator('nav li').first().waitFor();

/** Types, and waits for the figures below the line. */
async function type(typed) {
  const begun = performance.now();
  await page.locator('.search').fill(typed);
  const said = page.getByRole('navigation').getByRole('status');
  await said.filter({ hasText: / texts?/ }).waitFor();
  const first = performance.now() - begun;
  await said.filter({ hasNotText: 'so far' }).waitFor();
  return { first, all: performance.now() - begun, words: await said.textContent() };
}
const ms = (value) => `${Math.round(value)} ms`;
const once = await type('w1a w2');
console.log(`${TEXTS} texts, first search: first found after ${ms(once.first)}, all read after ${ms(once.all)} (${once.words})`);

/** Without what the program that drives the browser takes. */
const again = await page.evaluate(async () => {
  const query = document.querySelector('.search');
  const said = document.querySelector('nav [role=status]');
  const quiet = () => new Promise((resolve) => setTimeout(resolve, 1_000));
  const times = [];
  for (const typed of ['w', 'w1', 'w1b', 'w1b w3', 'w1b w3 wx', 'nothing like it']) {
    await quiet();
    const changed = new Promise((resolve) => new MutationObserver(resolve).observe(said, { childList: true, characterData: true, subtree: true }));
    const begun = performance.now();
    query.value = typed;
    query.dispatchEvent(new Event('input'));
    await changed;
    times.push(`“${typed}” ${Math.round(performance.now() - begun)} ms (${said.textContent})`);
  }
  return times;
});
console.log(`then: ${again.join(', ')}`);
await browser.close();
server.close();
