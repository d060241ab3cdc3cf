/**
 * A network of the tests, and a server that tells of it as the page for operators expects:
 *
 *     node tests/network_world.mjs [PORT [SERVERS]]
 *
 * The key is `camp`. It is the same network for the same numbers each time.
 */

import { createHash } from 'node:crypto';
import { Gateway } from './gateway.mjs';
import { serve } from './serve.mjs';

export const KEY = 'camp';
const NO_SCOPE = 'no-scope';
const PLACES = ['Camp', 'Harbour', 'Hospital', 'Ridge', 'School', 'Bridge', 'Depot', 'Mill', 'Tower', 'Chapel', 'Farm', 'Station'];
const HOURS = 6;
const STEP_S = 10;

/** Numbers from 0 to 1, the same each time. */
export function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

export const keyOf = (at) => createHash('sha256').update(`server ${at}`).digest('hex');
const nameOf = (at) => `${PLACES[at % PLACES.length]} ${Math.floor(at / PLACES.length) + 1}`;

/** Who has links with whom: towns with a few servers each, between which there are single links. */
function wires(servers, random) {
  const near = Array.from({ length: servers }, () => new Set());
  const join = (a, b) => a !== b && near[a].add(b) && near[b].add(a);
  for (let at = 1; at < servers; at += 1) {
    const town = at - (at % 8);
    join(at, at % 8 === 0 ? Math.floor(random() * Math.min(at, 1 + at / 8)) : town + Math.floor(random() * (at - town)));
    if (random() < 0.25) join(at, town + Math.floor(random() * Math.min(8, servers - town)));
  }
  return near;
}

/** The ways from the first server to all. */
function waysOf(near, isCut) {
  const ways = new Map([[0, []]]);
  for (const [at, way] of ways) {
    for (const next of near[at]) if (!ways.has(next) && !isCut(at, next)) ways.set(next, [...way, next]);
  }
  return ways;
}

export class World {
  constructor({ servers = 24, seed = 1, textsPerMinute = 1_200, hostile = false, places = false } = {}) {
    this.random = numbers(seed);
    this.near = wires(servers, this.random);
    this.textsPerMinute = textsPerMinute;
    this.hostile = hostile;
    this.places = places;
    this.seconds = 0;
    const own = [...this.near[0]];
    this.cut = own.length > 1 ? own[1] : -1;
    this.slow = own[2] ?? own[0];
    this.full = servers > 5 ? servers - 2 : -1;
    this.streams = new Set();
    this.isAway = false;
  }

  /** All of it, as `GET /v1/network` answers. */
  network() {
    const ways = waysOf(this.near, (a, b) => a === 0 && b === this.cut);
    const servers = this.near.map((_, at) => this.server(at, ways.get(at)));
    const links = [...this.near[0]].map((to) => this.link(to));
    links.push(this.stranger());
    return {
      here: keyOf(0),
      name: 'Camp 1',
      up_s: 93_000 + this.seconds,
      version: '0.1.0',
      servers,
      links,
      moves: this.moves(ways),
      holds: { waiting: 412, clients: 38, numbers: 5_210, dispatches: 900 },
      done: { accepted: 81_234 + this.seconds * 20, delivered: 80_111 + this.seconds * 19, expired: 12 },
      refused: { full: 3, 'no_such_number': 88 },
      dropped: { malformed: 41 },
    };
  }

  server(at, way) {
    const waiting = at === this.full ? 1_240 + this.seconds : at === this.cut ? 318 : at % 7 === 3 ? 4 : 0;
    const isThere = way !== undefined;
    const by = isThere && way.length > 0 ? nameOf(way[0]) : '';
    return {
      key: keyOf(at),
      name: this.hostile && at === 3 ? 'Mill\u202e\u001b[2J <b>evil</b>' : this.hostile && at === 4 ? 'Camp 1' : at % 11 === 10 ? null : nameOf(at),
      here: at === 0,
      cost: isThere ? way.length * 10 : null,
      way: isThere ? way.map(keyOf) : [],
      links: [...this.near[at]].filter((other) => other !== this.cut || at !== 0).map(keyOf),
      waiting,
      oldest_s: waiting === 0 ? null : at === this.full ? 184 : at === this.cut ? 2_700 : 2,
      because: waiting === 0 ? null : isThere ? `going by ${by}` : 'there is no way there now',
      at: this.places ? [at % 8 + this.near[at].size / 10, Math.floor(at / 8)] : null,
    };
  }

  link(to) {
    const isUp = to !== this.cut;
    const age = this.seconds + to * 1_000;
    return {
      to: keyOf(to),
      name: nameOf(to),
      address: `192.0.2.${to % 250}:10400`,
      configured: to !== this.slow,
      state: isUp ? 'up' : 'down',
      cost: 10,
      rtt_s: isUp ? (to === this.slow ? 1.42 : 0.024 + to / 1_000) : null,
      loss: isUp ? (to === this.slow ? 0.08 : 0.002) : null,
      bytes_per_s: isUp ? 250_000 : null,
      waiting: isUp ? (to === this.slow ? 61 : to % 3) : null,
      awaited: isUp ? to % 2 : null,
      bytes_out: isUp ? age * 5_200 : null,
      bytes_in: isUp ? age * 3_100 : null,
      items_out: isUp ? age * 12 : null,
      items_in: isUp ? age * 9 : null,
      up_s: isUp ? age + 60 : null,
    };
  }

  /** A peer of the settings that shows another key. */
  stranger() {
    const nothing = { rtt_s: null, loss: null, bytes_per_s: null, waiting: null, awaited: null, bytes_out: null, bytes_in: null, items_out: null, items_in: null, up_s: null };
    return { to: null, name: null, address: '198.51.100.7:10400', configured: true, state: 'refused: it shows another key', cost: 10, ...nothing };
  }

  /** A second's texts, over the links of the ways that they go. */
  moves(ways) {
    const counts = new Map();
    const there = [...ways].filter(([at]) => at !== 0);
    for (let text = 0; text < this.textsPerMinute / 60 && there.length > 0; text += 1) {
      const [, way] = there[Math.floor(this.random() * there.length)];
      const steps = [0, ...way];
      const order = this.random() < 0.5 ? steps : steps.reverse();
      order.slice(1).forEach((to, at) => counts.set(`${order[at]} ${to}`, (counts.get(`${order[at]} ${to}`) ?? 0) + 1));
    }
    return [...counts].map(([ends, texts]) => {
      const [from, to] = ends.split(' ').map(Number);
      return { from: keyOf(from), to: keyOf(to), texts };
    });
  }

  history() {
    const random = numbers(7);
    const samples = [];
    let [accepted, delivered, bytes] = [0, 0, 0];
    for (let ago = HOURS * 3_600; ago >= 0; ago -= STEP_S) {
      const swing = 1 + Math.sin(ago / 2_600) + random() * 0.3;
      const isStopped = ago > 9_000 && ago < 9_600;
      accepted += Math.round(90 * swing);
      delivered += isStopped ? Math.round(20 * swing) : Math.round(90 * swing);
      bytes += Math.round(90_000 * swing);
      samples.push({ ago_s: ago, waiting: isStopped ? Math.round((9_600 - ago) * 2) : Math.round(30 * swing), accepted, delivered, expired: 0, refused: 0, bytes_out: bytes, bytes_in: Math.round(bytes / 2), links_up: isStopped ? 2 : 4, servers: this.near.length });
    }
    return { step_s: STEP_S, samples };
  }

  /** Tells all who follow, as each second. */
  tick() {
    this.seconds += 1;
    const event = `data: ${JSON.stringify(this.network())}\n\n`;
    for (const stream of this.streams) stream.write(event);
  }

  /** Cuts all who follow off. */
  cutOff() {
    for (const stream of this.streams) stream.destroy();
    this.streams.clear();
  }

  numbersOf(prefix, most) {
    const all = Array.from({ length: 300 }, (_, at) => `555${String(at * 37).padStart(7, '0')}`).filter((number) => number.startsWith(prefix));
    const row = (number, at) => ({ number, home: nameOf(at % 5), key: keyOf(at % 5), here: at % 5 === 0, version: 1, bound: at % 2 === 0, disputed: at === 7 });
    return { numbers: all.slice(0, most).map(row), more: all.length > most };
  }

  message(state, says, { from = '5550000001', to = '5550000002', server = nameOf(this.full), for_s = 184 } = {}) {
    return { message: `${from}-${to}-0a1b2c-7`, from, to, kind: 'text', precedence: 'routine', state, for_s, server, says };
  }

  queueOf(to) {
    const says = `here, for ${nameOf(this.full)}; waiting for the link to ${nameOf(this.cut)}`;
    return { waiting: 412, given: 3, servers: [], messages: to === '5550000002' ? [this.message('queued', says), this.message('queued', says, { from: '5550000009', for_s: 12 })] : [] };
  }

  trace(what) {
    const [from, to, ...rest] = what.split('-');
    const way = (waysOf(this.near, (a, b) => a === 0 && b === this.cut).get(this.full) ?? []).map((at) => ({ name: nameOf(at), key: keyOf(at), cost: 10 }));
    if (to === undefined) {
      const home = { number: from, home: nameOf(this.full), key: keyOf(this.full), here: false, version: 1, bound: true, disputed: false };
      return { number: home, way, waiting: 2, oldest_s: 184, messages: [], says: `it is at ${nameOf(this.full)}` };
    }
    if (to === '5550000099') return { number: null, way: [], waiting: 0, oldest_s: null, messages: [], says: 'this server has no such message, and remembers none' };
    const messages = [
      this.message('delivered', 'delivered at Tower 1, 3 s old', { from, to, server: 'Tower 1', for_s: null }),
      this.message('queued', `here, for ${nameOf(this.full)}; ${way.length > 0 ? `going by ${way[0].name}` : 'there is no way there now'}`, { from, to }),
      this.message('handed on', `${nameOf(1)} has it on disk; ask there how it goes on`, { from, to, server: nameOf(1), for_s: 31 }),
      this.message('expired', 'expired at Mill 1, 604800 s old', { from, to, server: 'Mill 1', for_s: null }),
    ];
    return { number: null, way: [], waiting: 0, oldest_s: null, messages: rest.length > 0 ? messages.slice(1, 2) : messages, says: '' };
  }
}

/** Answers what is below /v1/network; says whether it was. @param {World} world */
export function answering(world) {
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://page');
    if (!pathname.startsWith('/v1/network')) return false;
    if (world.isAway) return Boolean(response.destroy());
    const given = request.headers.authorization;
    if (given === `Bearer ${NO_SCOPE}`) return problem(response, 403, 'forbidden', 'the key lacks the scope network');
    if (given !== `Bearer ${KEY}`) return problem(response, 401, 'unauthorized', 'no key, or a wrong one');
    if (pathname === '/v1/network/live') return follow(world, response);
    const most = Number(searchParams.get('most') ?? 100);
    const answers = {
      '/v1/network': () => world.network(),
      '/v1/network/history': () => world.history(),
      '/v1/network/numbers': () => world.numbersOf(searchParams.get('prefix') ?? '', most),
      '/v1/network/queue': () => world.queueOf(searchParams.get('to')),
      '/v1/network/trace': () => world.trace(searchParams.get('what')),
    };
    const make = answers[pathname];
    if (!make) return problem(response, 404, 'not found', 'there is nothing here');
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(make()));
    return true;
  };
}

function problem(response, status, title, detail) {
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ title, status, detail }));
  return true;
}

function follow(world, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(`:\n\ndata: ${JSON.stringify(world.network())}\n\n`);
  world.streams.add(response);
  response.on('close', () => world.streams.delete(response));
  return true;
}

if (process.argv[1] === import.meta.filename) {
  const world = new World({ servers: Number(process.argv[3] ?? 24), hostile: true });
  const { port } = await serve(new Gateway(), Number(process.argv[2] ?? 0), answering(world));
  setInterval(() => world.tick(), 1_000);
  console.log(`http://127.0.0.1:${port}/network with the key ${KEY}`);
}
