/** The map: three canvases, of which the middle one has what moves. */

import { h } from '../app/dom.js';
import { Camera } from './camera.js';
import { Dots } from './dots.js';
import { colours, drawDots, drawScene } from './draw.js';
import { listen } from './hand.js';
import { layOut, placeAt } from './layout.js';
import { edgeId, sorted } from './model.js';
import { legend } from './legend.js';
import { nodeWords } from './words.js';

/** A finger's width. */
const PRESS_WITHIN = 24;
const PIXELS_MAX = 2;

/** @typedef {import('./model.js').Picture} Picture */
/** @typedef {import('./layout.js').Place} Place */

export class NetworkMap {
  /** @param {{ choose: (id: string | null) => void }} told */
  constructor({ choose }) {
    this.choose = choose;
    this.camera = new Camera();
    this.dots = new Dots();
    /** @type {Picture | null} */
    this.picture = null;
    /** @type {Map<string, Place>} */
    this.places = new Map();
    /** Links that have been there, so that one that goes and comes moves nothing. @type {Map<string, { a: string, b: string }>} */
    this.pairs = new Map();
    this.isByPlace = true;
    this.isOld = false;
    /** @type {string | null} */
    this.chosen = null;
    /** @type {string | null} */
    this.under = null;
    this.colour = colours();
    /** @type {import('./draw.js').Scene | null} */
    this.scene = null;
    this.isDirty = true;
    this.frame = 0;
    this.motion = matchMedia('(prefers-reduced-motion: reduce)');
    this.below = h('canvas', { 'aria-hidden': 'true' });
    this.above = h('canvas', { 'aria-hidden': 'true' });
    this.moving = h('canvas', { 'aria-hidden': 'true' });
    this.said = h('p', { class: 'hidden', 'aria-live': 'polite' });
    const help = h('p', { class: 'hidden', id: 'map-help' }, 'Arrow keys go from server to server, Enter shows the details, Escape leaves them. Shift and arrow keys move the map, plus and minus zoom, 0 shows all. The list of servers says the same as the map.');
    this.board = h('div', { class: 'board', tabindex: 0, role: 'application', 'aria-label': 'Map of the network', 'aria-describedby': 'map-help' }, this.below, this.moving, this.above);
    this.byPlace = h('button', { class: 'wide', hidden: true, onclick: () => this.toggle() });
    this.element = h('section', { class: 'map', 'aria-label': 'Map' }, help, this.board, this.tools(), legend(), this.said);
    this.listen();
  }

  tools() {
    const button = (/** @type {string} */ sign, /** @type {string} */ label, /** @type {() => void} */ onclick) => h('button', { title: label, 'aria-label': label, onclick }, sign);
    return h(
      'div',
      { class: 'tools', role: 'group', 'aria-label': 'Map' },
      button('+', 'Zoom in', () => this.zoom(1.4)),
      button('−', 'Zoom out', () => this.zoom(1 / 1.4)),
      button('⤢', 'Show all', () => this.fit()),
      button('⟲', 'Lay out anew', () => this.anew()),
      this.byPlace,
    );
  }

  listen() {
    listen(this.board, {
      pan: (x, y) => this.move(() => this.camera.pan(x, y)),
      zoom: (by, x, y) => this.zoom(by, x, y),
      fit: () => this.fit(),
      press: (x, y) => this.choose(this.at(x, y)),
      hover: (x, y) => this.hover(x === null ? null : this.at(x, y)),
      step: (right, down) => this.step(right, down),
      enter: () => this.under !== null && this.choose(this.under),
      leave: () => this.choose(null),
    });
    this.board.addEventListener('focus', () => this.board.matches(':focus-visible') && this.under === null && this.stepTo(this.chosen ?? this.picture?.network.here ?? null));
    this.board.addEventListener('blur', () => this.hover(null));
    new ResizeObserver(() => this.resize()).observe(this.board);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.restyle());
    this.motion.addEventListener('change', () => this.changed());
  }

  restyle() {
    this.colour = colours();
    this.changed();
  }

  resize() {
    const { clientWidth, clientHeight } = this.board;
    const pixels = Math.min(devicePixelRatio || 1, PIXELS_MAX);
    for (const canvas of [this.below, this.moving, this.above]) {
      canvas.width = Math.round(clientWidth * pixels);
      canvas.height = Math.round(clientHeight * pixels);
      canvas.getContext('2d')?.setTransform(pixels, 0, 0, pixels, 0, 0);
    }
    this.camera.resize(clientWidth, clientHeight);
    this.dots.resize(clientWidth, clientHeight);
    if (!this.camera.isFree) this.camera.fit(this.places.values());
    this.changed();
  }

  /** @param {Picture} picture */
  show(picture) {
    const isFirst = this.picture === null || this.picture.network.here !== picture.network.here;
    this.picture = picture;
    this.lay(isFirst);
    if (!this.motion.matches && !document.hidden) this.dots.add(picture.network.moves, performance.now());
    this.changed();
  }

  /** What is shown is from before. @param {boolean} isOld */
  age(isOld) {
    if (this.isOld === isOld) return;
    this.isOld = isOld;
    this.changed();
  }

  /** @param {boolean} isAnew */
  lay(isAnew) {
    const { nodes, edges } = /** @type {Picture} */ (this.picture);
    if (isAnew) this.pairs.clear();
    for (const { id, a, b } of edges.values()) this.pairs.set(id, { a, b });
    for (const [id, { a, b }] of this.pairs) if (!nodes.has(a) || !nodes.has(b)) this.pairs.delete(id);
    const placed = [...nodes.values()].filter(({ at }) => at !== null);
    const hasPlaces = placed.length > 1;
    const by = hasPlaces && this.isByPlace ? placed.map(({ id, at }) => `${id} ${at}`).sort().join() : '';
    this.byPlace.hidden = !hasPlaces;
    this.byPlace.textContent = this.isByPlace ? 'By links' : 'By place';
    const isSame = !isAnew && by === this.by && nodes.size === this.places.size && [...nodes.keys()].every((id) => this.places.has(id));
    if (isSame) return;
    const [ids, pairs] = [[...nodes.keys()], [...this.pairs.values()]];
    const stays = isAnew || by !== this.by ? new Map() : this.places;
    this.places = by === '' ? layOut(ids, pairs, stays) : placeAt([...nodes.values()], pairs);
    this.by = by;
    if (!this.camera.isFree) this.camera.fit(this.places.values());
  }

  by = '';

  toggle() {
    this.isByPlace = !this.isByPlace;
    this.anew();
  }

  anew() {
    if (this.picture === null) return;
    this.lay(true);
    this.fit();
  }

  fit() {
    this.move(() => this.camera.fit(this.places.values()));
  }

  /** @param {number} by @param {number} [x] @param {number} [y] */
  zoom(by, x, y) {
    this.move(() => this.camera.zoom(by, x, y));
  }

  /** @param {() => void} how */
  move(how) {
    how();
    this.changed();
  }

  /** @param {string | null} id */
  select(id) {
    if (id === this.chosen) return;
    this.chosen = id;
    const place = id === null ? undefined : this.places.get(id);
    if (place) this.camera.show(place);
    this.changed();
  }

  /** The server at a point of the screen. @param {number} x @param {number} y */
  at(x, y) {
    let [found, nearest] = [/** @type {string | null} */ (null), PRESS_WITHIN];
    for (const [id, point] of this.scene?.points ?? []) {
      const apart = Math.hypot(point.x - x, point.y - y);
      if (apart < nearest) [found, nearest] = [id, apart];
    }
    return found;
  }

  /** @param {string | null} id */
  hover(id) {
    if (id === this.under) return;
    this.under = id;
    this.board.classList.toggle('over', id !== null);
    this.changed();
  }

  /** @param {number} right @param {number} down */
  step(right, down) {
    const from = this.places.get(this.under ?? this.chosen ?? '');
    if (!from) return this.stepTo(this.picture?.network.here ?? null);
    let [found, least] = [/** @type {string | null} */ (null), Infinity];
    for (const [id, { x, y }] of this.places) {
      const [ahead, aside] = [(x - from.x) * right + (y - from.y) * down, Math.abs((x - from.x) * down) + Math.abs((y - from.y) * right)];
      const cost = ahead + 2 * aside;
      if (ahead > 0.5 && ahead >= aside / 2 && cost < least) [found, least] = [id, cost];
    }
    if (found !== null) this.stepTo(found);
  }

  /** @param {string | null} id */
  stepTo(id) {
    const node = this.picture?.nodes.get(id ?? '');
    const place = this.places.get(id ?? '');
    if (!node || !place) return;
    this.camera.show(place);
    this.said.textContent = nodeWords(node);
    this.hover(node.id);
  }

  changed() {
    this.isDirty = true;
    if (this.frame === 0) this.frame = requestAnimationFrame((now) => this.draw(now));
  }

  /** One frame; there is another while something moves. @param {number} now */
  draw(now) {
    this.frame = 0;
    const [below, moving, above] = [this.below, this.moving, this.above].map((canvas) => canvas.getContext('2d'));
    if (this.picture === null || !below || !moving || !above) return;
    if (this.isDirty || this.scene === null) {
      this.scene = this.sceneOf(this.picture);
      drawScene(below, above, this.scene, this.colour);
      this.isDirty = false;
    }
    this.dots.drop(now);
    drawDots(moving, this.dots, now, this.scene, this.colour);
    if (this.dots.all.length > 0) this.frame = requestAnimationFrame((next) => this.draw(next));
  }

  /** @param {Picture} picture @returns {import('./draw.js').Scene} */
  sceneOf({ nodes, edges, network }) {
    const points = new Map([...this.places].map(([id, place]) => [id, this.camera.toScreen(place)]));
    const first = (/** @type {import('./model.js').Node} */ { id, here }) => Number(id === this.chosen || id === this.under) * 2 + Number(here);
    const order = sorted(nodes.values()).sort((a, b) => first(b) - first(a));
    const steps = [network.here, ...(nodes.get(this.chosen ?? '')?.way ?? [])];
    const way = new Set(steps.slice(1).map((key, at) => edgeId(steps[at], key)));
    const { width, height, scale } = this.camera;
    return { nodes: order, edges: [...edges.values()], points, scale, width, height, chosen: this.chosen, under: this.under, way, isStill: this.motion.matches, isOld: this.isOld };
  }
}

