/** Sheets above the page: a new text, a contact, all about a text. */

import { isSame, toHex } from '../protocol/bytes.js';
import { PRECEDENCES } from '../protocol/message.js';
import { fromWritten } from '../protocol/number.js';
import { publicKey } from '../protocol/sign.js';
import { dialog, fill, h } from './dom.js';
import { textName } from './intake.js';
import { clock, fingerprint, line, shown, spaced } from './shown.js';
import { wordsOf } from './session.js';
import { TRUST, isFinal, proofWords, stateWords, trustWords } from './states.js';
import { called } from './words.js';

/** @typedef {import('./page.js').Page} Page */

/** Asks for a number, and opens the conversation with it. @param {Page} page */
export async function newText(page) {
  const contacts = (await page.profile.contacts()).filter(({ name }) => name !== null);
  const input = h('input', { id: 'to', list: 'names', autocomplete: 'off', autofocus: true });
  const names = h('datalist', { id: 'names' }, ...contacts.map((one) => h('option', { value: called(one) }, spaced(one.number))));
  const wrong = h('p', { class: 'wrong', role: 'alert' });
  for (;;) {
    const fields = [h('label', { for: 'to' }, 'Number, or a name that you gave'), input, names, wrong];
    const answer = await dialog('New text', fields, [['go', 'Write', 'main'], ['join', 'Join a group'], ['', 'Back']]);
    if (answer === 'join') return (await import('./group_pane.js')).joinGroup(page);
    if (answer !== 'go') return;
    const written = input.value.trim();
    const named = contacts.filter(({ name }) => name === written);
    const number = fromWritten(written) ?? (named.length === 1 ? named[0].number : null);
    if (number !== null) return page.open(number);
    wrong.textContent = named.length > 1 ? 'Two numbers have that name; write the number.' : 'A number has ten digits; no contact has that name.';
  }
}

/** A number's name, key, and whether its texts are wanted. @param {Page} page @param {string} peer */
export async function aboutContact(page, peer) {
  const contact = await page.profile.contact(peer);
  const name = h('input', { id: 'name', value: contact.name ?? '', maxlength: 40, autocomplete: 'off' });
  const key = contact.pinned ? fingerprint(toHex(contact.pinned.key)) : 'not known yet';
  const { changedAt } = contact;
  const changed = changedAt ? [h('dt', {}, 'changed'), h('dd', {}, `by its owner, by the word of the first key; learnt ${clock(changedAt)}`)] : [];
  const isBlocked = contact.standing === 'blocked';
  const body = [
    h('label', { for: 'name' }, 'Name, on this device only'),
    name,
    h('dl', {}, h('dt', {}, 'number'), h('dd', {}, spaced(peer)), h('dt', {}, 'key'), h('dd', { class: 'key' }, key), ...changed),
  ];
  const block = isBlocked ? /** @type {[string, string]} */ (['accept', 'Unblock']) : /** @type {[string, string]} */ (['block', 'Block']);
  const answer = await dialog(called(contact), body, [['save', 'Save', 'main'], block, ['', 'Back']]);
  if (answer === 'save') await page.profile.changeContact(peer, { name: name.value.trim() || null });
  if (answer === 'block') await page.profile.changeContact(peer, { standing: 'blocked' });
  if (answer === 'accept') await page.profile.changeContact(peer, { standing: 'accepted' });
  page.hub.wrote();
}

/** Shows both keys of a number, and asks which counts. @param {Page} page @param {string} peer */
export async function aboutKey(page, peer) {
  const contact = await page.profile.contact(peer);
  if (contact.pinned === null || contact.said === null) return;
  const [key, newKey] = [contact.pinned.key, contact.said.key];
  const vouched = 'The first key that you know has not signed for the new one: it may be a new device without the old words, or somebody else.';
  const body = [
    h('p', {}, vouched),
    h('p', {}, `Ask ${called(contact)} by another way than by texts. Texts to this number wait until you decide.`),
    h('dl', {}, h('dt', {}, 'known key'), h('dd', { class: 'key' }, fingerprint(toHex(key))), h('dt', {}, 'new key'), h('dd', { class: 'key' }, fingerprint(toHex(newKey)))),
  ];
  const answer = await dialog('Another key', body, [['', 'Leave it open', 'main'], ['accept', 'Accept the new key']]);
  if (answer !== 'accept') return;
  const isAccepted = await page.profile.acceptKey(peer, newKey);
  if (!isAccepted) page.notice('The number is said to have yet another key by now; nothing was changed.');
  page.hub.wrote();
}

/** All about a text; asks where it is, if nothing final is known. @param {Page} page @param {import('./profile.js').Text} text */
export async function aboutText(page, text) {
  const contact = await page.profile.contact(text.peer);
  const facts = h('dl', {});
  const steps = h('ol', { class: 'way', 'aria-live': 'polite' });
  const named = (/** @type {string | null} */ id) => page.named(id);
  const show = (/** @type {import('./profile.js').Text} */ one) => fill(facts, ...factsOf(page, one, called(contact)));
  show(text);
  const messages = text.direction === 'out' ? identities(page, text) : [];
  const isAsked = messages.length > 0 && !isFinal(text.known.state) && page.hub.status.kind === 'attached';
  if (isAsked) {
    const mine = new Set(messages.map(textName));
    const isFirst = { now: true };
    fill(steps, h('li', {}, 'the server is being asked'));
    page.traced = async (name, known) => {
      if (!mine.has(name)) return;
      if (isFirst.now) fill(steps);
      isFirst.now = false;
      steps.append(h('li', {}, known ? stateWords(known, named) : 'nothing more is known of it'));
      const now = await page.profile.text(text.peer, text.id);
      if (now) show(now);
    };
    page.hub.wish({ wish: 'trace', messages });
  }
  /** @type {import('./dom.js').Child[]} */
  const body = [h('p', { class: 'quote', dir: 'auto', tabindex: 0 }, shown(text.text)), facts, isAsked && h('h3', {}, 'Way'), isAsked && steps];
  const buttons = /** @type {[string, string, string?][]} */ ([['', 'Close', 'main']]);
  if (text.direction === 'out' && text.isUnsigned && text.known.state === 'waiting') buttons.push(['withdraw', 'Take it back']);
  const words = h('textarea', { id: 'first-words', rows: 3, autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' });
  if (text.known.state === TRUST.closed) {
    body.push(h('label', { for: 'first-words' }, "The 24 words of the number's first key open it; nothing of them is kept"), words);
    buttons.push(['open', 'Open it']);
  }
  const answer = await dialog('About this text', body, buttons);
  if (answer === 'open') await openClosed(page, words.value);
  page.traced = undefined;
  if (answer === 'withdraw') {
    await page.profile.withdraw(text.peer, text.id).catch((error) => page.notice(error.message));
    page.hub.wrote();
  }
}

/** @param {Page} page @param {string} words */
async function openClosed(page, words) {
  try {
    const { NoSecret, fromWords } = await import('../protocol/words.js');
    const first = fromWords(words);
    const { word } = page.profile.keys;
    if (word === null || !isSame(publicKey(first), word.key)) throw new NoSecret('these are not the words of the first key');
    await page.profile.openClosed(first);
    page.hub.wrote();
  } catch (error) {
    page.notice(`It was not opened: ${wordsOf(error)}.`);
  }
}

/** @param {Page} page @param {import('./profile.js').Text} text */
function identities(page, { peer, parts }) {
  const signed = parts.filter(({ count }) => count !== undefined);
  return signed.map(({ epoch, count }) => ({ from: page.profile.number, to: peer, epoch: Number(epoch), count: Number(count) }));
}

/** @param {Page} page @param {import('./profile.js').Text} text @param {string} who */
function factsOf(page, text, who) {
  const isOut = text.direction === 'out';
  const facts = [
    [isOut ? 'to' : 'from', who === spaced(text.peer) ? who : `${who}, ${spaced(text.peer)}`],
    [isOut ? 'written' : 'came', clock(text.at)],
    ['urgency', PRECEDENCES[text.precedence]],
    ['sealed', sealedWords(text)],
  ];
  if (text.parts[0].parts > 1) facts.push(['parts', `${text.parts.length} of ${text.parts[0].parts}`]);
  if (isOut) {
    facts.push(['state', stateWords(text.known, (id) => page.named(id))], ['since', clock(text.known.stateAt)]);
    const proof = proofWords(text.known);
    if (proof) facts.push(['known by', proof]);
  } else {
    facts.push(['sender', trustWords(text.known.state) ?? 'signed by its sender’s key']);
  }
  return facts.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, line(value))]);
}

/** @param {import('./profile.js').Text} text */
function sealedWords({ sealed, isUnsigned, direction }) {
  if (isUnsigned && direction === 'out') return 'will be, if its reader has a key';
  return sealed ? 'yes: only its reader can open it' : 'no: servers on the way can read it';
}
