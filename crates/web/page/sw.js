/**
 * Keeps the page for use while nothing is reachable: what comes from the server counts, and what
 * came before is shown where nothing comes. Texts and keys are not in here.
 */

/** Where the files are whose names change when they do: the server writes it. */
const PREFIX = './';
const NAME = 'postrider-page';
const CACHE = `${NAME} ${PREFIX}`;
const WAIT_MS = 4_000;
const FILES = [
  './',
  './index.html',
  './app.js',
  './icon.svg',
  './manifest.webmanifest',
  './style.css',
  './app/begin.js',
  './app/beginning.js',
  './app/db.js',
  './app/dom.js',
  './app/group_pane.js',
  './app/group_words.js',
  './app/groups.js',
  './app/hub.js',
  './app/incoming.js',
  './app/intake.js',
  './app/link.js',
  './app/list.js',
  './app/main.js',
  './app/outgoing.js',
  './app/outlet.js',
  './app/page.js',
  './app/profile.js',
  './app/said.js',
  './app/search.js',
  './app/search_list.js',
  './app/session.js',
  './app/settings.js',
  './app/sheets.js',
  './app/shown.js',
  './app/states.js',
  './app/tabs.js',
  './app/thread.js',
  './app/urgency.js',
  './app/words.js',
  './protocol/bytes.js',
  './protocol/content.js',
  './protocol/device_code.js',
  './protocol/durations.js',
  './protocol/english.js',
  './protocol/gsm.js',
  './protocol/item.js',
  './protocol/keys.js',
  './protocol/message.js',
  './protocol/number.js',
  './protocol/row.js',
  './protocol/sealed.js',
  './protocol/sign.js',
  './protocol/words.js',
  './vendor/ciphers/_arx.js',
  './vendor/ciphers/_poly1305.js',
  './vendor/ciphers/chacha.js',
  './vendor/ciphers/utils.js',
  './vendor/curves/abstract/curve.js',
  './vendor/curves/abstract/edwards.js',
  './vendor/curves/abstract/hash-to-curve.js',
  './vendor/curves/abstract/modular.js',
  './vendor/curves/abstract/montgomery.js',
  './vendor/curves/abstract/oprf.js',
  './vendor/curves/ed25519.js',
  './vendor/curves/utils.js',
  './vendor/hashes/_md.js',
  './vendor/hashes/_u64.js',
  './vendor/hashes/hkdf.js',
  './vendor/hashes/hmac.js',
  './vendor/hashes/sha2.js',
  './vendor/hashes/utils.js',
  './vendor/qrcode/qrcode.js',
];

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES.map(at))).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => event.waitUntil(forget().then(() => self.clients.claim())));

/** What is kept of versions before. */
async function forget() {
  const old = (await caches.keys()).filter((name) => name.startsWith(NAME) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** Where a file is. */
function at(file) {
  return /\.(js|css)$/.test(file) ? file.replace('./', PREFIX) : file;
}

/** Each file by where it is. */
const PLACES = new Set(FILES.map(at));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const isOurs = new URL(request.url).origin === self.location.origin;
  // What is not of the page, such as a stream that never ends, is none of its business.
  if (request.method === 'GET' && isOurs && PLACES.has(name(request))) event.respondWith(isFixed(request) ? keptFirst(request) : answer(request));
});

/** Whether what is there is always the same. */
function isFixed(request) {
  return PREFIX !== './' && name(request).startsWith(PREFIX);
}

async function keptFirst(request) {
  return (await (await caches.open(CACHE)).match(request)) ?? answer(request);
}

async function answer(request) {
  const cache = await caches.open(CACHE);
  const signal = AbortSignal.timeout(WAIT_MS);
  try {
    const fresh = await fetch(request, { signal });
    if (fresh.ok) await cache.put(request, fresh.clone());
    return fresh;
  } catch (error) {
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}

/** A path as it stands in the list. */
function name(request) {
  return `.${new URL(request.url).pathname.slice(new URL(self.registration.scope).pathname.length - 1)}`;
}
