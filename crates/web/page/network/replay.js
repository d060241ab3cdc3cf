/** The page of a simulated world begins here: the film is asked for once, and played. */

import { fill, h } from '../app/dom.js';
import { TIMERS } from '../app/link.js';
import { Details } from './details.js';
import { filmOf } from './film.js';
import { Happened } from './happened.js';
import { Links } from './links.js';
import { Page } from './page.js';
import { Player } from './player.js';
import { Servers } from './servers.js';

const place = /** @type {HTMLElement} */ (document.getElementById('app'));

/** @param {string} why */
function say(why) {
  fill(place, h('main', { class: 'begin' }, h('h1', {}, 'A simulated world'), h('p', { role: 'alert' }, why)));
}

async function begin() {
  const response = await fetch('v1/replay', { cache: 'no-store' });
  if (!response.ok) return say('There is nothing to be replayed here: `postrider lab --network native --view` shows a world.');
  const film = filmOf(await response.json());
  if (film === null) return say('What the program tells is of another form than this page knows.');
  /** @type {Player | null} */
  let player = null;
  const seek = (/** @type {number} */ at_s) => player?.seek(at_s);
  const page = new Page(place, {
    panes: [new Servers(), new Links(), new Happened(film, seek), new Details()],
    follow: (told) => (player = new Player(film, told, TIMERS)),
  });
  if (player !== null) page.element.append(/** @type {Player} */ (player).element);
  page.start();
}

begin().catch(() => say('The program that showed this world has ended.'));
