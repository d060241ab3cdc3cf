/** Texts that move over links, as dots: never more than so many at once. */

export const DOTS_MAX = 320;
/** A small map has room for fewer: one for so many points of the screen. */
const POINTS_EACH = 1_500;
/** Of one move, however many texts it has; the dots are larger then. */
const EACH_MAX = 6;
const TRAVEL_MS = 1_100;
/** Events come each second: the dots of one are spread over it. */
const SPREAD_MS = 1_000;

/** @typedef {{ from: string, to: string, starts: number, size: number }} Dot */

export class Dots {
  constructor() {
    /** @type {Dot[]} */
    this.all = [];
    this.turn = 0;
    this.most = DOTS_MAX;
  }

  /** @param {number} width @param {number} height */
  resize(width, height) {
    this.most = Math.min(DOTS_MAX, Math.ceil((width * height) / POINTS_EACH));
  }

  /** @param {import('./feed.js').Move[]} moves @param {number} now in ms */
  add(moves, now) {
    this.drop(now);
    const room = this.most - this.all.length;
    if (room <= 0 || moves.length === 0) return;
    const each = Math.max(Math.min(EACH_MAX, Math.floor(room / moves.length)), 1);
    // Where not even one each has room, it is another part of them each time.
    for (let at = 0; at < Math.min(moves.length, room); at += 1) {
      this.addMove(moves[(at + this.turn) % moves.length], each, now);
    }
    this.turn += Math.min(moves.length, room);
  }

  /** @param {import('./feed.js').Move} move @param {number} most @param {number} now */
  addMove({ from, to, texts }, most, now) {
    const dots = Math.min(most, Math.ceil(texts));
    const size = Math.min(2.6 + Math.sqrt(texts / dots) * 0.6, 7);
    for (let at = 0; at < dots; at += 1) {
      // Not in step with those of other links.
      const phase = ((at + ((this.turn * 7 + this.all.length * 13) % 29) / 29) / dots) % 1;
      this.all.push({ from, to, starts: now + phase * SPREAD_MS, size });
    }
  }

  /** Those that have arrived. @param {number} now */
  drop(now) {
    this.all = this.all.filter(({ starts }) => now < starts + TRAVEL_MS);
  }

  /** Where each is now. @param {number} now @param {(id: string) => { x: number, y: number } | undefined} place @param {(x: number, y: number, size: number) => void} draw */
  each(now, place, draw) {
    for (const { from, to, starts, size } of this.all) {
      const way = (now - starts) / TRAVEL_MS;
      if (way < 0 || way > 1) continue;
      const [a, b] = [place(from), place(to)];
      if (a === undefined || b === undefined) continue;
      draw(a.x + (b.x - a.x) * way, a.y + (b.y - a.y) * way, size);
    }
  }
}
