/**
 * The page on real servers: five in a line, a browser at either end, and one in between that is
 * killed. POSTRIDER names the program, CHROMIUM the browser.
 *
 *     npm run servers
 */

import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';
import { PROGRAM, freePort, kill, running, start } from './program.mjs';

const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';
const missing = [PROGRAM, BROWSER].find((file) => !existsSync(file));
const options = { skip: missing !== undefined && `there is no ${missing}`, timeout: 240_000 };
const folder = mkdtempSync(path.join(tmpdir(), 'postrider-page-'));

after(() => {
  for (const server of running) server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Five servers in a line; each knows its neighbours' keys. */
async function line(of) {
  const sites = [];
  for (let index = 1; index <= 5; index += 1) {
    const data = path.join(folder, `${of}${index}`);
    mkdirSync(data, { mode: 0o700 });
    const made = execFileSync(PROGRAM, ['keygen', path.join(data, 'identity.key')], { encoding: 'utf8' });
    const key = /[0-9a-f]{64}/.exec(made)?.[0];
    assert.ok(key, made);
    sites.push({ name: `Camp ${index}`, port: await freePort(), data, key, peers: [] });
  }
  for (let index = 0; index < 5; index += 1) {
    const near = [sites[index - 1], sites[index + 1]].filter(Boolean);
    sites[index].peers = near.map(({ key, port }) => `${key}@127.0.0.1:${port}`);
  }
  return sites;
}

async function visit(browser, { port }, number) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(error.message));
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.fill('#number', number);
  await page.getByRole('button', { name: 'Take this number' }).click();
  await page.getByText('attached to').waitFor();
  return page;
}

async function send(page, to, text) {
  await page.evaluate((number) => {
    location.hash = `#${number}`;
  }, to);
  await page.locator('.thread h1').waitFor();
  await page.fill('#line', text);
  await page.getByRole('button', { name: 'Send' }).click();
}

test('two browsers at either end of five servers, one of which is killed', options, async () => {
  const sites = await line('line');
  const servers = [];
  for (const site of sites) servers.push(await start(site));
  const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
  try {
    const ann = await visit(browser, sites[0], '5550000001');
    const ben = await visit(browser, sites[4], '5550000002');
    await send(ann, '5550000002', 'Is the road open?');
    await ben.getByText('From strangers').waitFor();
    await ben.locator('nav li a').click();
    await ben.getByRole('button', { name: 'Accept' }).click();
    await ann.locator('.out .about', { hasText: 'read' }).waitFor();

    await kill(servers[2]);
    await send(ben, '5550000001', 'It is.');
    await ben.locator('.out .about', { hasText: 'accepted' }).waitFor();
    assert.equal(await ann.locator('.in .text', { hasText: 'It is.' }).count(), 0);
    servers[2] = await start(sites[2]);
    await ann.locator('.in .text', { hasText: 'It is.' }).waitFor();
    await ben.locator('.out .about', { hasText: 'read' }).waitFor();

    await kill(servers[0]);
    await send(ann, '5550000002', 'Good.');
    await ann.locator('.out').nth(1).locator('.about', { hasText: 'waiting here' }).waitFor();
    servers[0] = await start(sites[0]);
    await ben.locator('.in .text', { hasText: 'Good.' }).waitFor();
    await ann.locator('.out').nth(1).locator('.about', { hasText: /delivered|read/ }).waitFor();
    for (const page of [ann, ben]) {
      const all = await page.locator('.in .text, .out .text').allTextContents();
      assert.equal(all.length, 3, `each text once: ${all}`);
      assert.deepEqual(page.problems, []);
    }
    if (process.env.SHOTS) {
      await ann.screenshot({ path: path.join(process.env.SHOTS, 'ann.png') });
      await ben.screenshot({ path: path.join(process.env.SHOTS, 'ben.png') });
    }
  } finally {
    await browser.close();
  }
});

test('a group’s program, joined, and its roll called and answered from browsers', options, async () => {
  const [site] = await line('group');
  const server = await start({ ...site, peers: [] });
  const profile = path.join(folder, 'group');
  const [ann, ben, group] = ['5550000001', '5550000002', '5550000100'];
  const own = ['--profile', profile];
  execFileSync(PROGRAM, ['group', 'new', group, '--server', `127.0.0.1:${site.port}`, '--name', 'Shaft 2', '--moderator', `${ann}=Ann`, ...own]);
  const program = spawn(PROGRAM, ['group', 'run', ...own], { stdio: 'ignore' });
  running.add(program);
  const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
  const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
  const go = (page, hash) => page.evaluate((to) => {
    location.hash = to;
  }, hash);
  try {
    const [first, second] = [await visit(browser, site, ann), await visit(browser, site, ben)];
    await first.locator('nav .tag').waitFor();
    await second.locator('nav').getByRole('button', { name: 'New text' }).click();
    await press(second, 'Join a group');
    await second.getByLabel('Number of the group').fill(group);
    await second.getByLabel('What it is to call you').fill('Ben');
    await press(second, 'Ask to be let in');
    await go(first, `#${group}/group`);
    await first.locator('.notice').getByRole('button', { name: 'Let in' }).click();
    await second.locator('.in .text', { hasText: 'You are in Shaft 2 now' }).waitFor();
    await first.getByLabel('What all are asked').fill('All out?\nOf shaft 2?');
    await press(first, 'Call the roll');
    await first.locator('.silent li', { hasText: 'Ben' }).waitFor();
    await press(first, 'How many have it?');
    await first.locator('.group').getByText('delivered 1 of 1').waitFor();
    await press(second, 'Need help');
    await first.locator('.answers .other', { hasText: 'Need help' }).waitFor();
    await first.getByText('It has ended.').waitFor();
    await second.fill('#line', 'Thank you');
    await press(second, 'Send');
    await go(first, `#${group}`);
    await first.locator('.by', { hasText: /^Ben$/ }).waitFor();
    assert.deepEqual([...first.problems, ...second.problems], []);
  } finally {
    await browser.close();
    await kill(program);
    await kill(server);
  }
});
