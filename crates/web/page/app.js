/** The page begins here: a number is asked for if this browser has none, or else it is shown. */

import { begin } from './app/begin.js';
import { openDb } from './app/db.js';
import { fill, h } from './app/dom.js';
import { Hub } from './app/hub.js';
import { Page } from './app/page.js';
import { Profile } from './app/profile.js';
import { wordsOf } from './app/session.js';

const place = /** @type {HTMLElement} */ (document.getElementById('app'));

async function start() {
  const db = await openDb();
  const profile = (await Profile.open(db)) ?? (await begin(place, db));
  const hub = new Hub(profile);
  const page = new Page(place, profile, hub);
  hub.start();
  await page.start();
}

/** @param {unknown} error */
function sayFailure(error) {
  const what = h('p', {}, wordsOf(error));
  const now = h('p', {}, 'This page keeps your key and your texts in the browser. A private window, or a setting that forbids pages to keep data, is against that.');
  fill(place, h('main', { class: 'begin', role: 'alert' }, h('h1', {}, 'This does not work here'), what, now));
}

start().catch(sayFailure);
// For use while nothing is reachable; browsers only have it where the page came safely.
if (isSecureContext && 'serviceWorker' in navigator) navigator.serviceWorker.register('sw.js').catch(() => {});
