/** What a server tells of its network: the forms of the answers, and what of them is taken. */

/**
 * @typedef {object} Server a server of the network, as the asked one knows it
 * @property {string} key
 * @property {string | null} name
 * @property {boolean} here
 * @property {number | null} cost none where there is no way
 * @property {string[]} way the server itself last
 * @property {string[]} links
 * @property {number} waiting messages that wait for it at the asked server
 * @property {number | null} oldest_s
 * @property {string | null} because
 * @property {[number, number] | null} at
 * @property {string | null} says of a simulated one, what is to be said of it
 */

/**
 * @typedef {object} OwnLink a link of the asked server; totals since it is up
 * @property {string | null} from of a simulated one, the first end; none where that is the asked server
 * @property {string} id unlike those of all other links: the key of the other end where it can be
 * @property {string | null} to
 * @property {string | null} name
 * @property {string | null} address
 * @property {boolean} configured
 * @property {string} state `up`, `down`, or why it was refused
 * @property {number} cost
 * @property {number | null} rtt_s
 * @property {number | null} loss 0 to 1
 * @property {number | null} bytes_per_s that it may send
 * @property {number | null} waiting
 * @property {number | null} awaited
 * @property {number | null} bytes_out
 * @property {number | null} bytes_in
 * @property {number | null} items_out
 * @property {number | null} items_in
 * @property {number | null} up_s
 */

/** @typedef {{ from: string, to: string, texts: number }} Move */
/** @typedef {Record<string, number>} Counts */

/**
 * @typedef {object} Network
 * @property {string} here
 * @property {string} name
 * @property {number} up_s
 * @property {string} version
 * @property {Server[]} servers
 * @property {number} leftOut servers that are too many to be shown
 * @property {OwnLink[]} links
 * @property {Move[]} moves
 * @property {Counts} holds
 * @property {Counts} done
 * @property {Counts} refused
 * @property {Counts} dropped
 */

/**
 * @typedef {object} Sample counts are totals since the server's start
 * @property {number} ago_s
 * @property {number} waiting
 * @property {number} accepted
 * @property {number} delivered
 * @property {number} expired
 * @property {number} refused
 * @property {number} bytes_out
 * @property {number} bytes_in
 * @property {number} links_up
 * @property {number} servers
 */

/** @typedef {{ step_s: number, samples: Sample[] }} History */
/** @typedef {{ name: string | null, key: string, cost: number }} Step */

/**
 * @typedef {object} NumberAnswer
 * @property {string} number
 * @property {string | null} home
 * @property {string | null} key
 * @property {boolean} here
 * @property {number | null} version
 * @property {boolean} bound
 * @property {boolean} disputed
 */

/**
 * @typedef {object} MessageAnswer
 * @property {string | null} message
 * @property {string} from
 * @property {string} to
 * @property {string} kind
 * @property {string} precedence
 * @property {string} state
 * @property {number | null} for_s
 * @property {string | null} server
 * @property {string} says
 */

/**
 * @typedef {object} TraceAnswer
 * @property {NumberAnswer | null} number
 * @property {Step[]} way
 * @property {number} waiting
 * @property {number | null} oldest_s
 * @property {MessageAnswer[]} messages
 * @property {string} says
 */

/** @typedef {{ numbers: NumberAnswer[], more: boolean }} NumbersAnswer */
/** @typedef {{ waiting: number, given: number, servers: { name: string | null, key: string, waiting: number, oldest_s: number | null, because: string }[], messages: MessageAnswer[] }} QueueAnswer */

/** What is drawn at the most; a browser has to live with any network. */
export const SERVERS_MAX = 2_000;
export const LINKS_MAX = 2_000;
const MOVES_MAX = 10_000;
const NEIGHBOURS_MAX = 500;
const WAY_MAX = 64;

/** @param {any} value @returns {any[]} */
const list = (value, most = Infinity) => (Array.isArray(value) ? value.slice(0, most) : []);
/** @param {any} value */
const text = (value) => (typeof value === 'string' ? value : null);
/** @param {any} value */
const words = (value) => text(value) ?? '';
/** @param {any} value */
const number = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
/** @param {any} value */
const count = (value) => Math.max(number(value) ?? 0, 0);
/** @param {any} value @returns {string[]} */
const keys = (value, most = NEIGHBOURS_MAX) => list(value, most).filter((key) => typeof key === 'string');

/** @param {any} value @returns {Counts} */
function counts(value) {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, of]) => number(of) !== null).map(([name, of]) => [name, Number(of)]));
}

/** @param {any} value @returns {[number, number] | null} */
function place(value) {
  const [x, y] = [number(value?.[0]), number(value?.[1])];
  return x === null || y === null ? null : [x, y];
}

/** @param {any} one @returns {Server} */
function server(one) {
  return {
    key: words(one?.key),
    name: text(one?.name),
    here: one?.here === true,
    cost: number(one?.cost),
    way: keys(one?.way, WAY_MAX),
    links: keys(one?.links),
    waiting: count(one?.waiting),
    oldest_s: number(one?.oldest_s),
    because: text(one?.because),
    at: place(one?.at),
    says: text(one?.says),
  };
}

/** @param {any} one @returns {OwnLink} */
function link(one) {
  return {
    id: '',
    from: text(one?.from),
    to: text(one?.to),
    name: text(one?.name),
    address: text(one?.address),
    configured: one?.configured === true,
    state: text(one?.state) ?? 'down',
    cost: count(one?.cost),
    rtt_s: number(one?.rtt_s),
    loss: number(one?.loss),
    bytes_per_s: number(one?.bytes_per_s),
    waiting: number(one?.waiting),
    awaited: number(one?.awaited),
    bytes_out: number(one?.bytes_out),
    bytes_in: number(one?.bytes_in),
    items_out: number(one?.items_out),
    items_in: number(one?.items_in),
    up_s: number(one?.up_s),
  };
}

/** Of several with one other end, the one that is up stands for it. @param {OwnLink[]} links */
function identified(links) {
  const taken = new Set();
  for (const one of [...links].sort((a, b) => Number(b.state === 'up') - Number(a.state === 'up'))) {
    const name = one.from === null ? (one.to ?? `?${one.address ?? one.name ?? ''}`) : `${one.from} ${one.to}`;
    let id = name;
    for (let time = 2; taken.has(id); time += 1) id = `${name} #${time}`;
    taken.add(id);
    one.id = id;
  }
  return links;
}

/**
 * What is told, with nothing in it that is of another form; of too much, the beginning. None
 * where it is no network at all.
 * @param {any} value
 * @returns {Network | null}
 */
export function networkOf(value) {
  if (typeof value !== 'object' || value === null || typeof value.here !== 'string') return null;
  const move = (/** @type {any} */ one) => ({ from: words(one?.from), to: words(one?.to), texts: count(one?.texts) });
  return {
    here: value.here,
    name: words(value.name),
    up_s: count(value.up_s),
    version: words(value.version),
    servers: list(value.servers, SERVERS_MAX).map(server).filter(({ key }) => key !== ''),
    leftOut: Math.max(list(value.servers).length - SERVERS_MAX, 0),
    links: identified(list(value.links, LINKS_MAX).map(link)),
    moves: list(value.moves, MOVES_MAX).map(move).filter(({ texts }) => texts > 0),
    holds: counts(value.holds),
    done: counts(value.done),
    refused: counts(value.refused),
    dropped: counts(value.dropped),
  };
}

/** @param {any} value @returns {History} */
export function historyOf(value) {
  const sample = (/** @type {any} */ one) => ({
    ago_s: count(one?.ago_s),
    waiting: count(one?.waiting),
    accepted: count(one?.accepted),
    delivered: count(one?.delivered),
    expired: count(one?.expired),
    refused: count(one?.refused),
    bytes_out: count(one?.bytes_out),
    bytes_in: count(one?.bytes_in),
    links_up: count(one?.links_up),
    servers: count(one?.servers),
  });
  return { step_s: Math.max(count(value?.step_s), 1), samples: list(value?.samples, 100_000).map(sample) };
}
