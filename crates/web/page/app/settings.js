/** The number itself: words, another device, receipts, giving it up. */

import { toHex } from '../protocol/bytes.js';
import { printDeviceCode } from '../protocol/device_code.js';
import { toWords } from '../protocol/words.js';
import { dialog, fill, h } from './dom.js';
import { fingerprint, spaced } from './shown.js';
import { networkWords } from './words.js';

export class Settings {
  /** @param {import('./page.js').Page} page */
  constructor(page) {
    this.page = page;
    this.title = h('h1', { tabindex: -1 }, 'Settings');
    const back = h('a', { href: '#', class: 'back', 'aria-label': 'Back to all texts' }, '‹');
    this.facts = h('dl', {});
    this.receipts = h('input', { type: 'checkbox', id: 'receipts' });
    this.receipts.addEventListener('change', () => page.profile.set('readReceipts', this.receipts.checked));
    this.kept = h('p', { class: 'quiet' });
    this.element = h(
      'section',
      { class: 'settings', 'aria-label': 'Settings' },
      h('div', { class: 'row head' }, back, this.title),
      h('div', { class: 'card' }, h('h2', {}, 'Your number'), this.facts, this.kept),
      h('div', { class: 'card' }, h('h2', {}, 'The key is the number'),
        h('p', {}, 'Write down the 24 words: they are the only way back to your number when this browser is lost or cleared. Whoever has them has the number.'),
        h('div', { class: 'actions' }, h('button', { class: 'main', onclick: () => this.showWords() }, 'Show the words'), h('button', { onclick: () => this.showCode() }, 'Code for another device'))),
      h('div', { class: 'card' }, h('h2', {}, 'Receipts'),
        h('div', { class: 'row start' }, this.receipts, h('label', { for: 'receipts' }, 'Let those whose texts you read know that you have read them')),
        h('p', { class: 'quiet' }, 'That a text was delivered to you is always said: without that it would never end.')),
      h('div', { class: 'card' }, h('h2', {}, 'Leaving'),
        h('p', {}, 'Taking the number off this browser removes its key and all texts here. With the 24 words it can be brought back; the texts cannot.'),
        h('p', {}, 'Giving the number up means that nothing comes to it any more, on any device.'),
        h('div', { class: 'actions' }, h('button', { onclick: () => this.forget('Take it off this browser') }, 'Take it off this browser'), h('button', { class: 'danger', onclick: () => this.release() }, 'Give the number up'))),
    );
  }

  enter() {
    this.title.focus();
  }

  async draw() {
    const { profile, hub, names } = this.page;
    this.receipts.checked = (await profile.setting('readReceipts')) !== false;
    const server = await profile.setting('server');
    const facts = [
      ['number', spaced(profile.number)],
      ['key', fingerprint(toHex(profile.keys.key))],
      ['which', profile.keys.word ? 'a later key, by the word of the first' : 'the first key'],
      ['server', networkWords(hub.status, (id) => this.page.named(id))],
      ['its key', server ? fingerprint(toHex(server)) : 'not known yet'],
    ];
    fill(this.facts, ...facts.flatMap(([name, value]) => [h('dt', {}, name), h('dd', { class: name.endsWith('key') ? 'key' : '' }, value)]));
    const isKept = (await navigator.storage?.persisted?.()) === true;
    this.kept.textContent = isKept
      ? 'This browser keeps key and texts until you remove them.'
      : 'This browser may clear key and texts away when it needs room, or when you clear its data: write the words down.';
    return names.size;
  }

  async showWords() {
    if (this.page.profile.keys.word !== null) {
      await dialog('No words here', [h('p', {}, 'This browser has a later key of the number. The 24 words are those of its first key, which is not on this device: they were shown when the key was changed.')]);
      return;
    }
    const sure = await dialog('The 24 words', [h('p', {}, 'Whoever sees them has your number. Is nobody looking, and is no picture being taken?')], [['show', 'Show them', 'main'], ['', 'Back']]);
    if (sure !== 'show') return;
    const words = toWords(this.page.profile.keys.secret).split(' ');
    await dialog(`The words of ${spaced(this.page.profile.number)}`, [h('ol', { class: 'words' }, ...words.map((word) => h('li', {}, word)))]);
  }

  async showCode() {
    const sure = await dialog('Code for another device', [h('p', {}, 'Whoever sees the code has your number, like the words. No photograph of it, and no message with it.')], [['show', 'Show it', 'main'], ['', 'Back']]);
    if (sure !== 'show') return;
    const { profile } = this.page;
    const servers = (await profile.setting('servers')) ?? [];
    const code = printDeviceCode({ number: profile.number, secret: profile.keys.secret, word: profile.keys.word, servers });
    const written = h('textarea', { readonly: true, rows: 4, 'aria-label': 'The code as a line', class: 'key' });
    written.value = code;
    await dialog('Code for another device', [await picture(code), written, h('p', { class: 'quiet' }, 'On the other device: “Bring a number of mine” on this page, or postrider id restore.')]);
  }

  /** @param {string} title */
  async forget(title) {
    const { profile, hub } = this.page;
    const waiting = (await profile.conversations()).length > 0;
    const body = [
      h('p', {}, `The key of ${spaced(profile.number)} and all texts are removed from this browser.`),
      waiting && h('p', {}, 'Texts that still wait here are lost.'),
      h('p', {}, 'Are the 24 words written down, if you want to have this number again?'),
    ];
    if ((await dialog(title, body, [['', 'Back', 'main'], ['remove', 'Remove all', 'danger']])) !== 'remove') return;
    hub.end();
    await profile.forget();
    location.replace(location.pathname);
  }

  async release() {
    const { profile, hub } = this.page;
    const body = [h('p', {}, `Nothing comes to ${spaced(profile.number)} any more, on any of your devices. Texts here stay until you remove them.`)];
    if ((await dialog('Give the number up', body, [['', 'Keep it', 'main'], ['release', 'Give it up', 'danger']])) !== 'release') return;
    await profile.set('isToRelease', true);
    hub.wish({ wish: 'release' });
    if (hub.status.kind !== 'attached') this.page.notice('The number is given up once a server is reached.');
  }
}

const SVG = 'http://www.w3.org/2000/svg';
const MARGIN = 4;

/** A QR code; in capitals it packs better. @param {string} text */
async function picture(text) {
  const { qrcode } = await import('../vendor/qrcode/qrcode.js');
  const code = qrcode(0, 'M');
  code.addData(text.toUpperCase(), 'Alphanumeric');
  code.make();
  const size = code.getModuleCount();
  let path = '';
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      if (code.isDark(row, column)) path += `M${column + MARGIN} ${row + MARGIN}h1v1h-1z`;
    }
  }
  const svg = document.createElementNS(SVG, 'svg');
  const dark = document.createElementNS(SVG, 'path');
  dark.setAttribute('d', path);
  svg.setAttribute('viewBox', `0 0 ${size + 2 * MARGIN} ${size + 2 * MARGIN}`);
  svg.setAttribute('class', 'qr');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', 'The code as a picture');
  svg.append(dark);
  return svg;
}
