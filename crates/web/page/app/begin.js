/** The first visit: a new number, or one that somebody has already. */

import { isDeviceCode, parseDeviceCode } from '../protocol/device_code.js';
import { CODE_BYTES_MAX } from '../protocol/item.js';
import { toUtf8 } from '../protocol/bytes.js';
import { newSecret } from '../protocol/keys.js';
import { fromWritten, randomNumber } from '../protocol/number.js';
import { isWordFor, publicKey } from '../protocol/sign.js';
import { NoSecret, fromWords } from '../protocol/words.js';
import { fill, h } from './dom.js';
import { Profile } from './profile.js';
import { spaced } from './shown.js';

/** @typedef {import('./profile.js').Beginning} Beginning */

/** What somebody has written cannot be taken, for people. */
class Wrong extends Error {}

/**
 * Asks until there is a profile.
 * @param {HTMLElement} place
 * @param {IDBDatabase} db
 * @returns {Promise<Profile>}
 */
export function begin(place, db) {
  return new Promise((resolve) => {
    const take = async (/** @type {Beginning} */ beginning) => {
      const profile = await Profile.create(db, beginning);
      // So that the browser does not clear it away; only where the page came safely.
      navigator.storage?.persist?.().catch(() => {});
      resolve(profile);
    };
    showChoice(place, take);
  });
}

/** @param {HTMLElement} place @param {(beginning: Beginning) => Promise<void>} take */
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

/** @param {(beginning: Beginning) => Promise<void>} take */
function newNumberForm(take) {
  const number = h('input', { id: 'number', inputmode: 'numeric', autocomplete: 'off', value: spaced(randomNumber()), maxlength: 16, 'aria-describedby': 'number-hint' });
  const code = h('input', { id: 'code', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: CODE_BYTES_MAX });
  const another = () => {
    number.value = spaced(randomNumber());
  };
  return form('A new number', 'Take this number', async () => {
    await take({ number: numberOf(number.value), secret: newSecret(), code: codeOf(code.value) });
  }, [
    h('label', { for: 'number' }, 'Number'),
    h('div', { class: 'row' }, number, h('button', { type: 'button', onclick: another }, 'Another')),
    h('p', { class: 'quiet', id: 'number-hint' }, 'Ten digits. Take the one that was drawn for you, or type one.'),
    h('details', {}, h('summary', {}, 'I have an invitation'), h('label', { for: 'code' }, 'Code of the invitation'), code),
  ]);
}

/** @param {(beginning: Beginning) => Promise<void>} take */
function ownNumberForm(take) {
  const secret = h('textarea', { id: 'secret', rows: 4, autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', 'aria-describedby': 'secret-hint' });
  const number = h('input', { id: 'own-number', inputmode: 'numeric', autocomplete: 'off', maxlength: 16 });
  const ofWords = h('div', {}, h('label', { for: 'own-number' }, 'The number that they belong to'), number);
  secret.addEventListener('input', () => {
    ofWords.hidden = isDeviceCode(secret.value);
  });
  return form('Bring a number of mine', 'Bring it here', async () => {
    await take(ownOf(secret.value, number.value));
  }, [
    h('label', { for: 'secret' }, '24 words, or the code for another device'),
    secret,
    h('p', { class: 'quiet', id: 'secret-hint' }, 'The words that you wrote down, or the line beginning with postrider1 that your other device shows.'),
    ofWords,
  ]);
}

/**
 * @param {string} title
 * @param {string} action
 * @param {() => Promise<void>} submit
 * @param {import('./dom.js').Child[]} fields
 */
function form(title, action, submit, fields) {
  const wrong = h('p', { class: 'wrong', role: 'alert' });
  const made = h('form', { class: 'card' }, h('h2', {}, title), ...fields, wrong, h('button', { class: 'main' }, action));
  made.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      await submit();
    } catch (error) {
      const isForPeople = error instanceof Wrong || error instanceof NoSecret;
      wrong.textContent = isForPeople ? `${error.message}.` : `It could not be kept: ${error}`;
    }
  });
  return made;
}

/** @param {string} written */
export function numberOf(written) {
  const number = fromWritten(written);
  if (number === null) throw new Wrong('A number has ten digits');
  return number;
}

/** @param {string} written */
export function codeOf(written) {
  const code = written.trim();
  if (toUtf8(code).length > CODE_BYTES_MAX) throw new Wrong('A code is shorter than that');
  return code;
}

/**
 * @param {string} secret
 * @param {string} number
 * @returns {Beginning}
 */
function ownOf(secret, number) {
  if (isDeviceCode(secret)) {
    const code = parseDeviceCode(secret);
    const isRight = code.word === null || isWordFor(code.number, publicKey(code.secret), code.word);
    if (!isRight) throw new Wrong(`The code is of a later key for which the first key of ${spaced(code.number)} has not signed`);
    return code;
  }
  return { secret: fromWords(secret), number: numberOf(number) };
}
