/** The network page begins here: a key is asked for once, and kept for as long as the tab is open. */

import { fill, h } from '../app/dom.js';
import { kept, keyOf } from './api.js';

/** All that `live.js` imports, so that it is asked for at once: by `npm run files`. */
/** @type {string[]} */
const REST = [
  './live.js',
  '../app/link.js',
  './details.js',
  './history.js',
  './links.js',
  './numbers.js',
  './page.js',
  './servers.js',
  './text.js',
  '../protocol/bytes.js',
  './model.js',
  './svg.js',
  './words.js',
  './feed.js',
  './series.js',
  './journey.js',
  './map.js',
  './camera.js',
  './dots.js',
  './draw.js',
  './hand.js',
  './layout.js',
  './legend.js',
];

const place = /** @type {HTMLElement} */ (document.getElementById('app'));

/** @param {string} why the one before was no good; empty where there was none */
function ask(why) {
  const field = h('input', { id: 'key', type: 'password', autocomplete: 'off', spellcheck: 'false', maxlength: 600, required: true, 'aria-describedby': 'key-wrong key-hint' });
  const wrong = h('p', { class: 'wrong', id: 'key-wrong', role: 'alert' }, why);
  const form = h('form', { class: 'card', novalidate: true }, h('label', { for: 'key' }, 'Operator’s key'), field, wrong, h('p', { class: 'quiet', id: 'key-hint' }, 'Whoever runs the server makes it, with the scope “network”. It is kept until this tab is closed, and goes to this server alone.'), h('button', { class: 'main' }, 'Look at the network'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const key = keyOf(field.value);
    wrong.textContent = key === null ? 'That is not a key: keys are one word of letters, digits and signs.' : '';
    if (key === null) return field.focus();
    kept.set(key);
    open(key);
  });
  const plain = location.protocol === 'http:' && !/^(localhost|127\..*|\[::1\])$/.test(location.hostname);
  const warning = plain && h('p', { class: 'notice' }, 'This page came over plain HTTP: whoever is between you and the server can read the key. Use it on networks that you trust, or by HTTPS.');
  fill(place, h('main', { class: 'begin' }, h('h1', {}, 'The network'), h('p', {}, 'A live map of the servers and links, what waits where and why, for whoever runs this server.'), warning, form));
  document.title = 'postrider network';
  field.focus();
}

/** @type {Promise<typeof import('./live.js')> | undefined} */
let rest;

/** The rest, once. */
function load() {
  if (rest !== undefined) return rest;
  for (const file of REST) document.head.append(h('link', { rel: 'modulepreload', href: new URL(file, import.meta.url).href }));
  rest = import('./live.js');
  return rest;
}

/** @param {string} key */
async function open(key) {
  const { follow } = await load();
  follow(place, key, ask);
}

const known = kept.get();
if (known === null) ask('');
else open(known);
load();
