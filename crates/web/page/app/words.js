/** What the page says to people, as other clients say it. */

import { refusalName, REFUSAL } from '../protocol/item.js';
import { CHARACTERS_MAX, charactersOf, contentOf, split } from '../protocol/content.js';
import { line, spaced } from './shown.js';

/**
 * What a number is called here: its name, what it calls itself if it is a group's, or its digits.
 * @param {import('./db.js').Contact} contact
 * @param {import('./groups.js').Group | null} [group]
 */
export function called(contact, group = null) {
  const name = contact.name ?? group?.name ?? null;
  return name === null ? spaced(contact.number) : line(name);
}

/**
 * Whether texts can leave.
 * @param {import('./session.js').Status} status
 * @param {(server: string | null) => string} named
 */
export function networkWords(status, named) {
  switch (status.kind) {
    case 'attached':
      return `attached to ${named(status.server)}`;
    case 'refused':
      return `refused by ${named(status.server)}: ${refusalName(status.why)}`;
    case 'elsewhere':
      return 'another device has brought the number to another server; it is brought back in a while';
    case 'released':
      return 'the number has been given up';
    case 'down':
      return 'the server is looked for; what you write waits here';
    case 'crowded':
      return 'the server has as many browsers as it may have; it is asked again';
    case 'closed':
      return 'no connection; what you write waits here';
    case 'attaching':
      return 'the server is being asked';
    default:
      return 'connecting';
  }
}

/**
 * What it means that a server does not let a number in, what is kept, and what to do; null where
 * the reason says it all.
 * @param {number} why
 */
export function whatNow(why) {
  switch (why) {
    case REFUSAL.taken:
      return (
        'Another key has this number. Where two networks that had both given it out have met, every ' +
        'server keeps to the same one of the two keys, and it is not yours: nothing comes to you by ' +
        'this number any more, and nothing leaves. Your key and all texts are kept in this browser, ' +
        'also those that have not left.'
      );
    case REFUSAL.inUse:
      return (
        'A classic client uses this number, which needs no key for that. Your key is kept; once that ' +
        'client has left, it can be bound.'
      );
    case REFUSAL.reserved:
      return 'Only the server whose block it is in gives this number out. Your key is kept.';
    case REFUSAL.replaced:
      return (
        "Its owner has made a new key, by the word of the number's first one, and this browser has an old " +
        'one: nothing comes to it any more, and nothing leaves. All texts are kept here, also those that ' +
        'have not left. If it was you, bring the number here again by the code that your other device shows.'
      );
    case REFUSAL.notInvited:
      return 'Ask whoever runs this server for a code. Each is good for one number.';
    default:
      return null;
  }
}

/** That another key had the number, and what that means. @param {string} server */
export function disputedWords(server) {
  return (
    `On another part of the network, at ${server}, somebody else was given your number. It stays yours, ` +
    'and they have been told. Texts that were meant for you may have gone to them until the two parts met.'
  );
}

/** How long a text is, counted like a phone does. @param {string} text */
export function countWords(text) {
  const parts = Math.max(Math.ceil(charactersOf(text) / CHARACTERS_MAX), 1);
  const inLast = charactersOf(text) - (parts - 1) * CHARACTERS_MAX;
  const isGsm = split(text).every((part) => contentOf(part).form !== 2);
  return `${inLast}/${CHARACTERS_MAX}  ${parts === 1 ? '1 part' : `${parts} parts`}  ${isGsm ? 'GSM 7-bit' : 'UTF-8'}`;
}
