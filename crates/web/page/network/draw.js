/** Draws servers and links. It sees points of the screen, and no events. */

import { age, count } from './words.js';

/** @typedef {import('./model.js').Node} Node */
/** @typedef {import('./model.js').Edge} Edge */
/** @typedef {import('./model.js').State} State */
/** @typedef {{ x: number, y: number }} Point */

/** How much is seen of what is from before. */
const OLD = 0.55;

const COLOURS = /** @type {const} */ (['up', 'slow', 'full', 'down', 'told', 'ink', 'quiet', 'map', 'dot', 'focus', 'main']);
/** @typedef {Record<typeof COLOURS[number], string>} Colours */

/**
 * @typedef {object} Scene
 * @property {Node[]} nodes those that matter most first
 * @property {Edge[]} edges
 * @property {Map<string, Point>} points
 * @property {number} scale
 * @property {number} width
 * @property {number} height
 * @property {string | null} chosen
 * @property {string | null} under the pointer, or where the keyboard is
 * @property {Set<string>} way links on the way to the chosen one
 * @property {boolean} isStill without moving dots: figures instead
 * @property {boolean} isOld nothing comes at the moment
 */

/** As the style says them now, light or dark. @returns {Colours} */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  return /** @type {Colours} */ (Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim() || '#888']))) ;
}

/**
 * All that stands: links on one canvas, servers and names on another, between which texts run.
 * @param {CanvasRenderingContext2D} below
 * @param {CanvasRenderingContext2D} above
 * @param {Scene} scene
 * @param {Colours} colour
 */
export function drawScene(below, above, scene, colour) {
  for (const to of [below, above]) {
    to.clearRect(0, 0, scene.width, scene.height);
    to.globalAlpha = scene.isOld ? OLD : 1;
    to.lineCap = 'round';
    to.lineJoin = 'round';
  }
  drawEdges(below, scene, colour);
  for (const node of [...scene.nodes].reverse()) drawNode(above, scene, node, colour);
  drawLabels(above, scene, colour);
}

/** Lines of one kind are one stroke. @param {CanvasRenderingContext2D} to @param {Scene} scene @param {Colours} colour */
function drawEdges(to, { edges, points, way, scale, isOld }, colour) {
  const thin = Math.max(Math.min(scale * 1.6, 2), 0.8);
  const kinds = /** @type {[(edge: Edge) => boolean, string, number, number[]][]} */ ([
    [({ id }) => way.has(id), colour.focus, thin + 7, []],
    [({ isOwn, isDoubted }) => !isOwn && !isDoubted, colour.told, thin, []],
    [({ isOwn, isDoubted }) => !isOwn && isDoubted, colour.told, thin, [2, 5]],
    [({ isOwn, state }) => isOwn && state === 'up', colour.up, thin + 1, []],
    [({ isOwn, state }) => isOwn && state === 'slow', colour.slow, thin + 1.5, [10, 6]],
    [({ isOwn, state }) => isOwn && state === 'full', colour.full, thin + 4, []],
    [({ isOwn, state }) => isOwn && state === 'down', colour.down, thin + 1, [2, 6]],
  ]);
  for (const [isSo, style, width, dash] of kinds) {
    to.beginPath();
    for (const edge of edges) {
      const [a, b] = [points.get(edge.a), points.get(edge.b)];
      if (!isSo(edge) || !a || !b) continue;
      to.moveTo(a.x, a.y);
      to.lineTo(b.x, b.y);
    }
    to.strokeStyle = style;
    to.lineWidth = width;
    to.setLineDash(dash);
    to.globalAlpha = (isOld ? OLD : 1) * (style === colour.focus ? 0.4 : 1);
    to.stroke();
  }
  to.setLineDash([]);
  to.globalAlpha = isOld ? OLD : 1;
  drawBreaks(to, edges, points, colour);
}

/** A cross on each own link that is down. @param {CanvasRenderingContext2D} to @param {Edge[]} edges @param {Map<string, Point>} points @param {Colours} colour */
function drawBreaks(to, edges, points, colour) {
  to.beginPath();
  for (const { a, b, isOwn, state } of edges) {
    const [one, two] = [points.get(a), points.get(b)];
    if (!isOwn || state !== 'down' || !one || !two) continue;
    const [x, y] = [(one.x + two.x) / 2, (one.y + two.y) / 2];
    to.moveTo(x - 5, y - 5);
    to.lineTo(x + 5, y + 5);
    to.moveTo(x + 5, y - 5);
    to.lineTo(x - 5, y + 5);
  }
  to.strokeStyle = colour.down;
  to.lineWidth = 2.5;
  to.stroke();
}

/** @param {number} scale */
export function radius(scale) {
  return Math.max(Math.min(9 * Math.sqrt(scale), 14), 4.5);
}

/** @param {CanvasRenderingContext2D} to @param {Scene} scene @param {Node} node @param {Colours} colour */
function drawNode(to, { points, scale, chosen, under, width, height }, node, colour) {
  const at = points.get(node.id);
  if (!at || at.x < -30 || at.y < -30 || at.x > width + 30 || at.y > height + 30) return;
  const size = radius(scale) * (node.here ? 1.25 : 1);
  if (node.id === chosen || node.id === under) ring(to, at, size + 8, colour.focus, 3);
  if (node.here) ring(to, at, size + 4, colour.ink, 2);
  shape(to, node.state, at.x, at.y, size);
  to.fillStyle = node.state === 'down' ? colour.map : colour[node.state];
  to.fill();
  to.strokeStyle = node.state === 'down' ? colour.down : colour.map;
  to.lineWidth = node.state === 'down' ? 2.5 : 1.5;
  to.stroke();
}

/** @param {CanvasRenderingContext2D} to @param {Point} at @param {number} size @param {string} style @param {number} width */
function ring(to, at, size, style, width) {
  to.beginPath();
  to.arc(at.x, at.y, size, 0, 2 * Math.PI);
  to.strokeStyle = style;
  to.lineWidth = width;
  to.stroke();
}

/**
 * A path: a disc, a triangle, a square or a rhomb.
 * @param {CanvasRenderingContext2D} to
 * @param {State} state
 * @param {number} x
 * @param {number} y
 * @param {number} size
 */
export function shape(to, state, x, y, size) {
  to.beginPath();
  if (state === 'up') {
    to.arc(x, y, size, 0, 2 * Math.PI);
    return;
  }
  const corners = { slow: [[0, -1.25], [1.2, 0.85], [-1.2, 0.85]], full: [[-1, -1], [1, -1], [1, 1], [-1, 1]], down: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]] }[state];
  corners.forEach(([right, down], at) => (at === 0 ? to.moveTo(x + right * size, y + down * size) : to.lineTo(x + right * size, y + down * size)));
  to.closePath();
}

/** Names, and what waits, wherever there is room. @param {CanvasRenderingContext2D} to @param {Scene} scene @param {Colours} colour */
function drawLabels(to, scene, colour) {
  const taken = new Taken(scene.width);
  const size = radius(scene.scale);
  to.textAlign = 'center';
  to.textBaseline = 'top';
  for (const node of scene.nodes) {
    const at = scene.points.get(node.id);
    // A little less than it is, since room is given by cells.
    if (at) taken.mark(at.x - size + 4, at.y - size + 4, 2 * size - 8, 2 * size - 8);
  }
  for (const node of scene.nodes) drawLabel(to, scene, node, taken, size, colour);
  for (const edge of scene.edges) drawFigure(to, scene, edge, taken, colour);
}

/** @param {CanvasRenderingContext2D} to @param {Scene} scene @param {Node} node @param {Taken} taken @param {number} size @param {Colours} colour */
function drawLabel(to, { points, chosen, under, width, height }, node, taken, size, colour) {
  const at = points.get(node.id);
  if (!at || at.x < 0 || at.y < 0 || at.x > width || at.y > height) return;
  const isSure = node.here || node.id === chosen || node.id === under;
  const name = [...node.name].length > 24 && !isSure ? `${[...node.name].slice(0, 23).join('')}…` : node.name;
  const waits = node.waiting > 0 ? `${count(node.waiting)} wait${node.oldest_s === null ? '' : ` · ${age(node.oldest_s)}`}` : '';
  const font = node.here || node.id === chosen ? '600 13px system-ui, sans-serif' : '13px system-ui, sans-serif';
  const wide = Math.max(measure(to, name, font), waits === '' ? 0 : measure(to, waits, SMALL));
  const high = waits === '' ? 16 : 30;
  const beside = size + 8 + wide / 2;
  const spots = [
    { x: at.x, y: at.y + size + 6 },
    { x: at.x, y: at.y - size - high - 4 },
    { x: at.x + beside, y: at.y - high / 2 },
    { x: at.x - beside, y: at.y - high / 2 },
  ];
  const spot = spots.find(({ x, y }) => taken.isFree(x - wide / 2, y, wide, high)) ?? (isSure ? spots[0] : null);
  if (spot === null) return;
  taken.mark(spot.x - wide / 2, spot.y, wide, high);
  write(to, name, spot.x, spot.y, font, colour.ink, colour.map);
  if (waits !== '') write(to, waits, spot.x, spot.y + 15, SMALL, node.state === 'up' ? colour.quiet : colour[node.state], colour.map);
}

/** What waits on an own link, and, where no dots run, how many texts do. @param {CanvasRenderingContext2D} to @param {Scene} scene @param {Edge} edge @param {Taken} taken @param {Colours} colour */
function drawFigure(to, { points, isStill }, edge, taken, colour) {
  const [a, b] = [points.get(edge.a), points.get(edge.b)];
  const waiting = edge.link?.waiting ?? 0;
  const parts = [waiting > 0 ? `${count(waiting)} wait` : '', isStill && edge.perMinute > 0 ? `${count(edge.perMinute)}/min` : ''];
  const words = parts.filter((part) => part !== '').join(' · ');
  if (words === '' || !a || !b) return;
  const wide = measure(to, words, SMALL);
  const [x, y] = [(a.x + b.x) / 2, (a.y + b.y) / 2 - 7];
  if (Math.hypot(a.x - b.x, a.y - b.y) < 70 || !taken.isFree(x - wide / 2, y, wide, 14)) return;
  taken.mark(x - wide / 2, y, wide, 14);
  write(to, words, x, y, SMALL, edge.state === 'up' ? colour.quiet : colour[edge.state], colour.map);
}

const SMALL = '12px system-ui, sans-serif';

/** @param {CanvasRenderingContext2D} to @param {string} words @param {number} x @param {number} y @param {string} font @param {string} ink @param {string} around */
function write(to, words, x, y, font, ink, around) {
  to.font = font;
  to.strokeStyle = around;
  to.lineWidth = 4;
  to.strokeText(words, x, y);
  to.fillStyle = ink;
  to.fillText(words, x, y);
}

/** @type {Map<string, number>} */
const widths = new Map();

/** @param {CanvasRenderingContext2D} to @param {string} words @param {string} font */
function measure(to, words, font) {
  const key = `${font}${words}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  if (widths.size > 5_000) widths.clear();
  to.font = font;
  const { width } = to.measureText(words);
  widths.set(key, width);
  return width;
}

/** What of the screen has something on it, in cells. */
class Taken {
  /** @param {number} width */
  constructor(width) {
    this.columns = Math.ceil(width / CELL) + 2;
    /** @type {Set<number>} */
    this.cells = new Set();
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height @param {(cell: number) => boolean} each stops where it is false */
  walk(x, y, width, height, each) {
    const [left, top, right, bottom] = [x / CELL, y / CELL, (x + width) / CELL, (y + height) / CELL].map(Math.floor);
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) if (!each((row + 100) * this.columns * 4 + column + this.columns)) return false;
    }
    return true;
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  mark(x, y, width, height) {
    this.walk(x, y, width, height, (cell) => Boolean(this.cells.add(cell)));
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  isFree(x, y, width, height) {
    return this.walk(x, y, width, height, (cell) => !this.cells.has(cell));
  }
}
const CELL = 8;

/** All dots are one path and one fill. @param {CanvasRenderingContext2D} to @param {import('./dots.js').Dots} dots @param {number} now @param {Scene} scene @param {Colours} colour */
export function drawDots(to, dots, now, { points, width, height, scale }, colour) {
  const shrink = Math.max(Math.min(Math.sqrt(scale) * 1.15, 1), 0.6);
  to.clearRect(0, 0, width, height);
  to.beginPath();
  dots.each(now, (id) => points.get(id), (x, y, size) => {
    to.moveTo(x + size * shrink, y);
    to.arc(x, y, size * shrink, 0, 2 * Math.PI);
  });
  to.fillStyle = colour.dot;
  to.fill();
  to.strokeStyle = colour.map;
  to.lineWidth = 1;
  to.stroke();
}
