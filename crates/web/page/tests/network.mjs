/**
 * The page for operators in a real browser: chromium, or what CHROMIUM names. Pictures of it are
 * left in shots/.
 *
 *     npm run network
 */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { KEY, World, answering, keyOf } from './network_world.mjs';
import { serve } from './serve.mjs';

const PROGRAM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const SHOTS = path.join(import.meta.dirname, '../shots');
const options = { skip: !existsSync(PROGRAM) && 'there is no chromium' };
const SCREEN = { width: 1280, height: 800 };
const SIZES = [{ width: 320, height: 568 }, { width: 390, height: 844 }, SCREEN];
/** A frame at 30 a second has 33 ms; the page's own part of it is to leave most of that. */
const SCRIPT_MS_MAX = 12;
const DRAW_CALLS_MAX = 2_500;
const FRAMES = 240;

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

async function network(settings) {
  const world = new World(settings);
  const server = await serve(undefined, 0, answering(world));
  servers.add(server);
  return { world, server, close: () => server.close() };
}

/** Somebody who has opened the page. */
async function visit({ server }, { hash = '', host = 'page.test', init, ...context } = {}) {
  const page = await (await browser.newContext({ viewport: SCREEN, colorScheme: 'light', ...context })).newPage();
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && !/status of 40[13]|ERR_/.test(message.text()) && page.problems.push(message.text()));
  if (init) await page.addInitScript(init);
  await page.goto(`http://${host}:${server.port}/network${hash}`);
  return page;
}

async function enter(page, key = KEY) {
  await page.getByLabel('Operator’s key').fill(key);
  await page.keyboard.press('Enter');
}

async function open(net, settings) {
  const page = await visit(net, settings);
  await enter(page);
  await page.locator('.stream.is-live').waitFor();
  return page;
}

const go = (page, hash) => page.evaluate((to) => {
  location.hash = to;
}, hash);

async function violations(page) {
  await page.addScriptTag({ path: AXE });
  const found = await page.evaluate(() => globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 140)).join(' | ')}`);
}

const isTooWide = (page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

/** Where a server is on the screen: the pointer is tried along the lines until it is over one. */
async function find(page, name) {
  const board = page.locator('.board');
  const { x, y, width, height } = await board.boundingBox();
  for (let down = 40; down < height - 60; down += 12) {
    for (let right = 20; right < width - 60; right += 12) {
      await page.mouse.move(x + right, y + down);
      const isOver = await board.evaluate((element) => new Promise((resolve) => requestAnimationFrame(() => resolve(element.classList.contains('over')))));
      if (!isOver) continue;
      await page.mouse.click(x + right, y + down);
      if ((await page.locator('.body h1').textContent()) === name) return { x: x + right, y: y + down };
    }
  }
  throw new Error(`${name} is not on the map`);
}

test('a wrong key is said to be wrong, and a right one is asked for once', options, async () => {
  const net = await network();
  const page = await visit(net);
  await enter(page, 'two words');
  await page.getByText('That is not a key').waitFor();
  await enter(page, 'wrong');
  await page.getByText('The server does not know this key').waitFor();
  await enter(page, 'no-scope');
  await page.getByText('may not look at the network').waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await enter(page);
  await page.locator('.stream.is-live').waitFor();
  await page.reload();
  await page.locator('.stream.is-live').waitFor();
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  await page.getByRole('button', { name: 'Forget the key' }).click();
  await page.getByLabel('Operator’s key').waitFor();
  await page.reload();
  await page.getByLabel('Operator’s key').waitFor();
  assert.deepEqual(page.problems, []);
  net.close();
});

test('what is told is shown, a cut is said, and it goes on by itself', options, async () => {
  const net = await network();
  const page = await open(net);
  const rows = page.locator('.body tbody tr');
  assert.equal(await rows.count(), 25);
  const farm = page.locator('tr', { has: page.getByRole('link', { name: 'Farm 2', exact: true }) });
  assert.match(await farm.textContent(), /full.*1,240/);
  net.world.tick();
  await farm.getByText('1,241').waitFor();
  net.world.cutOff();
  await page.getByText('what is shown is from before').waitFor();
  await page.getByRole('button', { name: 'Try now' }).click();
  await page.locator('.stream.is-live').waitFor();
  net.world.tick();
  await farm.getByText('1,242').waitFor();
  assert.deepEqual(page.problems, []);
  net.close();
});

test('a service worker of the texting page leaves the stream alone', options, async () => {
  const net = await network();
  const page = await visit(net, { host: '127.0.0.1' });
  await page.goto(`http://127.0.0.1:${net.server.port}/`);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  await page.goto(`http://127.0.0.1:${net.server.port}/network`);
  assert.ok(await page.evaluate(() => navigator.serviceWorker.controller !== null));
  const asked = page.waitForResponse((response) => response.url().endsWith('/v1/network/live'));
  await enter(page);
  assert.equal((await asked).fromServiceWorker(), false);
  await page.locator('.stream.is-live').waitFor();
  net.close();
});

test('a server is chosen on the map with the mouse, and its details say all', options, async () => {
  const net = await network({ servers: 5 });
  const page = await open(net);
  const { x, y } = await find(page, 'Ridge 1');
  await page.getByRole('heading', { name: 'The way there' }).waitFor();
  await page.getByText(`${keyOf(3).slice(0, 4)} ${keyOf(3).slice(4, 8)}`).waitFor();
  await page.getByRole('button', { name: 'Copy the key' }).click();
  await page.getByText('Copied').waitFor();
  await page.mouse.move(x + 30, y);
  await page.mouse.wheel(0, -400);
  await page.mouse.down();
  await page.mouse.move(x + 90, y + 40, { steps: 4 });
  await page.mouse.up();
  assert.equal(await page.locator('.body h1').textContent(), 'Ridge 1');
  await page.getByRole('link', { name: 'All servers' }).click();
  await page.getByRole('heading', { name: 'Servers' }).waitFor();
  assert.deepEqual(page.problems, []);
  net.close();
});

test('all of it can be done with the keyboard', options, async () => {
  const net = await network();
  const page = await open(net);
  const board = page.getByRole('application', { name: 'Map of the network' });
  await page.getByRole('button', { name: 'Forget the key' }).focus();
  await page.keyboard.press('Tab');
  assert.ok(await board.evaluate((element) => element === document.activeElement));
  const said = page.locator('.map [aria-live]');
  await said.getByText('Camp 1: this server').waitFor();
  const names = new Set();
  for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowUp', 'ArrowRight', 'ArrowDown']) {
    await page.keyboard.press(key);
    names.add(await said.textContent());
  }
  assert.ok(names.size > 2, [...names].join('; '));
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'All servers' }).waitFor();
  const name = await page.locator('.body h1').textContent();
  assert.ok((await said.textContent()).startsWith(`${name}: `));
  for (const key of ['+', '-', '0', 'Shift+ArrowLeft', 'Shift+ArrowUp', 'Escape']) await page.keyboard.press(key);
  await page.getByRole('heading', { name: 'Servers' }).waitFor();
  assert.ok(await board.evaluate((element) => element === document.activeElement));
  await page.getByRole('link', { name: 'A text' }).focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('From and to').focus();
  await page.keyboard.type('5550000001-5550000002');
  await page.keyboard.press('Enter');
  await page.getByText('4 messages, 1 still here, 1 handed on').waitFor();
  assert.deepEqual(page.problems, []);
  net.close();
});

test('fingers pinch and drag the map', options, async () => {
  const net = await network({ servers: 5 });
  const page = await open(net, { viewport: SIZES[1], hasTouch: true, isMobile: true });
  const board = page.locator('.board');
  const drawn = () => page.locator('.board canvas').last().evaluate((canvas) => canvas.toDataURL().length + canvas.toDataURL().slice(-4_000));
  const { x, y } = await board.boundingBox();
  const session = await page.context().newCDPSession(page);
  const touch = (type, ...points) => session.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([right, down], id) => ({ x: x + right, y: y + down, id })) });
  const first = await drawn();
  await touch('touchStart', [150, 150], [220, 150]);
  await touch('touchMove', [110, 150], [260, 150]);
  await touch('touchEnd');
  const pinched = await drawn();
  assert.notEqual(first, pinched);
  await touch('touchStart', [150, 150]);
  await touch('touchMove', [180, 190]);
  await touch('touchMove', [220, 220]);
  await touch('touchEnd');
  assert.notEqual(await drawn(), pinched);
  assert.equal(await page.locator('.body h1').textContent(), 'Servers');
  net.close();
});

test('a text is traced, a number searched, a queue shown', options, async () => {
  const net = await network();
  const page = await open(net, { hash: '#text' });
  await page.getByLabel('From and to').fill('nobody');
  await page.getByRole('button', { name: 'Look' }).click();
  await page.getByText('neither a number of ten digits').waitFor();
  await page.getByLabel('From and to').fill('555 000 0001 to 555 000 0002');
  await page.getByRole('button', { name: 'Look' }).click();
  await page.locator('.journey .is-now').first().waitFor();
  assert.match(page.url(), /#text=5550000001-5550000002$/);
  assert.equal(await page.locator('article').count(), 4);
  const asked = page.waitForRequest((request) => request.url().includes('/trace'));
  await asked;
  await page.getByLabel('From and to').fill('5550000002');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'What waits for it' }).click();
  await page.getByText('2 messages wait here for 555 000 0002').waitFor();
  await page.getByLabel('Numbers that begin with').fill('5550000');
  await page.keyboard.press('Enter');
  await page.getByText('numbers that begin with 5550000').waitFor();
  await page.getByRole('link', { name: '555 000 0037' }).click();
  await page.getByRole('heading', { name: 'Texts to 555 000 0037' }).waitFor();
  await go(page, '#text=5550000001-5550000099');
  await page.getByText('this server has no such message').waitFor();
  assert.deepEqual(page.problems, []);
  net.close();
});

test('names of others steer nothing', options, async () => {
  const net = await network({ hostile: true });
  const page = await open(net);
  await page.getByRole('link', { name: 'Mill\ufffd\ufffd[2J <b>evil</b>' }).click();
  await page.getByRole('heading', { name: '<b>evil</b>' }).waitFor();
  assert.equal(await page.locator('b').count(), 0);
  const text = await page.locator('body').innerText();
  assert.ok(!/[\u001b\u202a-\u202e\u2066-\u2069]/.test(text));
  assert.deepEqual(page.problems, []);
  net.close();
});

test('the history is read with a slider and as a table', options, async () => {
  const net = await network();
  const page = await open(net, { hash: '#history' });
  await page.locator('.plots figure').nth(4).waitFor();
  const waiting = page.locator('.plots figure').first();
  const latest = await waiting.locator('.read').textContent();
  await page.getByLabel('Values at').focus();
  await page.keyboard.press('Home');
  assert.notEqual(await waiting.locator('.read').textContent(), latest);
  await page.getByText('As a table').click();
  assert.ok((await page.locator('.body table tbody tr').count()) > 10);
  assert.match(await waiting.locator('svg').getAttribute('aria-label'), /Waiting: messages now \d+, at the most 1,1\d\d/);
  assert.deepEqual(page.problems, []);
  net.close();
});

for (const colorScheme of ['light', 'dark']) {
  test(`everybody can use it (${colorScheme}), from 320 pixels on`, options, async () => {
    const net = await network({ servers: 40, hostile: true });
    for (const viewport of SIZES) {
      const page = await visit(net, { viewport, colorScheme, bypassCSP: true });
      const look = async (where) => {
        assert.deepEqual(await violations(page), [], `${where} at ${viewport.width}`);
        assert.equal(await isTooWide(page), false, `${where} at ${viewport.width}`);
        await page.screenshot({ path: path.join(SHOTS, `network-${where}-${viewport.width}-${colorScheme}.png`), fullPage: viewport !== SCREEN });
      };
      await look('key');
      await enter(page);
      await page.locator('.stream.is-live').waitFor();
      net.world.tick();
      await page.locator('.body tbody tr').first().waitFor();
      await look('servers');
      await go(page, '#links');
      await page.locator('summary').click();
      await look('links');
      await go(page, `#server=${keyOf(net.world.full)}`);
      await page.getByRole('heading', { name: 'Waiting here for it' }).waitFor();
      await look('server');
      await go(page, `#server=${keyOf([...net.world.near[0]][0])}`);
      await page.getByRole('heading', { name: 'Own link with it' }).waitFor();
      await look('neighbour');
      await go(page, '#text=5550000001-5550000002');
      await page.locator('article').first().waitFor();
      await look('text');
      await go(page, '#numbers=555');
      await page.locator('.body tbody tr').first().waitFor();
      await look('numbers');
      await go(page, '#queue=5550000002');
      await page.getByText('2 messages wait').waitFor();
      await look('queue');
      await go(page, '#history');
      await page.locator('.plots figure').first().waitFor();
      await page.getByText('As a table').click();
      await page.getByText('All counts').click();
      await look('history');
      net.world.isAway = true;
      net.world.cutOff();
      await go(page, '#servers');
      await page.locator('.stream.is-cut').waitFor();
      await look('cut');
      net.world.isAway = false;
      assert.deepEqual(page.problems, []);
      await page.context().close();
    }
    net.close();
  });
}

test('who wants no motion sees figures instead of dots', options, async () => {
  const net = await network();
  const page = await open(net, { reducedMotion: 'reduce' });
  net.world.tick();
  const isEmpty = await page.locator('.board canvas').nth(1).evaluate((canvas) => !canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0));
  assert.ok(isEmpty);
  await page.screenshot({ path: path.join(SHOTS, 'network-still.png') });
  net.close();
});

/** Counts what the page draws, and how long its frames take. Runs in the browser. */
function meter() {
  const frames = [];
  let calls = 0;
  for (const name of ['stroke', 'fill', 'fillText', 'strokeText', 'clearRect', 'arc', 'lineTo']) {
    const { [name]: before } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype[name] = function counted(...what) {
      calls += 1;
      return before.apply(this, what);
    };
  }
  const request = globalThis.requestAnimationFrame.bind(globalThis);
  globalThis.requestAnimationFrame = (call) => request((now) => {
    const began = performance.now();
    calls = 0;
    call(now);
    frames.push({ at: now, took: performance.now() - began, calls });
  });
  globalThis.frames0 = frames;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

test('two hundred servers and ten thousand texts a minute are drawn with little work', options, async () => {
  const net = await network({ servers: 200, textsPerMinute: 10_000 });
  const page = await open(net, { init: meter, viewport: { width: 1600, height: 1000 } });
  const ticking = setInterval(() => net.world.tick(), 1_000);
  await page.waitForFunction((count) => globalThis.frames0.length > count, FRAMES, { timeout: 0 });
  clearInterval(ticking);
  await page.screenshot({ path: path.join(SHOTS, 'network-200.png') });
  const all = await page.evaluate(() => globalThis.frames0);
  const board = await page.locator('.board').boundingBox();
  await page.mouse.move(board.x + 300, board.y + 300);
  await page.mouse.down();
  for (let step = 0; step < 60; step += 1) await page.mouse.move(board.x + 300 + step * 3, board.y + 300 + step);
  await page.mouse.up();
  const panned = (await page.evaluate((from) => globalThis.frames0.slice(from), all.length)).filter(({ calls }) => calls > 700);
  const [took, calls] = [all.map((frame) => frame.took), all.map((frame) => frame.calls)];
  const times = new Set(all.map(({ at }) => at));
  const fps = (1000 * (times.size - 1)) / (all.at(-1).at - all[0].at);
  const worst = took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)];
  console.log(`${all.length} frames, ${fps.toFixed(1)} a second; script a frame: median ${median(took).toFixed(2)} ms, 99 in 100 under ${worst.toFixed(2)} ms; draw calls: median ${median(calls)}, most ${Math.max(...calls)}`);
  if (panned.length > 0) console.log(`while it is dragged: ${panned.length} frames, script median ${median(panned.map((frame) => frame.took)).toFixed(2)} ms, draw calls ${median(panned.map((frame) => frame.calls))}`);
  assert.ok(median(took) < SCRIPT_MS_MAX, `${median(took)} ms`);
  assert.ok(Math.max(...calls) < DRAW_CALLS_MAX, `${Math.max(...calls)} draw calls`);
  assert.deepEqual(page.problems, []);
  net.close();
});
