/** Histories as lines to be drawn: counts become rates, many samples become few. */

import { bytes, count } from './words.js';

export const POINTS_MAX = 240;

/** @typedef {import('./feed.js').History} History */
/** @typedef {import('./feed.js').Sample} Sample */
/** @typedef {(number | null)[]} Values none where nothing is known */

/**
 * @typedef {object} Plot
 * @property {string} title
 * @property {{ name: string, of: (now: Sample, before: Sample | null, seconds: number) => number | null }[]} lines
 * @property {(value: number) => string} words
 */

/** @param {keyof Sample} name @param {number} per seconds */
function rate(name, per) {
  return (/** @type {Sample} */ now, /** @type {Sample | null} */ before, /** @type {number} */ seconds) => {
    // A server that was started again counts from nothing.
    if (before === null || seconds <= 0 || now[name] < before[name]) return null;
    return ((now[name] - before[name]) / seconds) * per;
  };
}

/** @type {Plot[]} */
export const PLOTS = [
  { title: 'Waiting', lines: [{ name: 'messages', of: (now) => now.waiting }], words: count },
  { title: 'Texts per minute', lines: [{ name: 'accepted', of: rate('accepted', 60) }, { name: 'delivered', of: rate('delivered', 60) }], words: count },
  { title: 'Expired and refused per minute', lines: [{ name: 'expired', of: rate('expired', 60) }, { name: 'refused', of: rate('refused', 60) }], words: count },
  { title: 'Bytes per second', lines: [{ name: 'out', of: rate('bytes_out', 1) }, { name: 'in', of: rate('bytes_in', 1) }], words: bytes },
  { title: 'Links up and servers known', lines: [{ name: 'links up', of: (now) => now.links_up }, { name: 'servers', of: (now) => now.servers }], words: count },
];

/**
 * The samples, at most so many: of each group the last, with how much waited at the most, so that
 * a short flood is still seen.
 * @param {History} history
 * @returns {Sample[]}
 */
export function thinned({ samples }) {
  const size = Math.ceil(samples.length / POINTS_MAX);
  if (size <= 1) return samples;
  const groups = [];
  for (let end = samples.length; end > 0; end -= size) groups.unshift(samples.slice(Math.max(end - size, 0), end));
  return groups.map((group) => ({
    ...group[group.length - 1],
    waiting: Math.max(...group.map(({ waiting }) => waiting)),
    links_up: Math.min(...group.map(({ links_up }) => links_up)),
  }));
}

/** @param {Plot} plot @param {Sample[]} samples @returns {Values[]} */
export function valuesOf({ lines }, samples) {
  return lines.map(({ of }) =>
    samples.map((now, at) => {
      const before = at === 0 ? null : samples[at - 1];
      return of(now, before, before === null ? 0 : before.ago_s - now.ago_s);
    }),
  );
}

/** The end of an axis: 1, 2 or 5 and zeros. @param {number} value */
export function ceiling(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

/** An SVG path, with gaps where nothing is known. @param {Values} values @param {number} top @param {number} width @param {number} height */
export function pathOf(values, top, width, height) {
  const step = width / Math.max(values.length - 1, 1);
  let isOn = false;
  const parts = values.map((value, at) => {
    if (value === null) {
      isOn = false;
      return '';
    }
    const point = `${(at * step).toFixed(1)} ${(height - (value / top) * height).toFixed(1)}`;
    const part = `${isOn ? 'L' : 'M'}${point}`;
    isOn = true;
    return part;
  });
  return parts.join('');
}
