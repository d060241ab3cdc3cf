/**
 * How long the pages take on a slow link, from a real server, in chromium; prints, and judges
 * nothing. POSTRIDER names the program, CHROMIUM the browser.
 *
 *     npm run slow
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { freePort, kill, start } from './program.mjs';

const LINK = { offline: false, latency: 200, downloadThroughput: 400_000 / 8, uploadThroughput: 400_000 / 8 };
const folder = mkdtempSync(path.join(tmpdir(), 'postrider-slow-'));
const port = await freePort();
const server = await start({ name: 'Camp 1', port, data: path.join(folder, 'server'), peers: [] });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--host-resolver-rules=MAP camp.local 127.0.0.1'] });

/** A page on the slow link, which notes when elements are there for the first time. */
async function visitor(context, selectors) {
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.emulateNetworkConditions', LINK);
  page.load = { bytes: 0, requests: 0, kept: 0 };
  cdp.on('Network.loadingFinished', ({ encodedDataLength }) => {
    page.load.requests += 1;
    page.load.bytes += encodedDataLength;
  });
  cdp.on('Network.requestServedFromCache', () => (page.load.kept += 1));
  await page.addInitScript((wanted) => {
    const seen = (globalThis.seen = {});
    new MutationObserver(() => {
      for (const one of wanted) if (!(one in seen) && document.querySelector(one)) seen[one] = performance.now();
    }).observe(document, { childList: true, subtree: true, attributes: true });
  }, selectors);
  return page;
}

/** Opens a page, and says when each element was there, and what had been loaded once all was. */
async function open(context, url, selectors, what) {
  const page = await visitor(context, selectors);
  await page.goto(url, { waitUntil: 'commit' });
  await page.locator(selectors.at(-1)).first().waitFor({ state: 'attached' });
  await page.waitForLoadState('networkidle');
  const seen = await page.evaluate(() => globalThis.seen);
  const painted = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN);
  const { bytes, requests, kept } = page.load;
  const times = selectors.map((one) => `${one} after ${Math.round(seen[one])} ms`);
  console.log(`${what}: first paint after ${Math.round(painted)} ms, ${times.join(', ')}; ${requests} requests, ${kept} of the cache, ${(bytes / 1_000).toFixed(1)} kB with headers`);
  return page;
}

try {
  for (const host of ['camp.local', '127.0.0.1']) {
    const where = host === 'camp.local' ? 'plain HTTP' : 'localhost, with the worker';
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const page = await open(context, `http://${host}:${port}/`, ['#number'], `first visit, ${where}`);
    const begun = performance.now();
    await page.getByRole('button', { name: 'Take this number' }).click();
    await page.getByText('attached to').waitFor();
    console.log(`  the number attached ${Math.round(performance.now() - begun)} ms after it was taken`);
    // As by a person: the tab says that it leaves.
    await page.goto('about:blank');
    await page.close();
    await open(context, `http://${host}:${port}/`, ['.bar', '.up'], `second visit, ${where}`);
    await context.close();
  }
  const context = await browser.newContext();
  await open(context, `http://camp.local:${port}/network`, ['form input'], 'network, first visit');
  await open(context, `http://camp.local:${port}/network`, ['form input'], 'network, second visit');
} finally {
  await browser.close();
  await kill(server);
  rmSync(folder, { recursive: true, force: true });
}
