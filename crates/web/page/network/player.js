/** What plays a film: a bar with a slider, and a clock. */

import { h } from '../app/dom.js';
import { momentAt, networkAt } from './film.js';
import { clock } from './words.js';

/** How often it is looked what is to be shown, so that dots have time to move. */
const STEP_MS = 250;
/** Simulated seconds in a second. */
const SPEEDS = [1, 5, 20, 100];
const FIRST_SPEED = 5;
/** By the buttons beside the slider. */
const HOP_S = 10;

/** @typedef {import('./film.js').Film} Film */

export class Player {
  /**
   * @param {Film} film
   * @param {{ event: (network: any, at_ms: number) => void }} told
   * @param {import('../app/link.js').Timers} timers
   */
  constructor(film, { event }, timers) {
    this.film = film;
    this.event = event;
    this.timers = timers;
    this.at_s = 0;
    this.shown = -1;
    this.speed = FIRST_SPEED;
    this.isPlaying = false;
    this.cancel = () => {};
    this.play = h('button', { class: 'play', onclick: () => this.toggle() });
    this.slider = h('input', { type: 'range', min: 0, max: Math.ceil(film.end_s), step: 1, value: 0, 'aria-label': 'Time in the world', oninput: () => this.seek(Number(this.slider.value)) });
    this.time = h('output', { class: 'time' });
    const speed = h('select', { 'aria-label': 'Speed', onchange: () => (this.speed = Number(speed.value)) }, ...SPEEDS.map((each) => h('option', { value: each, selected: each === FIRST_SPEED }, `${each} ×`)));
    const hop = (/** @type {string} */ sign, /** @type {string} */ label, /** @type {number} */ by) => h('button', { 'aria-label': label, title: label, onclick: () => this.seek(this.at_s + by) }, sign);
    this.element = h('section', { class: 'player', 'aria-label': 'Replay' }, this.play, hop('−', `${HOP_S} s back`, -HOP_S), this.slider, hop('+', `${HOP_S} s on`, HOP_S), this.time, speed);
  }

  start() {
    this.seek(0);
    this.toggle();
  }

  end() {
    this.cancel();
    this.isPlaying = false;
  }

  hurry() {}

  toggle() {
    this.isPlaying = !this.isPlaying;
    if (this.isPlaying && this.at_s >= this.film.end_s) this.seek(0);
    this.cancel();
    if (this.isPlaying) this.cancel = this.timers.after(STEP_MS, () => this.step());
    this.draw();
  }

  step() {
    this.seek(this.at_s + (this.speed * STEP_MS) / 1000);
    if (this.at_s >= this.film.end_s) this.isPlaying = false;
    else this.cancel = this.timers.after(STEP_MS, () => this.step());
    this.draw();
  }

  /** @param {number} at_s */
  seek(at_s) {
    this.at_s = Math.min(Math.max(at_s, 0), this.film.end_s);
    const now = momentAt(this.film, this.at_s);
    if (now !== this.shown) {
      // Whoever jumps is not shown all that moved in between.
      const isNext = now > this.shown && this.film.moments[now].at_s - (this.film.moments[this.shown]?.at_s ?? 0) <= this.speed;
      this.event(networkAt(this.film, now, isNext ? this.shown : now - 1), this.film.moments[now].at_s * 1000);
      this.shown = now;
    }
    this.draw();
  }

  draw() {
    const label = this.isPlaying ? 'Pause' : 'Play';
    if (this.play.textContent !== label) this.play.textContent = label;
    const at = String(Math.floor(this.at_s));
    if (this.slider.value !== at) this.slider.value = at;
    const words = `${clock(this.at_s)} of ${clock(this.film.end_s)}`;
    if (this.time.textContent !== words) {
      this.time.textContent = words;
      this.slider.setAttribute('aria-valuetext', words);
    }
  }
}
