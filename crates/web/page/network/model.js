/** The network as it is shown, made of what the server tells each second. */

import { line } from '../app/shown.js';

/** Slower or lossier than this is shown as slow. */
export const SLOW_RTT_S = 1;
export const SLOW_LOSS = 0.05;
/** More or older than this is shown as full. */
export const FULL_WAITING = 1_000;
export const FULL_OLDEST_S = 60;
/** Texts over links are counted over so long. */
const MINUTE_MS = 60_000;
const NAME_MAX = 60;

/** @typedef {'up' | 'slow' | 'full' | 'down'} State */
/** @typedef {import('./feed.js').Network} Network */
/** @typedef {import('./feed.js').OwnLink} OwnLink */

/**
 * @typedef {object} Node a server, or the far end of a link about which no more is known
 * @property {string} id its key; of one without, `?` and its address
 * @property {string} name for people, unlike all others
 * @property {string | null} key
 * @property {boolean} here
 * @property {State} state
 * @property {number | null} cost
 * @property {string[]} way
 * @property {string[]} links
 * @property {number} waiting
 * @property {number | null} oldest_s
 * @property {string | null} because
 * @property {[number, number] | null} at
 * @property {string | null} says
 * @property {OwnLink | null} link this server's own with it
 */

/**
 * @typedef {object} Edge
 * @property {string} id
 * @property {string} a
 * @property {string} b
 * @property {boolean} isOwn whether it is a link of the server that was asked
 * @property {boolean} isDoubted whether one end alone says so
 * @property {State} state of one that is not its own `up` as long as it is told
 * @property {OwnLink | null} link
 * @property {number} perMinute texts of the last minute, both ways
 */

/** @typedef {{ bytes_out: number | null, bytes_in: number | null, items_out: number | null, items_in: number | null }} Rates each second */

/**
 * @typedef {object} Picture
 * @property {Network} network
 * @property {number} at when it came
 * @property {Map<string, Node>} nodes
 * @property {Map<string, Edge>} edges
 * @property {Map<string, Rates>} rates of the own links, by the other end
 * @property {{ at: number, counts: Map<string, number> }[]} lately moves of the last minute, by edge
 */

/** @param {string} a @param {string} b */
export function edgeId(a, b) {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

/** Of a simulated world nobody was asked: all is seen from outside. @param {Network} network */
export function isWorld({ here }) {
  return here === '';
}

/** A key in short, as the program prints it. @param {string} key */
export function shortKey(key) {
  return key.slice(0, 16);
}

/** @param {OwnLink} link @returns {State} */
export function linkState(link) {
  if (link.state !== 'up') return 'down';
  if ((link.waiting ?? 0) > FULL_WAITING) return 'full';
  return (link.rtt_s ?? 0) > SLOW_RTT_S || (link.loss ?? 0) > SLOW_LOSS ? 'slow' : 'up';
}

/** @param {{ here: boolean, cost: number | null, waiting: number, oldest_s: number | null }} server @param {OwnLink | null} link @returns {State} */
export function serverState({ here, cost, waiting, oldest_s }, link) {
  if (!here && cost === null) return 'down';
  if (waiting > FULL_WAITING || (waiting > 0 && (oldest_s ?? 0) > FULL_OLDEST_S)) return 'full';
  return link !== null && linkState(link) === 'slow' ? 'slow' : 'up';
}

/** What is shown after this was told. @param {Picture | null} before @param {Network} network @param {number} at in ms @returns {Picture} */
export function reduce(before, network, at) {
  const sameServer = before !== null && before.network.here === network.here;
  const nodes = nodesOf(network);
  const lately = [...(sameServer ? before.lately : []), { at, counts: movesByEdge(network) }].filter((one) => at - one.at < MINUTE_MS);
  return { network, at, nodes, edges: edgesOf(network, nodes, lately), rates: ratesOf(sameServer ? before : null, network, at), lately };
}

/** @param {Network} network @returns {Map<string, Node>} */
function nodesOf(network) {
  const links = new Map(network.links.map((link) => [link.id, link]));
  const nodes = new Map();
  for (const server of network.servers) {
    const link = links.get(server.key) ?? null;
    nodes.set(server.key, { ...server, id: server.key, name: nameOf(server.name, shortKey(server.key)), state: serverState(server, link), link });
  }
  for (const [id, link] of links) if (!nodes.has(id) && !nodes.has(link.to ?? '')) nodes.set(id, farEnd(id, link));
  distinguish([...nodes.values()]);
  return nodes;
}

/** A server of which only the link with it is known. @param {string} id @param {OwnLink} link @returns {Node} */
function farEnd(id, link) {
  const name = nameOf(link.name, link.to === null ? (link.address ?? 'a server without an address') : shortKey(link.to));
  const state = linkState(link);
  const cost = state === 'down' ? null : link.cost;
  return { id, name, key: link.to, here: false, state, cost, way: [], links: [], waiting: 0, oldest_s: null, because: null, at: null, says: null, link };
}

/** @param {string | null} name @param {string} otherwise */
function nameOf(name, otherwise) {
  const said = line(name ?? '').trim();
  if (said === '') return line(otherwise).slice(0, NAME_MAX);
  return [...said].length > NAME_MAX ? `${[...said].slice(0, NAME_MAX - 1).join('')}…` : said;
}

/** Nobody passes for another, least of all for this server, by calling itself the same. @param {Node[]} nodes */
function distinguish(nodes) {
  const times = new Map();
  for (const { name } of nodes) times.set(name, (times.get(name) ?? 0) + 1);
  for (const node of nodes) {
    const mark = shortKey(node.key ?? node.id).slice(0, 8);
    if (!node.here && times.get(node.name) > 1 && !node.name.startsWith(mark)) node.name = `${node.name} (${line(mark)})`;
  }
}

/** @param {Network} network */
function movesByEdge(network) {
  const counts = new Map();
  for (const { from, to, texts } of network.moves) counts.set(edgeId(from, to), (counts.get(edgeId(from, to)) ?? 0) + texts);
  return counts;
}

/** @param {Network} network @param {Map<string, Node>} nodes @param {Picture['lately']} lately @returns {Map<string, Edge>} */
function edgesOf(network, nodes, lately) {
  /** @type {Map<string, Edge>} */
  const edges = new Map();
  const { here } = network;
  const add = (/** @type {string} */ a, /** @type {string} */ b, /** @type {Partial<Edge>} */ what) => {
    const id = edgeId(a, b);
    edges.set(id, { id, a: a < b ? a : b, b: a < b ? b : a, isOwn: false, isDoubted: false, state: 'up', link: null, perMinute: 0, ...what });
  };
  for (const node of nodes.values()) {
    if (node.link !== null && node.id !== here && nodes.has(here)) add(here, node.id, { isOwn: true, link: node.link, state: linkState(node.link) });
  }
  for (const link of network.links) {
    if (link.from !== null && link.to !== null && nodes.has(link.from) && nodes.has(link.to)) add(link.from, link.to, { isOwn: true, link, state: linkState(link) });
  }
  for (const { id, links } of nodes.values()) {
    for (const other of links) {
      const far = nodes.get(other);
      if (other === id || far === undefined || edges.has(edgeId(id, other))) continue;
      add(id, other, { isDoubted: !far.links.includes(id) });
    }
  }
  for (const { counts } of lately) {
    for (const [id, texts] of counts) {
      const edge = edges.get(id);
      if (edge) edge.perMinute += texts;
    }
  }
  return edges;
}

/** @param {Picture | null} before @param {Network} network @param {number} at @returns {Map<string, Rates>} */
function ratesOf(before, network, at) {
  const seconds = before === null ? 0 : (at - before.at) / 1000;
  const links = new Map((before?.network.links ?? []).map((link) => [link.id, link]));
  const rates = new Map();
  for (const link of network.links) {
    const old = links.get(link.id);
    // A link that has come up anew counts from nothing.
    const isSame = old !== undefined && seconds > 0 && (link.up_s ?? 0) >= (old.up_s ?? 0);
    const rate = (/** @type {'bytes_out' | 'bytes_in' | 'items_out' | 'items_in'} */ of) => {
      const [now, then] = [link[of], old?.[of] ?? null];
      return isSame && now !== null && then !== null && now >= then ? (now - then) / seconds : null;
    };
    rates.set(link.id, { bytes_out: rate('bytes_out'), bytes_in: rate('bytes_in'), items_out: rate('items_out'), items_in: rate('items_in') });
  }
  return rates;
}

/** The worst first, then by name. @param {Iterable<Node>} nodes */
export function sorted(nodes) {
  const order = { down: 0, full: 1, slow: 2, up: 3 };
  return [...nodes].sort((a, b) => order[a.state] - order[b.state] || b.waiting - a.waiting || Number(b.here) - Number(a.here) || compare(a.name, b.name) || compare(a.id, b.id));
}

/** @param {string} a @param {string} b */
export function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}

/** Figures of the whole. @param {Picture} picture */
export function summary({ nodes, edges, network, lately }) {
  const states = { up: 0, slow: 0, full: 0, down: 0 };
  let [waiting, oldest_s] = [0, /** @type {number | null} */ (null)];
  for (const node of nodes.values()) {
    states[node.state] += 1;
    waiting += node.waiting;
    if (node.oldest_s !== null) oldest_s = Math.max(oldest_s ?? 0, node.oldest_s);
  }
  const perMinute = lately.reduce((sum, { counts }) => sum + [...counts.values()].reduce((one, texts) => one + texts, 0), 0);
  const own = [...edges.values()].filter(({ isOwn }) => isOwn);
  return { servers: nodes.size, states, waiting, oldest_s, perMinute, links: own.length, linksUp: own.filter(({ state }) => state !== 'down').length, up_s: network.up_s, isWorld: isWorld(network) };
}
