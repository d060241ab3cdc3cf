/**
 * A simulated world as the program replays it. POSTRIDER names the program, CHROMIUM the browser;
 * pictures are left in shots/.
 *
 *     npm run servers
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';
import { filmOf, momentAt } from '../network/film.js';

const PROGRAM = process.env.POSTRIDER ?? path.join(import.meta.dirname, '../../../../target/debug/postrider');
const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const SHOTS = path.join(import.meta.dirname, '../shots');
const missing = [PROGRAM, BROWSER].find((file) => !existsSync(file));
const options = { skip: missing !== undefined && `there is no ${missing}`, timeout: 240_000 };
/** Six servers, of which some crash. */
const WORLD = ['lab', '--network', 'native', '--seed', '2', '--servers', '6', '--view=127.0.0.1:0'];
let [program, browser] = [null, null];

after(async () => {
  program?.kill('SIGKILL');
  await browser?.close();
});

async function view() {
  program = spawn(PROGRAM, WORLD, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  for await (const bytes of program.stdout) {
    said += bytes;
    const [, address] = /see it at (http:\S+);/.exec(said) ?? [];
    if (address) return address;
  }
  throw new Error(said);
}

test('a world is played, stopped, and looked at where something happened', options, async () => {
  const address = await view();
  const film = filmOf(await (await fetch(new URL('v1/replay', address))).json());
  const crash = film.moments.find(({ says }) => says.some((words) => words.endsWith('has crashed')));
  const [, name] = /^(server \d+) has crashed/.exec(crash.says.find((words) => words.endsWith('has crashed')));
  browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
  const problems = [];
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(address);
  await page.getByText('World of seed 2').waitFor();
  const slider = page.getByLabel('Time in the world');
  await page.waitForFunction((input) => Number(input.value) > 2, await slider.elementHandle());
  await page.getByRole('button', { name: 'Pause' }).click();

  await page.getByRole('link', { name: 'What happened' }).click();
  await page.getByRole('button', { name: new RegExp(`${name} has crashed`) }).first().click();
  assert.equal(Number(await slider.inputValue()), Math.floor(crash.at_s));
  await page.getByRole('link', { name: 'Servers' }).click();
  const row = page.getByRole('row', { name: new RegExp(`^${name}\\b`) });
  assert.match(await row.innerText(), /does not run/);
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SHOTS, 'replay.png') });

  await slider.fill(String(Math.floor(film.end_s)));
  await page.waitForFunction((text) => !document.body.innerText.includes(text), 'does not run');
  const last = film.moments[momentAt(film, film.end_s)];
  assert.ok(last.servers.every(({ isUp }) => isUp));

  await page.evaluate(readFileSync(AXE, 'utf8'));
  const found = await page.evaluate(() => globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  assert.deepEqual(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 140)}`), []);
  await page.setViewportSize({ width: 320, height: 568 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it fits a small screen');
  await page.screenshot({ path: path.join(SHOTS, 'replay-phone.png') });
  assert.deepEqual(problems, []);
});
