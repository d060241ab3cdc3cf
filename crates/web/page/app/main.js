/** All of the page but its beginning, which does not wait for this. */

import { Hub } from './hub.js';
import { Page } from './page.js';
import { Profile } from './profile.js';

export { keep, newOf, ownOf, why } from './beginning.js';

/** The profile of this browser; null if there is none. @param {IDBDatabase} db */
export function profileOf(db) {
  return Profile.open(db);
}

/** After the page was shown, so that these do not hold it up. */
const LATER_MS = 2_000;

/** What is wanted now and then: also where no server is reachable by then. */
function loadLater() {
  const all = [import('./settings.js'), import('./group_pane.js'), import('./search_list.js'), import('../vendor/qrcode/qrcode.js')];
  return Promise.allSettled(all);
}

/** Shows a profile. @param {HTMLElement} place @param {Profile} profile */
export async function show(place, profile) {
  const hub = new Hub(profile);
  const page = new Page(place, profile, hub);
  hub.start();
  await page.start();
  setTimeout(loadLater, LATER_MS);
}
