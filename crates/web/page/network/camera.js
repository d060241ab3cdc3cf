/** From places on the map to points on the screen. */

import { box } from './layout.js';

const SCALE_MIN = 0.05;
const SCALE_MAX = 6;
/** Around what is shown, so that names have room. */
const MARGIN = { x: 70, top: 64, bottom: 76 };

export class Camera {
  constructor() {
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    this.width = 1;
    this.height = 1;
    /** Until somebody has moved it, all of the map is in sight. */
    this.isFree = false;
  }

  /** @param {number} width @param {number} height */
  resize(width, height) {
    this.width = Math.max(width, 1);
    this.height = Math.max(height, 1);
  }

  /** All in sight. @param {Iterable<import('./layout.js').Place>} places */
  fit(places) {
    const { left, top, width, height } = box(places);
    const [wide, high] = [Math.max(this.width - 2 * MARGIN.x, 60), Math.max(this.height - MARGIN.top - MARGIN.bottom, 60)];
    this.scale = clamp(Math.min(wide / Math.max(width, 1), high / Math.max(height, 1), 1.5));
    this.x = left + width / 2;
    this.y = top + height / 2 + (MARGIN.bottom - MARGIN.top) / 2 / this.scale;
    this.isFree = false;
  }

  /** @param {import('./layout.js').Place} place */
  toScreen({ x, y }) {
    return { x: (x - this.x) * this.scale + this.width / 2, y: (y - this.y) * this.scale + this.height / 2 };
  }

  /** @param {number} x @param {number} y */
  toMap(x, y) {
    return { x: (x - this.width / 2) / this.scale + this.x, y: (y - this.height / 2) / this.scale + this.y };
  }

  /** In points of the screen. @param {number} x @param {number} y */
  pan(x, y) {
    this.x -= x / this.scale;
    this.y -= y / this.scale;
    this.isFree = true;
  }

  /** What is at this point of the screen stays there. @param {number} by @param {number} [x] @param {number} [y] */
  zoom(by, x = this.width / 2, y = this.height / 2) {
    const fixed = this.toMap(x, y);
    this.scale = clamp(this.scale * by);
    const now = this.toMap(x, y);
    this.x += fixed.x - now.x;
    this.y += fixed.y - now.y;
    this.isFree = true;
  }

  /** Moves only if this is not well in sight. @param {import('./layout.js').Place} place */
  show(place) {
    const { x, y } = this.toScreen(place);
    const isIn = x > 50 && y > 40 && x < this.width - 50 && y < this.height - 50;
    if (isIn) return;
    [this.x, this.y] = [place.x, place.y];
    this.isFree = true;
  }
}

/** @param {number} scale */
function clamp(scale) {
  return Math.min(Math.max(scale, SCALE_MIN), SCALE_MAX);
}
