/** A browser for the tests, and people in front of it. */

import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';

const PROGRAM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** Where pictures of the main views are left, each under a name of its own. */
const SHOTS = path.join(import.meta.dirname, '../shots');
export const options = { skip: !existsSync(PROGRAM) && 'there is no chromium' };
export const PHONE = { width: 390, height: 844 };
export const SMALL = { width: 320, height: 568 };
export const SCREEN = { width: 1280, height: 800 };

let browser;
before(async () => {
  if (options.skip) return;
  mkdirSync(SHOTS, { recursive: true });
  const args = ['--no-sandbox', '--host-resolver-rules=MAP page.test 127.0.0.1'];
  browser = await chromium.launch({ executablePath: PROGRAM, args });
});
/** Also of a test that fails. */
const servers = new Set();
after(async () => {
  await browser?.close();
  for (const server of servers) server.close();
});

/** Somebody with a browser of their own, who has opened the page. */
export async function visit(server, { viewport = PHONE, colorScheme = 'light', host = 'page.test', bypassCSP = false } = {}) {
  servers.add(server);
  const context = await browser.newContext({ viewport, colorScheme, bypassCSP });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.url0 = `http://${host}:${server.port}/`;
  page.shot = { colorScheme, width: viewport.width };
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && page.problems.push(message.text()));
  await page.goto(page.url0);
  return page;
}

export async function take(page, number) {
  await page.fill('#number', number);
  await page.getByRole('button', { name: 'Take this number' }).click();
  await page.getByText('attached to Camp 1').waitFor();
}

export function go(page, hash) {
  return page.evaluate((to) => {
    location.hash = to;
  }, hash);
}

export async function send(page, to, text) {
  await go(page, `#${to}`);
  await page.locator('.thread h1').waitFor();
  await page.fill('#line', text);
  await page.getByRole('button', { name: 'Send' }).click();
}

/** What is wrong for people who hear or do not see well. */
export async function violations(page) {
  await page.addScriptTag({ path: AXE });
  const found = await page.evaluate(() => globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] }));
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
}

export const isTooWide = (page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

/** Leaves a picture of a main view. */
export async function shoot(page, view) {
  const { width, colorScheme } = page.shot;
  await page.screenshot({ path: path.join(SHOTS, `texting-${view}-${width}-${colorScheme}.png`) });
}
