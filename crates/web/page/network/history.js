/** The last hours as small plots, read with a slider or as a table, and the counts since the start. */

import { fill, h } from '../app/dom.js';
import { clock, line } from '../app/shown.js';
import { historyOf } from './feed.js';
import { PLOTS, ceiling, pathOf, thinned, valuesOf } from './series.js';
import { s } from './svg.js';
import { count, counted, duration } from './words.js';

const AGAIN_MS = 10_000;
const [WIDTH, HEIGHT] = [480, 90];
const ROWS_MAX = 24;

/** @typedef {{ plot: import('./series.js').Plot, values: import('./series.js').Values[], figure: SVGElement, cursor: SVGElement, read: HTMLElement }} Shown */

export class Past {
  name = 'history';
  label = 'History';

  /** @param {import('./api.js').Api} api */
  constructor(api) {
    this.api = api;
    this.asked = 0;
    this.timer = 0;
    /** @type {Shown[]} */
    this.shown = [];
    /** @type {number[]} */
    this.times = [];
    this.title = h('h1', { tabindex: -1 }, 'History');
    this.wrong = h('p', { class: 'wrong', role: 'alert' });
    this.span = h('p', { class: 'quiet' }, 'Asking the server…');
    this.slider = h('input', { type: 'range', id: 'moment', min: 0, max: 0, step: 1, value: 0, oninput: () => this.read() });
    this.moment = h('output', { for: 'moment', class: 'quiet' });
    this.plots = h('div', { class: 'plots' });
    this.table = h('div', {});
    this.sums = h('div', {});
    const picker = h('div', { class: 'picker' }, h('label', { for: 'moment' }, 'Values at'), this.moment, this.slider);
    this.element = h(
      'section',
      { 'aria-label': 'History' },
      this.title,
      this.wrong,
      this.span,
      picker,
      this.plots,
      h('details', {}, h('summary', {}, 'As a table'), this.table),
      h('details', {}, h('summary', {}, 'All counts since the start'), this.sums),
    );
  }

  enter() {
    this.leave();
    this.look(this.asked);
  }

  leave() {
    clearTimeout(this.timer);
    this.asked += 1;
  }

  /** @param {number} asked */
  async look(asked) {
    try {
      const answer = document.hidden ? null : historyOf(await this.api.get('/history'));
      if (asked !== this.asked) return;
      if (answer !== null) this.show(answer);
      this.wrong.textContent = '';
    } catch (error) {
      if (asked !== this.asked) return;
      this.wrong.textContent = line(error instanceof Error ? error.message : String(error));
    }
    this.timer = setTimeout(() => this.look(asked), AGAIN_MS);
  }

  /** @param {import('./feed.js').History} history */
  show(history) {
    const samples = thinned(history);
    const now = Date.now();
    const wasLast = Number(this.slider.value) === Number(this.slider.max);
    const [before] = [this.times[Number(this.slider.value)]];
    this.times = samples.map(({ ago_s }) => now - ago_s * 1000);
    this.slider.max = String(Math.max(samples.length - 1, 0));
    const at = wasLast ? samples.length - 1 : this.times.findIndex((time) => time >= before);
    this.slider.value = String(Math.max(at, 0));
    this.span.textContent = samples.length < 2 ? 'The server has only just begun to keep figures: look again in a minute.' : `The last ${duration(samples[0].ago_s)}, kept by the server in its memory since its start.`;
    this.shown = PLOTS.map((plot) => plotOf(plot, valuesOf(plot, samples)));
    fill(this.plots, ...this.shown.map(({ plot, values, figure, read }) => h('figure', {}, h('figcaption', {}, h('strong', {}, plot.title), read), scaled(plot, values, figure), spanOf(samples[0]?.ago_s ?? 0))));
    fill(this.table, tableOf(this.shown, this.times));
    this.read();
  }

  /** The values of the moment that the slider stands at. */
  read() {
    const at = Number(this.slider.value);
    const time = this.times[at];
    const words = time === undefined ? '–' : at === this.times.length - 1 ? `${clock(time)}, the latest` : clock(time);
    this.moment.textContent = words;
    this.slider.setAttribute('aria-valuetext', words);
    const x = String((at / Math.max(this.times.length - 1, 1)) * WIDTH);
    for (const { plot, values, cursor, read } of this.shown) {
      cursor.setAttribute('x1', x);
      cursor.setAttribute('x2', x);
      fill(read, ...plot.lines.map(({ name }, of) => h('span', { class: `line-${of}` }, `${name} ${wordsOf(plot, values[of][at])}`)));
    }
  }

  stamp = '';

  /** @param {import('./model.js').Picture} picture */
  draw({ network }) {
    const stamp = JSON.stringify([network.holds, network.done, network.refused, network.dropped]);
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    fill(this.sums, countsOf('Holds', network.holds), countsOf('Has done', network.done), countsOf('Has refused', network.refused), countsOf('Datagrams dropped', network.dropped));
  }
}

/** @param {import('./series.js').Plot} plot @param {number | null | undefined} value */
function wordsOf({ words }, value) {
  return value === null || value === undefined ? '–' : words(value);
}

/** @param {import('./series.js').Values[]} values */
function most(values) {
  return ceiling(values.reduce((all, one) => one.reduce((/** @type {number} */ sofar, value) => Math.max(sofar, value ?? 0), all), 0));
}

/** @param {import('./series.js').Plot} plot @param {import('./series.js').Values[]} values @returns {Shown} */
function plotOf(plot, values) {
  const top = most(values);
  const cursor = s('line', { class: 'cursor', y1: 0, y2: HEIGHT, x1: 0, x2: 0 });
  const label = `${plot.title}: ${plot.lines.map(({ name }, at) => `${name} now ${wordsOf(plot, values[at].at(-1))}, at the most ${plot.words(Math.max(0, ...values[at].map((value) => value ?? 0)))}`).join('; ')}`;
  const grid = s('path', { class: 'grid', d: `M0 0H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT}H${WIDTH}` });
  const lines = values.map((one, at) => s('path', { class: `plot line-${at}`, d: pathOf(one, top, WIDTH, HEIGHT) }));
  const figure = s('svg', { viewBox: `-2 -3 ${WIDTH + 4} ${HEIGHT + 6}`, role: 'img', 'aria-label': label, preserveAspectRatio: 'none' }, grid, ...lines, cursor);
  return { plot, values, figure, cursor, read: h('span', { class: 'read' }) };
}

/** @param {import('./series.js').Plot} plot @param {import('./series.js').Values[]} values @param {SVGElement} figure */
function scaled(plot, values, figure) {
  const top = most(values);
  return h('div', { class: 'scaled' }, figure, h('span', { class: 'top', 'aria-hidden': 'true' }, plot.words(top)));
}

/** @param {number} ago_s */
function spanOf(ago_s) {
  return h('div', { class: 'span quiet', 'aria-hidden': 'true' }, h('span', {}, `${duration(ago_s)} ago`), h('span', {}, 'now'));
}

/** Some moments of all plots. @param {Shown[]} shown @param {number[]} times */
function tableOf(shown, times) {
  const every = Math.max(Math.ceil(times.length / ROWS_MAX), 1);
  const rows = times.map((time, at) => ({ time, at })).filter(({ at }) => (times.length - 1 - at) % every === 0).reverse();
  const shorter = shown.filter(({ plot }) => plot.title !== 'Expired and refused per minute');
  const cell = (/** @type {Shown} */ { plot, values }, /** @type {number} */ at) => h('td', {}, ...plot.lines.map(({ name }, of) => h('div', {}, `${wordsOf(plot, values[of][at])} ${name}`)));
  const head = h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'At'), ...shorter.map(({ plot }) => h('th', { scope: 'col' }, plot.title))));
  return h('table', { class: 'small' }, h('caption', { class: 'hidden' }, `The last hours, ${counted(rows.length, 'moment')}`), head, h('tbody', {}, ...rows.map(({ time, at }) => h('tr', {}, h('th', { scope: 'row' }, clock(time)), ...shorter.map((one) => cell(one, at))))));
}

/** @param {string} title @param {Record<string, number>} counts */
function countsOf(title, counts) {
  const all = Object.entries(counts);
  if (all.length === 0) return null;
  return h('div', {}, h('h2', {}, title), h('dl', { class: 'counts' }, ...all.flatMap(([name, value]) => [h('dt', {}, line(name).replaceAll('_', ' ')), h('dd', {}, count(value))])));
}
