/** Mouse, fingers and keys on the map. */

/** Whoever moves less than this has pressed, and not dragged. */
const DRAG_MIN = 6;
const WHEEL = 0.0016;
const KEY_PAN = 60;
const KEY_ZOOM = 1.25;

/**
 * What hands can do with the map.
 * @typedef {object} Held
 * @property {(x: number, y: number) => void} pan
 * @property {(by: number, x?: number, y?: number) => void} zoom
 * @property {() => void} fit
 * @property {(x: number, y: number) => void} press
 * @property {(x: number | null, y: number) => void} hover
 * @property {(right: number, down: number) => void} step to the next server in a direction
 * @property {() => void} enter
 * @property {() => void} leave
 */

/** @param {HTMLElement} element @param {Held} held */
export function listen(element, held) {
  listenKeys(element, held);
  listenPointers(element, held);
  element.addEventListener('wheel', (event) => {
    event.preventDefault();
    const { x, y } = within(element, event);
    const lines = event.deltaMode === 0 ? 1 : 24;
    held.zoom(Math.exp(-event.deltaY * lines * WHEEL), x, y);
  }, { passive: false });
}

/** @param {HTMLElement} element @param {MouseEvent} event */
function within(element, event) {
  const { left, top } = element.getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}

/** @param {HTMLElement} element @param {Held} held */
function listenPointers(element, held) {
  /** @type {Map<number, { x: number, y: number }>} */
  const down = new Map();
  let moved = 0;
  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    if (down.size === 0) moved = 0;
    down.set(event.pointerId, within(element, event));
  });
  element.addEventListener('pointermove', (event) => {
    const now = within(element, event);
    const before = down.get(event.pointerId);
    if (before === undefined) return held.hover(now.x, now.y);
    moved += Math.hypot(now.x - before.x, now.y - before.y);
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    if (other) pinch(before, now, other, held);
    else if (moved >= DRAG_MIN) held.pan(now.x - before.x, now.y - before.y);
    down.set(event.pointerId, now);
  });
  const up = (/** @type {PointerEvent} */ event) => {
    const at = down.get(event.pointerId);
    const isPress = event.type === 'pointerup' && down.size === 1 && moved < DRAG_MIN;
    down.delete(event.pointerId);
    if (at && isPress) held.press(at.x, at.y);
  };
  element.addEventListener('pointerup', up);
  element.addEventListener('pointercancel', up);
  element.addEventListener('pointerleave', () => held.hover(null, 0));
}

/** @typedef {{ x: number, y: number }} Point */

/** Two fingers: what is between them stays between them. @param {Point} before @param {Point} now @param {Point} other @param {Held} held */
function pinch(before, now, other, held) {
  const [then, apart] = [Math.hypot(before.x - other.x, before.y - other.y), Math.hypot(now.x - other.x, now.y - other.y)];
  held.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  if (then > 1 && apart > 1) held.zoom(apart / then, (now.x + other.x) / 2, (now.y + other.y) / 2);
}

/** @param {HTMLElement} element @param {Held} held */
function listenKeys(element, held) {
  const arrows = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] });
  element.addEventListener('keydown', (event) => {
    if (event.target !== element || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = arrows[event.key];
    if (arrow && event.shiftKey) held.pan(-arrow[0] * KEY_PAN, -arrow[1] * KEY_PAN);
    else if (arrow) held.step(...arrow);
    else if (event.key === '+' || event.key === '=') held.zoom(KEY_ZOOM);
    else if (event.key === '-') held.zoom(1 / KEY_ZOOM);
    else if (event.key === '0') held.fit();
    else if (event.key === 'Enter' || event.key === ' ') held.enter();
    else if (event.key === 'Escape') held.leave();
    else return;
    event.preventDefault();
  });
}
