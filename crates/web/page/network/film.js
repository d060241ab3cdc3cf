/** A simulated world as `postrider lab --view` tells it, and what of it is shown at a moment. */

/**
 * @typedef {object} LinkSeen
 * @property {string} state `up`, or what is wrong with it
 * @property {number | null} rtt_s
 * @property {number | null} loss 0 to 1
 * @property {number} waiting
 */

/** @typedef {{ isUp: boolean, waiting: number, says: string }} ServerSeen */

/**
 * @typedef {object} Moment
 * @property {number} at_s
 * @property {ServerSeen[]} servers
 * @property {LinkSeen[]} links
 * @property {[number, number, number][]} moves items: which link, from its first end, from its second
 * @property {string[]} says what has happened
 */

/**
 * @typedef {object} Film
 * @property {string} title
 * @property {string} version
 * @property {string} outcome
 * @property {boolean} isKept whether every promise was kept
 * @property {{ key: string, name: string }[]} servers
 * @property {[number, number][]} links
 * @property {Moment[]} moments at least one, in their order
 * @property {number} end_s
 */

const list = (/** @type {any} */ value) => (Array.isArray(value) ? value : []);
const text = (/** @type {any} */ value) => (typeof value === 'string' ? value : '');
const number = (/** @type {any} */ value) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const count = (/** @type {any} */ value) => Math.max(number(value) ?? 0, 0);

/**
 * Each moment tells only what is other than before; it is put together here once.
 * @param {any} value
 * @returns {Film | null} none where it is no film
 */
export function filmOf(value) {
  const servers = list(value?.servers).map((one) => ({ key: text(one?.key), name: text(one?.name) }));
  const isEnd = (/** @type {any} */ end) => Number.isInteger(end) && end >= 0 && end < servers.length;
  const links = list(value?.links).filter((pair) => isEnd(pair?.[0]) && isEnd(pair?.[1]));
  /** @type {Moment[]} */
  const moments = [];
  /** @type {{ servers: ServerSeen[], links: LinkSeen[] }} */
  let before = { servers: servers.map(() => ({ isUp: false, waiting: 0, says: '' })), links: links.map(() => ({ state: 'down', rtt_s: null, loss: null, waiting: 0 })) };
  for (const told of list(value?.frames)) {
    const now = { servers: changed(before.servers, told?.servers, server), links: changed(before.links, told?.links, link) };
    const moves = list(told?.moves).filter((move) => move?.[0] in links).map((move) => /** @type {[number, number, number]} */ ([move[0], count(move[1]), count(move[2])]));
    moments.push({ at_s: count(told?.at_s), ...now, moves, says: list(told?.says).map(text) });
    before = now;
  }
  if (servers.length === 0 || moments.length === 0) return null;
  return { title: text(value.title), version: text(value.version), outcome: text(value.outcome), isKept: value.kept === true, servers, links, moments, end_s: moments[moments.length - 1].at_s };
}

/**
 * @template T
 * @param {T[]} before
 * @param {any} told pairs of a place and what is there now
 * @param {(value: any[]) => T} read
 */
function changed(before, told, read) {
  const changes = list(told).filter((one) => one?.[0] in before);
  if (changes.length === 0) return before;
  const now = [...before];
  for (const [at, ...rest] of changes) now[at] = read(rest);
  return now;
}

/** @param {any[]} told @returns {ServerSeen} */
function server([isUp, waiting, says]) {
  return { isUp: isUp === true, waiting: count(waiting), says: text(says) };
}

/** @param {any[]} told @returns {LinkSeen} */
function link([state, rtt_s, loss, waiting]) {
  return { state: text(state) || 'down', rtt_s: number(rtt_s), loss: number(loss), waiting: count(waiting) };
}

/** The last moment that is not after this. @param {Film} film @param {number} at_s */
export function momentAt({ moments }, at_s) {
  let [low, high] = [0, moments.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (moments[middle].at_s <= at_s) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * The world as the page shows networks: nobody in it was asked, so there is no server that is
 * `here`, and every link is known from both ends.
 * @param {Film} film
 * @param {number} now which moment
 * @param {number} since the moment that was shown before: what moved is from after it
 */
export function networkAt(film, now, since = now - 1) {
  const { moments, servers, links } = film;
  const moment = moments[now];
  const near = servers.map(() => /** @type {string[]} */ ([]));
  for (const [a, b] of links) {
    near[a].push(servers[b].key);
    near[b].push(servers[a].key);
  }
  return {
    here: '',
    name: film.title,
    version: film.version,
    up_s: moment.at_s,
    servers: servers.map(({ key, name }, at) => {
      const { isUp, waiting, says } = moment.servers[at];
      return { key, name, here: false, cost: isUp ? 0 : null, way: [], links: near[at], waiting, oldest_s: null, because: null, at: null, says: isUp ? says : 'does not run' };
    }),
    links: links.map(([a, b], at) => ({ from: servers[a].key, to: servers[b].key, name: `${servers[a].name} – ${servers[b].name}`, configured: true, cost: 1, ...moment.links[at] })),
    moves: movesOf(film, Math.min(since, now) + 1, now),
  };
}

/** @param {Film} film @param {number} first @param {number} last */
function movesOf({ moments, servers, links }, first, last) {
  const sums = new Map();
  for (let at = Math.max(first, 0); at <= last; at += 1) {
    for (const [which, there, back] of moments[at].moves) {
      const [a, b] = links[which].map((end) => servers[end].key);
      for (const [from, to, texts] of [[a, b, there], [b, a, back]]) sums.set(`${from} ${to}`, (sums.get(`${from} ${to}`) ?? 0) + Number(texts));
    }
  }
  return [...sums].filter(([, texts]) => texts > 0).map(([ends, texts]) => ({ from: ends.split(' ')[0], to: ends.split(' ')[1], texts }));
}
