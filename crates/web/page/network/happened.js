/** What has happened in a world, in its order; each leads to its moment. */

import { fill, h } from '../app/dom.js';
import { clock } from './words.js';

const SHOWN_MAX = 2_000;

/** @typedef {import('./film.js').Film} Film */

export class Happened {
  name = 'happened';
  label = 'What happened';

  /** @param {Film} film @param {(at_s: number) => void} seek */
  constructor(film, seek) {
    const all = film.moments.flatMap(({ at_s, says }) => says.map((words) => ({ at_s, words })));
    this.title = h('h1', { tabindex: -1 }, 'What happened');
    this.rows = all.slice(0, SHOWN_MAX).map(({ at_s, words }) => ({ at_s, row: h('li', {}, h('button', { class: 'plain', onclick: () => seek(at_s) }, h('span', { class: 'time' }, clock(at_s)), ` ${words}`)) }));
    const more = all.length > SHOWN_MAX ? h('p', { class: 'quiet' }, `And ${all.length - SHOWN_MAX} more.`) : null;
    const outcome = h('p', { class: film.isKept ? 'notice' : 'wrong' }, film.outcome);
    this.list = h('ol', { class: 'happened' });
    fill(this.list, ...this.rows.map(({ row }) => row));
    this.element = h('section', { 'aria-label': 'What happened' }, this.title, outcome, this.list, more);
    this.last = -1;
  }

  enter() {}
  leave() {}

  /** What is still to come is paler. @param {import('./model.js').Picture} picture */
  draw({ network }) {
    const last = this.rows.findLastIndex(({ at_s }) => at_s <= network.up_s);
    if (last === this.last) return;
    this.last = last;
    this.rows.forEach(({ row }, at) => row.classList.toggle('is-to-come', at > last));
    this.rows[last]?.row.scrollIntoView({ block: 'nearest' });
  }
}
