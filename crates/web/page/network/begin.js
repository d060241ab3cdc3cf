/** The network page begins here: a key is asked for once, and kept for as long as the tab is open. */

import { fill, h } from '../app/dom.js';
import { TIMERS } from '../app/link.js';
import { Api, kept, keyOf } from './api.js';
import { Details } from './details.js';
import { Past } from './history.js';
import { Links } from './links.js';
import { Numbers } from './numbers.js';
import { Page } from './page.js';
import { Servers } from './servers.js';
import { Follower } from './stream.js';
import { Text } from './text.js';

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

/** @param {string} key */
function open(key) {
  const api = new Api(key);
  const page = new Page(place, {
    panes: [new Servers(), new Links(), new Text(api), new Numbers(api), new Past(api), new Details()],
    follow: (told) => new Follower({ open: (signal) => api.live(signal), timers: TIMERS, ...told }),
    refused: (why) => {
      page.end();
      ask(why);
    },
  });
  page.start();
}

const known = kept.get();
if (known === null) ask('');
else open(known);
