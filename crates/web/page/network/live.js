/** The network as a server tells it, live: the page with all its parts. */

import { TIMERS } from '../app/link.js';
import { Api } from './api.js';
import { Details } from './details.js';
import { Past } from './history.js';
import { Links } from './links.js';
import { Numbers } from './numbers.js';
import { Page } from './page.js';
import { Servers } from './servers.js';
import { Follower } from './stream.js';
import { Text } from './text.js';

/** @param {HTMLElement} place @param {string} key @param {(why: string) => void} refused the key is no good */
export function follow(place, key, refused) {
  const api = new Api(key);
  const page = new Page(place, {
    panes: [new Servers(), new Links(), new Text(api), new Numbers(api), new Past(api), new Details()],
    follow: (told) => new Follower({ open: (signal) => api.live(signal), timers: TIMERS, ...told }),
    refused: (why) => {
      page.end();
      refused(why);
    },
  });
  page.start();
}
