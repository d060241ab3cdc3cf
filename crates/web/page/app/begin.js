/** The first visit: a new number, or one that somebody has already. */

import { fill, h } from './dom.js';
import { spaced } from './shown.js';

/** @typedef {import('./profile.js').Beginning} Beginning */
/** All that takes longer to come than this. @typedef {typeof import('./main.js')} Rest */
/** What somebody has written, as what a number begins with. @typedef {(rest: Rest) => Beginning | Promise<Beginning>} Written */

const CODE_CHARACTERS_MAX = 32;
/** What is proposed has ten digits, of which the first is not 0, so that it is easily said. */
const PROPOSED = { min: 1_000_000_000, count: 9_000_000_000n };

/**
 * Asks until there is a profile. What is typed meanwhile waits for the rest of the page.
 * @param {HTMLElement} place
 * @param {IDBDatabase} db
 * @param {() => Promise<Rest>} load
 * @returns {Promise<import('./profile.js').Profile>}
 */
export function begin(place, db, load) {
  return new Promise((resolve) => {
    showChoice(place, async (written) => {
      const rest = await load();
      try {
        resolve(await rest.keep(db, await written(rest)));
        return '';
      } catch (error) {
        return rest.why(error);
      }
    });
  });
}

/** Says why not, if not. @typedef {(written: Written) => Promise<string>} Take */

/** @param {HTMLElement} place @param {Take} take */
function showChoice(place, take) {
  const isPlain = !isSecureContext;
  fill(
    place,
    h(
      'main',
      { class: 'begin' },
      h('h1', {}, 'postrider'),
      h('p', {}, 'Text anybody who has a number on this network. Your key and your texts stay in this browser.'),
      newNumberForm(take),
      ownNumberForm(take),
      isPlain && h('p', { class: 'quiet' }, 'This page came over plain HTTP: nobody on the way can read what is sealed, but who controls the way could change the page itself.'),
    ),
  );
}

/** @param {Take} take */
function newNumberForm(take) {
  const number = h('input', { id: 'number', inputmode: 'numeric', autocomplete: 'off', value: spaced(randomNumber()), maxlength: 16, 'aria-describedby': 'number-hint' });
  const code = h('input', { id: 'code', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: CODE_CHARACTERS_MAX });
  const another = () => {
    number.value = spaced(randomNumber());
  };
  return form('A new number', 'Take this number', () => take(({ newOf }) => newOf(number.value, code.value)), [
    h('label', { for: 'number' }, 'Number'),
    h('div', { class: 'row' }, number, h('button', { type: 'button', onclick: another }, 'Another')),
    h('p', { class: 'quiet', id: 'number-hint' }, 'Ten digits. Take the one that was drawn for you, or type one.'),
    h('details', {}, h('summary', {}, 'I have an invitation'), h('label', { for: 'code' }, 'Code of the invitation'), code),
  ]);
}

/** @param {Take} take */
function ownNumberForm(take) {
  const secret = h('textarea', { id: 'secret', rows: 4, autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', 'aria-describedby': 'secret-hint' });
  const number = h('input', { id: 'own-number', inputmode: 'numeric', autocomplete: 'off', maxlength: 16 });
  const ofWords = h('div', {}, h('label', { for: 'own-number' }, 'The number that they belong to'), number);
  secret.addEventListener('input', () => {
    ofWords.hidden = secret.value.trim().toLowerCase().startsWith('postrider');
  });
  return form('Bring a number of mine', 'Bring it here', () => take(({ ownOf }) => ownOf(secret.value, number.value)), [
    h('label', { for: 'secret' }, '24 words, or the code for another device'),
    secret,
    h('p', { class: 'quiet', id: 'secret-hint' }, 'The words that you wrote down, or the line beginning with postrider1 that your other device shows.'),
    ofWords,
  ]);
}

/** A number that nobody is likely to have. */
function randomNumber() {
  const drawn = crypto.getRandomValues(new BigUint64Array(1))[0];
  return String(PROPOSED.min + Number(drawn % PROPOSED.count));
}

/**
 * @param {string} title
 * @param {string} action
 * @param {() => Promise<string>} submit
 * @param {import('./dom.js').Child[]} fields
 */
function form(title, action, submit, fields) {
  const wrong = h('p', { class: 'wrong', role: 'alert' });
  const button = h('button', { class: 'main' }, action);
  const made = h('form', { class: 'card' }, h('h2', {}, title), ...fields, wrong, button);
  made.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    wrong.textContent = await submit().catch((error) => String(error.message));
    button.disabled = false;
  });
  return made;
}
