/**
 * The page begins here: a number is asked for if this browser has none, or else it is shown. What a
 * person needs first comes first; the rest comes while they read and type.
 */

import { begin } from './app/begin.js';
import { DiskError, openDb, read } from './app/db.js';
import { fill, h } from './app/dom.js';

/** All that `app/main.js` imports, so that it is asked for at once: by `npm run files`. */
/** @type {string[]} */
const REST = [
  './app/main.js',
  './app/hub.js',
  './app/page.js',
  './app/profile.js',
  './app/beginning.js',
  './app/link.js',
  './app/session.js',
  './app/tabs.js',
  './protocol/item.js',
  './app/list.js',
  './app/thread.js',
  './app/sheets.js',
  './app/words.js',
  './protocol/keys.js',
  './app/groups.js',
  './app/incoming.js',
  './app/outgoing.js',
  './app/states.js',
  './protocol/bytes.js',
  './protocol/number.js',
  './protocol/sign.js',
  './app/intake.js',
  './app/outlet.js',
  './protocol/message.js',
  './protocol/row.js',
  './app/group_words.js',
  './app/urgency.js',
  './protocol/content.js',
  './app/said.js',
  './protocol/sealed.js',
  './protocol/durations.js',
  './vendor/curves/ed25519.js',
  './vendor/hashes/sha2.js',
  './protocol/gsm.js',
  './vendor/ciphers/chacha.js',
  './vendor/hashes/hkdf.js',
  './vendor/hashes/utils.js',
  './vendor/curves/abstract/edwards.js',
  './vendor/curves/abstract/hash-to-curve.js',
  './vendor/curves/abstract/modular.js',
  './vendor/curves/abstract/montgomery.js',
  './vendor/curves/abstract/oprf.js',
  './vendor/curves/utils.js',
  './vendor/hashes/_md.js',
  './vendor/hashes/_u64.js',
  './vendor/ciphers/_arx.js',
  './vendor/ciphers/_poly1305.js',
  './vendor/ciphers/utils.js',
  './vendor/hashes/hmac.js',
  './vendor/curves/abstract/curve.js',
];

const place = /** @type {HTMLElement} */ (document.getElementById('app'));
/** @type {Promise<typeof import('./app/main.js')> | undefined} */
let rest;

async function start() {
  const db = await openDb();
  const isNew = (await read(db, (tx) => tx.get('profile', 'me'))) === undefined;
  const asked = isNew ? begin(place, db, load) : null;
  const { profileOf, show } = await load();
  const profile = asked === null ? await profileOf(db) : await asked;
  if (profile !== null) await show(place, profile);
}

/** The rest, once. */
function load() {
  if (rest !== undefined) return rest;
  for (const file of REST) document.head.append(h('link', { rel: 'modulepreload', href: new URL(file, import.meta.url).href }));
  rest = import('./app/main.js').catch((error) => {
    throw new Error(`The page has not come as a whole (${error.message}). Load it again.`);
  });
  return rest;
}

/** @param {unknown} error */
function sayFailure(error) {
  const what = h('p', {}, error instanceof Error ? error.message : String(error));
  const isDisk = error instanceof DiskError;
  const now = isDisk && h('p', {}, 'This page keeps your key and your texts in the browser. A private window, or a setting that forbids pages to keep data, is against that.');
  fill(place, h('main', { class: 'begin', role: 'alert' }, h('h1', {}, 'This does not work here'), what, now));
}

start().catch(sayFailure);
// For use while nothing is reachable; browsers only have it where the page came safely.
if (isSecureContext && 'serviceWorker' in navigator) navigator.serviceWorker.register('sw.js').catch(() => {});
