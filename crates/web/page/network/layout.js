/**
 * Where servers stand on the map: as far from each other as there are links between them, as well
 * as that goes ("Graph Drawing by Stochastic Gradient Descent", Zheng, Pawar, Goodman 2018).
 * From the beginning, the same network always gives the same places; of one that changes while it
 * is looked at, what stays keeps its place, which counts more.
 */

/** Between neighbours, in the map's units. */
export const STEP = 110;
const NEAREST = 0.62;
const ROUNDS_NEW = 40;
const ROUNDS_MORE = 6;
/** In parts that are larger, servers keep their distance from their neighbours and from so many others. */
const EXACT_MAX = 220;
const PIVOTS = 40;
const SIBLINGS = 8;
const APART_ROUNDS = 40;

/** @typedef {{ x: number, y: number }} Place */
/** @typedef {{ a: string, b: string }} Pair */

/** @param {string} text */
function hash(text) {
  let value = 2166136261;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 16777619);
  return value >>> 0;
}

/** Numbers from 0 to 1 that are the same each time (mulberry32). @param {number} seed */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * @param {string[]} ids
 * @param {Pair[]} pairs
 * @param {Map<string, Place>} [before] where those stand that stay
 * @returns {Map<string, Place>}
 */
export function layOut(ids, pairs, before = new Map()) {
  const order = [...ids].sort();
  const near = neighbours(order, pairs);
  const parts = components(order, near);
  const [known, apart] = [true, false].map((isKnown) => parts.filter((part) => part.some((id) => before.has(id)) === isKnown).map((part) => layPart(part, near, before)));
  const places = new Map(known.flatMap((part) => [...part]));
  separate(places, new Set([...places.keys()].filter((id) => !before.has(id))));
  // What has no link with what is there stands below it.
  const { left, top, height } = box(places.values());
  const below = known.length > 0 ? top + height + STEP : 0;
  for (const [id, { x, y }] of pack(apart)) places.set(id, { x: x + left, y: y + below });
  return places;
}

/** @param {string[]} ids @param {Pair[]} pairs */
function neighbours(ids, pairs) {
  /** @type {Map<string, Set<string>>} */
  const near = new Map(ids.map((id) => [id, new Set()]));
  for (const { a, b } of pairs) {
    if (a === b || !near.has(a) || !near.has(b)) continue;
    near.get(a)?.add(b);
    near.get(b)?.add(a);
  }
  return new Map([...near].map(([id, others]) => [id, [...others].sort()]));
}

/** Parts without links between them, the largest first. @param {string[]} ids @param {Map<string, string[]>} near */
function components(ids, near) {
  const seen = new Set();
  const parts = [];
  for (const id of ids) {
    if (seen.has(id)) continue;
    const part = [id];
    seen.add(id);
    for (const one of part) {
      for (const other of near.get(one) ?? []) {
        if (!seen.has(other)) part.push(other);
        seen.add(other);
      }
    }
    parts.push(part.sort());
  }
  return parts.sort((a, b) => b.length - a.length || (a[0] < b[0] ? -1 : 1));
}

/** @param {string[]} part @param {Map<string, string[]>} near @param {Map<string, Place>} before @returns {Map<string, Place>} */
function layPart(part, near, before) {
  const known = part.filter((id) => before.has(id));
  const random = numbers(hash(part.join()));
  const places = part.map((id) => {
    const old = before.get(id);
    return old ? { x: old.x / STEP, y: old.y / STEP } : known.length > 0 ? beside(id, near, before) : { x: random() * 4, y: random() * 4 };
  });
  // What was there keeps its place: only who is new looks for one.
  const fixed = part.map((id) => before.has(id));
  if (fixed.includes(false) && part.length > 1) settle(places, pairsOf(part, near, fixed), fixed, random);
  if (known.length === 0) turn(places);
  // Larger parts are wider as well: else most would stand on others.
  const wide = known.length === 0 ? Math.max(1, 1.5 * Math.sqrt(part.length / EXACT_MAX)) : 1;
  return new Map(part.map((id, at) => [id, before.get(id) ?? { x: places[at].x * wide * STEP, y: places[at].y * wide * STEP }]));
}

/** Near its neighbours, and not on top of them. @param {string} id @param {Map<string, string[]>} near @param {Map<string, Place>} before */
function beside(id, near, before) {
  const others = (near.get(id) ?? []).map((other) => before.get(other)).filter((place) => place !== undefined);
  const [x, y] = ['x', 'y'].map((of) => others.reduce((sum, place) => sum + place[/** @type {'x' | 'y'} */ (of)], 0) / Math.max(others.length, 1) / STEP);
  const angle = (hash(id) / 4294967296) * 2 * Math.PI;
  return { x: x + Math.cos(angle), y: y + Math.sin(angle) };
}

/** Who is to keep which distance from whom, in links. @typedef {{ a: number, b: number, wanted: number }[]} Wanted */

/** @param {string[]} part @param {Map<string, string[]>} near @param {boolean[]} fixed @returns {Wanted} */
function pairsOf(part, near, fixed) {
  const index = new Map(part.map((id, at) => [id, at]));
  const next = part.map((id) => (near.get(id) ?? []).map((other) => index.get(other) ?? 0));
  const movable = part.map((_, at) => at).filter((at) => !fixed[at]);
  const isExact = part.length <= EXACT_MAX;
  const rows = isExact || movable.length <= PIVOTS ? new Map(movable.map((at) => [at, distances(at, next)])) : pivots(next);
  /** @type {Wanted} */
  const pairs = [];
  for (const [a, row] of rows) {
    row.forEach((wanted, b) => {
      if (a !== b && (!fixed[a] || !fixed[b]) && (a < b || !rows.has(b))) pairs.push({ a, b, wanted });
    });
  }
  next.forEach((others, a) => {
    // Those with one neighbour in common are as far from all pivots: they are told apart here.
    if (!isExact) others.forEach((b, at) => others.slice(at + 1, at + 1 + SIBLINGS).forEach((c) => (!fixed[b] || !fixed[c]) && pairs.push({ a: b, b: c, wanted: next[b].includes(c) ? 1 : 2 })));
    if (rows.has(a)) return;
    for (const b of others) if (a < b && !rows.has(b) && (!fixed[a] || !fixed[b])) pairs.push({ a, b, wanted: 1 });
  });
  return pairs;
}

/** Some that are far from each other, with the distances from them. @param {number[][]} next */
function pivots(next) {
  /** @type {Map<number, Uint16Array>} */
  const rows = new Map();
  const nearest = new Uint16Array(next.length).fill(65_535);
  for (let one = 0; rows.size < PIVOTS; one = nearest.indexOf(nearest.reduce((most, steps) => Math.max(most, steps), 0))) {
    const row = distances(one, next);
    rows.set(one, row);
    row.forEach((steps, at) => {
      nearest[at] = Math.min(nearest[at], steps);
    });
  }
  return rows;
}

/** How many links all are from one. @param {number} from @param {number[][]} next */
function distances(from, next) {
  const row = new Uint16Array(next.length);
  const queue = [from];
  for (const one of queue) {
    for (const other of next[one]) {
      if (other === from || row[other] > 0) continue;
      row[other] = row[one] + 1;
      queue.push(other);
    }
  }
  return row;
}

/** @param {Place[]} places @param {Wanted} pairs @param {boolean[]} fixed @param {() => number} random */
function settle(places, pairs, fixed, random) {
  const rounds = fixed.includes(true) ? ROUNDS_MORE : ROUNDS_NEW;
  const farthest = pairs.reduce((most, { wanted }) => Math.max(most, wanted), 1);
  const cooling = Math.log(farthest ** 2 / 0.1) / (rounds - 1);
  for (let round = 0; round < rounds; round += 1) {
    const heat = farthest ** 2 * Math.exp(-cooling * round);
    shuffle(pairs, random);
    for (const { a, b, wanted } of pairs) pull(places, fixed, a, b, wanted, heat);
  }
}

/** Brings two to where they are as far apart as they should be. @param {Place[]} places @param {boolean[]} fixed @param {number} a @param {number} b @param {number} wanted @param {number} heat */
function pull(places, fixed, a, b, wanted, heat) {
  const [x, y] = [places[a].x - places[b].x, places[a].y - places[b].y];
  const apart = Math.max(Math.hypot(x, y), 0.01);
  const share = fixed[a] || fixed[b] ? 1 : 0.5;
  const by = (Math.min(heat / wanted ** 2, 1) * share * (wanted - apart)) / apart;
  if (!fixed[a]) {
    places[a].x += x * by;
    places[a].y += y * by;
  }
  if (!fixed[b]) {
    places[b].x -= x * by;
    places[b].y -= y * by;
  }
}

/** @param {Wanted} list @param {() => number} random */
function shuffle(list, random) {
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [list[at], list[other]] = [list[other], list[at]];
  }
}

/** The longest way across lies flat, since screens do. @param {Place[]} places */
function turn(places) {
  const [x, y] = [places.reduce((sum, place) => sum + place.x, 0) / places.length, places.reduce((sum, place) => sum + place.y, 0) / places.length];
  let [xx, yy, xy] = [0, 0, 0];
  for (const place of places) {
    place.x -= x;
    place.y -= y;
    xx += place.x ** 2;
    yy += place.y ** 2;
    xy += place.x * place.y;
  }
  const angle = -Math.atan2(2 * xy, xx - yy) / 2;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (const place of places) [place.x, place.y] = [place.x * cos - place.y * sin, place.x * sin + place.y * cos];
}

/** Parts side by side, in rows. @param {Map<string, Place>[]} parts */
function pack(parts) {
  for (const part of parts) separate(part, new Set(part.keys()));
  const boxes = parts.map((part) => box(part.values()));
  const widest = Math.max(Math.sqrt(boxes.reduce((sum, { width, height }) => sum + (width + STEP) * (height + STEP), 0)) * 1.5, (boxes[0]?.width ?? 0) + STEP);
  let [x, y, high] = [0, 0, 0];
  /** @type {Map<string, Place>} */
  const places = new Map();
  parts.forEach((part, at) => {
    const { left, top, width, height } = boxes[at];
    if (x > 0 && x + width + STEP > widest) [x, y, high] = [0, y + high + STEP, 0];
    for (const [id, place] of part) places.set(id, { x: place.x - left + x, y: place.y - top + y });
    x += width + STEP;
    high = Math.max(high, height);
  });
  return places;
}

/** @param {Iterable<Place>} places */
export function box(places) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of places) [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
  return left > right ? { left: 0, top: 0, width: 0, height: 0 } : { left, top, width: right - left, height: bottom - top };
}

/** Pushes apart who stands on another; only the movable ones move. @param {Map<string, Place>} places @param {Set<string>} movable */
function separate(places, movable) {
  if (movable.size === 0) return;
  const least = NEAREST * STEP;
  for (let round = 0; round < APART_ROUNDS; round += 1) {
    const grid = new Grid(places, least);
    let isDone = true;
    for (const one of places) {
      for (const two of grid.around(one[1])) if (one[0] < two[0] && push(one, two, movable, least)) isDone = false;
    }
    if (isDone) return;
  }
  // Where pushing does not end, whoever is still too near goes to the next free spot.
  const grid = new Grid(places, least);
  for (const id of [...movable].sort()) {
    const place = /** @type {Place} */ (places.get(id));
    const spot = freeSpot(id, place, grid, least);
    if (spot === place) continue;
    places.set(id, spot);
    grid.add(id, spot);
  }
}

/** @param {string} id @param {Place} place @param {Grid} grid @param {number} least */
function freeSpot(id, place, grid, least) {
  const isFree = (/** @type {Place} */ spot) => grid.around(spot).every(([other, { x, y }]) => other === id || Math.hypot(x - spot.x, y - spot.y) >= least - 0.01);
  if (isFree(place)) return place;
  // What is full near here has been seen by those who looked before.
  const cell = `${Math.floor(place.x / least)} ${Math.floor(place.y / least)}`;
  for (let turn = grid.turns.get(cell) ?? 0, spot = place; ; turn += 1) {
    if (spot !== place && isFree(spot)) {
      grid.turns.set(cell, turn);
      return spot;
    }
    const [far, angle] = [(least / 2) * Math.sqrt(turn + 1), (turn + 1) * 2.399963];
    spot = { x: place.x + far * Math.cos(angle), y: place.y + far * Math.sin(angle) };
  }
}

/** Who stands near a place, without a look at all. */
class Grid {
  /** @param {Map<string, Place>} places @param {number} size */
  constructor(places, size) {
    this.size = size;
    /** @type {Map<string, [string, Place][]>} */
    this.cells = new Map();
    /** How far was looked for a free spot, by cell. @type {Map<string, number>} */
    this.turns = new Map();
    for (const [id, place] of places) this.add(id, place);
  }

  /** @param {string} id @param {Place} place */
  add(id, place) {
    const cell = `${Math.floor(place.x / this.size)} ${Math.floor(place.y / this.size)}`;
    const there = this.cells.get(cell);
    if (there) there.push([id, place]);
    else this.cells.set(cell, [[id, place]]);
  }

  /** @param {Place} place */
  around({ x, y }) {
    const [column, row] = [Math.floor(x / this.size), Math.floor(y / this.size)];
    return [-1, 0, 1].flatMap((right) => [-1, 0, 1].flatMap((down) => this.cells.get(`${column + right} ${row + down}`) ?? []));
  }
}

/** @param {[string, Place]} one @param {[string, Place]} two @param {Set<string>} movable @param {number} least */
function push([idA, a], [idB, b], movable, least) {
  const [canA, canB] = [movable.has(idA), movable.has(idB)];
  let [x, y] = [b.x - a.x, b.y - a.y];
  if ((!canA && !canB) || Math.abs(x) >= least || Math.abs(y) >= least) return false;
  if (x === 0 && y === 0) [x, y] = [Math.cos(hash(idB)), Math.sin(hash(idB))];
  const apart = Math.hypot(x, y);
  const by = (least - apart) / apart / (canA && canB ? 2 : 1);
  if (apart >= least - 0.01) return false;
  if (canA) [a.x, a.y] = [a.x - x * by, a.y - y * by];
  if (canB) [b.x, b.y] = [b.x + x * by, b.y + y * by];
  return true;
}

/**
 * Places by the coordinates that servers are told to have, x to the right and y up; those without
 * stand beside their neighbours.
 * @param {{ id: string, at: [number, number] | null }[]} servers
 * @param {Pair[]} pairs
 * @returns {Map<string, Place>}
 */
export function placeAt(servers, pairs) {
  const placed = servers.filter(({ at }) => at !== null).sort((a, b) => (a.id < b.id ? -1 : 1));
  const raw = new Map(placed.map(({ id, at }) => [id, { x: at?.[0] ?? 0, y: -(at?.[1] ?? 0) }]));
  const { left, top, width, height } = box(raw.values());
  const scale = (STEP * 1.6 * Math.sqrt(Math.max(placed.length, 2))) / Math.max(width, height, Number.MIN_VALUE);
  const wide = Number.isFinite(scale) ? scale : 0;
  const known = new Map([...raw].map(([id, { x, y }]) => [id, { x: (x - left) * wide, y: (y - top) * wide }]));
  const twins = doubles(known);
  separate(known, twins);
  return layOut(servers.map(({ id }) => id), pairs, known);
}

/** Those at the very place of another, but for the first of them. @param {Map<string, Place>} places */
function doubles(places) {
  const [seen, twins] = [new Set(), new Set()];
  for (const [id, { x, y }] of places) {
    const at = `${Math.round(x)} ${Math.round(y)}`;
    if (seen.has(at)) twins.add(id);
    seen.add(at);
  }
  return twins;
}
