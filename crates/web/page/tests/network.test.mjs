import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DOTS_MAX, Dots } from '../network/dots.js';
import { historyOf, networkOf } from '../network/feed.js';
import { filmOf, momentAt, networkAt } from '../network/film.js';
import { journey, journeyTo, questionOf } from '../network/journey.js';
import { STEP, layOut, placeAt } from '../network/layout.js';
import { edgeId, reduce, sorted, summary } from '../network/model.js';
import { POINTS_MAX, PLOTS, ceiling, pathOf, thinned, valuesOf } from '../network/series.js';
import { EventReader, Follower, Refused } from '../network/stream.js';
import { bytes, duration, nodeWords } from '../network/words.js';
import { keyOf as operatorKey, refusal } from '../network/api.js';
import { World, keyOf, numbers } from './network_world.mjs';
import { Clock, until } from './world.mjs';

const encoder = new TextEncoder();
const seen = (chunks) => {
  const events = [];
  const reader = new EventReader((data) => events.push(data));
  for (const chunk of chunks) reader.take(typeof chunk === 'string' ? encoder.encode(chunk) : chunk);
  return events;
};

test('events are the same however the bytes are cut', () => {
  const text = ':\n\ndata: {"a":"ä€😀"}\n\nevent: x\r\ndata:1\r\ndata: 2\r\rid: 7\n\ndata\n\ndata: not ended\n';
  const whole = seen([text]);
  assert.deepEqual(whole, ['{"a":"ä€😀"}', '1\n2', '']);
  const all = encoder.encode(text);
  for (let size = 1; size < 9; size += 1) {
    const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));
    assert.deepEqual(seen(chunks), whole, `pieces of ${size}`);
  }
});

test('an event without an end is not kept for ever', () => {
  const chunk = new Uint8Array(1_000_000).fill(97);
  assert.throws(() => seen(['data: ', ...Array(17).fill(chunk)]), /without an end/);
  const line = encoder.encode(`data: ${'a'.repeat(999_000)}\n`);
  assert.throws(() => seen(Array(18).fill(line)), /without an end/);
});

/** A follower with a stream that tests write to. */
function following() {
  const clock = new Clock();
  const told = { states: [], events: [], streams: [] };
  const open = (signal) => {
    if (told.refuse) throw told.refuse;
    const stream = { signal };
    const readable = new ReadableStream({ start: (to) => (stream.to = to), cancel: () => (stream.isCancelled = true) });
    told.streams.push(stream);
    return Promise.resolve(readable);
  };
  const follower = new Follower({ open, timers: clock.timers(), event: (event) => told.events.push(event), state: (state) => told.states.push(state), random: () => 1 });
  return { clock, told, follower, say: (text) => told.streams.at(-1).to.enqueue(encoder.encode(text)), last: () => told.states.at(-1) };
}

test('a stream that is cut is opened again, later each time, and at once after it went well', async () => {
  const { clock, told, follower, say, last } = following();
  follower.start();
  await until(() => told.streams.length === 1);
  say('data: 1\n\n');
  await until(() => told.events.length === 1);
  assert.equal(last().kind, 'live');
  const waits = [];
  for (let time = 0; time < 7; time += 1) {
    const streams = told.streams.length;
    told.streams.at(-1).to.close();
    await until(() => last().kind === 'cut');
    waits.push(last().wait_ms);
    clock.go(last().wait_ms - 1);
    assert.equal(told.streams.length, streams);
    clock.go(1);
    await until(() => told.streams.length === streams + 1);
  }
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  say('data: 2\n\n');
  await until(() => last().kind === 'live');
  told.streams.at(-1).to.close();
  await until(() => last().kind === 'cut');
  assert.equal(last().wait_ms, 1_000);
  follower.hurry();
  await until(() => told.streams.length === 9);
  follower.end();
});

test('silence is an end, comments are not silence, and nothing comes of what was left', async () => {
  const { clock, told, follower, say, last } = following();
  follower.start();
  await until(() => told.streams.length === 1);
  say('data: 1\n\n');
  await until(() => told.events.length === 1);
  clock.go(20_000);
  say(':\n');
  await until(() => told.streams[0].to.desiredSize === 1);
  await new Promise((resolve) => setImmediate(resolve));
  clock.go(20_000);
  assert.equal(last().kind, 'live');
  clock.go(10_000);
  assert.equal(last().kind, 'cut');
  assert.ok(told.streams[0].signal.aborted);
  await until(() => told.streams[0].isCancelled);
  follower.end();
  clock.go(100_000);
  assert.equal(told.streams.length, 1);
});

test('what is no JSON is said to be so, and a refusal stands', async () => {
  const { told, follower, say, last, clock } = following();
  follower.start();
  await until(() => told.streams.length === 1);
  say('data: {"here"\n\n');
  await until(() => last().kind === 'cut');
  assert.match(last().why, /does not understand/);
  told.refuse = new Refused('no');
  clock.go(1_000);
  await until(() => last().kind === 'refused');
  clock.go(100_000);
  assert.equal(told.streams.length, 1);
});

test('a key is one word, and refusals say what to do', () => {
  assert.equal(operatorKey('  Bearer abc-1_2=\n'), 'abc-1_2=');
  for (const wrong of ['', 'two words', 'ключ', 'a\u0000b', 'x'.repeat(513)]) assert.equal(operatorKey(wrong), null);
  assert.match(refusal(401, '').message, /does not know this key/);
  assert.match(refusal(403, '').message, /scope/);
  assert.ok(refusal(404, '') instanceof Refused && !(refusal(503, 'busy') instanceof Refused));
});

const told = (world) => networkOf(JSON.parse(JSON.stringify(world.network())));

test('what is of another form is left out, and of too much the beginning is taken', () => {
  for (const nothing of [null, 1, 'x', [], {}, { here: 3 }]) assert.equal(networkOf(nothing), null);
  const odd = networkOf({ here: 'a', servers: [null, {}, { key: 'a', waiting: 'many', oldest_s: NaN, at: [1, 'x'], links: ['b', 4], way: 'a' }], links: [null, { rtt_s: '1' }], moves: [{ from: 'a', to: 'b', texts: -1 }], holds: { a: 1, b: 'x' } });
  assert.deepEqual(odd.servers.map(({ key, waiting, oldest_s, at, links, way }) => ({ key, waiting, oldest_s, at, links, way })), [{ key: 'a', waiting: 0, oldest_s: null, at: null, links: ['b'], way: [] }]);
  assert.deepEqual([odd.links.length, odd.links[1].rtt_s, odd.moves, odd.holds], [2, null, [], { a: 1 }]);
  const many = networkOf({ here: 'a', servers: Array.from({ length: 5_000 }, (_, at) => ({ key: `${at}` })) });
  assert.deepEqual([many.servers.length, many.leftOut], [2_000, 3_000]);
  assert.deepEqual(historyOf({}), { step_s: 1, samples: [] });
});

test('states of servers and links follow from what is told', () => {
  const picture = reduce(null, told(new World({ servers: 24 })), 0);
  const of = (wanted) => [...picture.nodes.values()].filter(({ state }) => state === wanted);
  assert.deepEqual([of('full').length, of('slow').length], [1, 1]);
  assert.ok(of('down').some(({ key, name }) => key === null && name === '198.51.100.7:10400'));
  assert.equal(sorted(picture.nodes.values())[0].state, 'down');
  const edge = [...picture.edges.values()].find(({ state }) => state === 'slow');
  assert.ok(edge.isOwn && edge.link.rtt_s > 1);
  assert.ok([...picture.edges.values()].some(({ isOwn, isDoubted }) => !isOwn && !isDoubted));
  const { servers, states: sums, links, linksUp } = summary(picture);
  assert.equal(servers, sums.up + sums.slow + sums.full + sums.down);
  assert.equal(linksUp, links - 2);
});

test('rates are differences, and none after a start or another server', () => {
  const world = new World({ servers: 9 });
  const first = reduce(null, told(world), 0);
  const own = [...world.near[0]].find((to) => to !== world.cut);
  assert.equal(first.rates.get(keyOf(own)).bytes_out, null);
  world.seconds += 2;
  const second = reduce(first, told(world), 2_000);
  assert.equal(second.rates.get(keyOf(own)).bytes_out, 5_200);
  const anew = told(world);
  for (const link of anew.links) [link.bytes_out, link.up_s] = [link.bytes_out + 10, 1];
  assert.equal(reduce(second, anew, 3_000).rates.get(keyOf(own)).bytes_out, null);
});

test('texts over links are counted for a minute', () => {
  const world = new World({ servers: 9 });
  const own = [...world.near[0]].find((to) => to !== world.cut);
  const one = () => ({ ...told(world), moves: [{ from: keyOf(0), to: keyOf(own), texts: 3 }, { from: keyOf(own), to: keyOf(0), texts: 2 }] });
  let picture = null;
  for (let second = 0; second < 90; second += 1) picture = reduce(picture, one(), second * 1_000);
  assert.equal(picture.edges.get(edgeId(keyOf(own), keyOf(0))).perMinute, 300);
  assert.equal(picture.lately.length, 60);
});

test('names from elsewhere cannot steer, and nobody passes for another', () => {
  const { nodes } = reduce(null, told(new World({ servers: 12, hostile: true })), 0);
  const names = [...nodes.values()].map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.equal(nodes.get(keyOf(0)).name, 'Camp 1');
  assert.match(nodes.get(keyOf(4)).name, /^Camp 1 \([0-9a-f]{8}\)$/);
  assert.ok(names.every((name) => !/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(name)));
  assert.match(nodeWords(nodes.get(keyOf(3))), /^Mill\ufffd\ufffd\[2J <b>evil<\/b>: /);
});

const graph = (world) => {
  const { nodes, edges } = reduce(null, told(world), 0);
  return { ids: [...nodes.keys()], pairs: [...edges.values()] };
};

const moved = (before, after) => [...before].map(([id, { x, y }]) => Math.hypot(after.get(id).x - x, after.get(id).y - y));

test('the same network has the same picture, in whatever order it is told', () => {
  const { ids, pairs } = graph(new World({ servers: 120 }));
  const first = layOut(ids, pairs);
  const random = numbers(3);
  const other = layOut([...ids].sort(() => random() - 0.5), pairs.map(({ a, b }) => ({ a: b, b: a })).reverse());
  assert.deepEqual(Object.fromEntries(first), Object.fromEntries(other));
});

test('a server that comes or a link that goes moves no other', () => {
  const { ids, pairs } = graph(new World({ servers: 60 }));
  const first = layOut(ids, pairs);
  const more = layOut([...ids, 'new'], [...pairs, { a: 'new', b: ids[5] }], first);
  assert.equal(Math.max(...moved(first, more)), 0);
  const place = more.get('new');
  const apart = Math.hypot(place.x - first.get(ids[5]).x, place.y - first.get(ids[5]).y);
  assert.ok(apart > STEP * 0.4 && apart < STEP * 2.5, `${apart}`);
  assert.equal(Math.max(...moved(first, layOut(ids, pairs.slice(3), first))), 0);
});

test('neighbours stand near, nobody on another, and parts beside each other', () => {
  const shapes = {
    line: Array.from({ length: 11 }, (_, at) => [at, at + 1]),
    ring: Array.from({ length: 12 }, (_, at) => [at, (at + 1) % 12]),
    star: Array.from({ length: 11 }, (_, at) => [0, at + 1]),
    two: [[0, 1], [1, 2], [3, 4]],
    none: [],
  };
  for (const [name, links] of Object.entries(shapes)) {
    const ids = Array.from({ length: 12 }, (_, at) => `${at}`);
    const places = layOut(ids, links.map(([a, b]) => ({ a: `${a}`, b: `${b}` })));
    const apart = (a, b) => Math.hypot(places.get(a).x - places.get(b).x, places.get(a).y - places.get(b).y);
    for (const [a, b] of links) assert.ok(apart(`${a}`, `${b}`) < STEP * 1.6, `${name} ${a} ${b} ${apart(`${a}`, `${b}`)}`);
    for (const a of ids) for (const b of ids) assert.ok(a === b || apart(a, b) > STEP * 0.5, `${name} ${a} ${b} ${apart(a, b)}`);
  }
});

test('places that are told count, north above, and others stand beside their neighbours', () => {
  const servers = [{ id: 'a', at: [0, 0] }, { id: 'b', at: [10, 0] }, { id: 'c', at: [10, 20] }, { id: 'd', at: null }, { id: 'e', at: [10, 20] }];
  const places = placeAt(servers, [{ a: 'a', b: 'd' }]);
  assert.ok(places.get('b').x > places.get('a').x && places.get('c').y < places.get('b').y);
  assert.ok(Math.hypot(places.get('d').x - places.get('a').x, places.get('d').y - places.get('a').y) < STEP * 2);
  assert.ok(Math.hypot(places.get('e').x - places.get('c').x, places.get('e').y - places.get('c').y) > STEP * 0.5);
});

const nearest = (places, id) => Math.min(...[...places].filter(([other]) => other !== id).map(([, { x, y }]) => Math.hypot(x - places.get(id).x, y - places.get(id).y)));

test('who comes later finds a free place, in a crowd and without a link', () => {
  for (const servers of [60, 600]) {
    const { ids, pairs } = graph(new World({ servers }));
    const first = layOut(ids, pairs);
    const comers = Array.from({ length: 30 }, (_, at) => `new ${at}`);
    const crowd = layOut([...ids, ...comers], [...pairs, ...comers.map((a) => ({ a, b: ids[0] }))], first);
    assert.equal(Math.max(...moved(first, crowd)), 0);
    for (const id of comers) assert.ok(nearest(crowd, id) > STEP * 0.6, `${nearest(crowd, id)}`);
    const alone = layOut([...ids, 'alone'], pairs, first);
    const lowest = Math.max(...[...first.values()].map(({ y }) => y));
    assert.ok(alone.get('alone').y > lowest && alone.get('alone').y < lowest + 2 * STEP);
  }
});

test('links are never taken for each other', () => {
  const nothing = { to: null, name: null, address: null, state: 'down' };
  const twice = [{ to: 'b', address: 'old', state: 'down' }, { to: 'b', address: 'new', state: 'up' }];
  const { links } = networkOf({ here: 'a', links: [nothing, nothing, ...twice] });
  assert.deepEqual(links.map(({ id }) => id), ['?', '? #2', 'b #2', 'b']);
  const { nodes, edges } = reduce(null, networkOf({ here: 'a', servers: [{ key: 'a', here: true, cost: 0 }, { key: 'b', cost: 1 }], links: [nothing, nothing, ...twice] }), 0);
  assert.deepEqual([...nodes.keys()].sort(), ['?', '? #2', 'a', 'b']);
  assert.equal(edges.get(edgeId('a', 'b')).state, 'up');
});

test('a large network is laid out with work that is bounded', () => {
  const { ids, pairs } = graph(new World({ servers: 2_000 }));
  const places = layOut(ids, pairs);
  assert.equal(places.size, ids.length);
  for (const id of ids.slice(0, 200)) assert.ok(nearest(places, id) > STEP * 0.6, id);
  assert.ok([...places.values()].every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)));
});

test('dots are never more than so many, and all links have their turn', () => {
  const dots = new Dots();
  const moves = Array.from({ length: 1_000 }, (_, at) => ({ from: `${at}`, to: 'x', texts: 50 }));
  const seenFrom = new Set();
  for (let second = 0; second < 20; second += 1) {
    dots.add(moves, second * 1_000);
    assert.ok(dots.all.length <= DOTS_MAX, `${dots.all.length}`);
    for (const { from } of dots.all) seenFrom.add(from);
  }
  assert.ok(seenFrom.size > 900, `${seenFrom.size}`);
  dots.drop(1_000_000);
  assert.equal(dots.all.length, 0);
  dots.add([{ from: 'a', to: 'b', texts: 1 }], 0);
  const drawn = [];
  dots.each(dots.all[0].starts + 550, (id) => ({ a: { x: 0, y: 0 }, b: { x: 10, y: 20 } })[id], (x, y) => drawn.push([x, y]));
  assert.deepEqual(drawn, [[5, 10]]);
});

test('a question is understood as people write it', () => {
  assert.equal(questionOf(' 555 000 0001 '), '5550000001');
  for (const way of ['5550000001-5550000002', '555 000 0001 → 555 000 0002', '5550000001 to 5550000002', '5550000001 – 5550000002']) assert.equal(questionOf(way), '5550000001-5550000002');
  assert.equal(questionOf('5550000001-5550000002-0a1b2c-7'), '5550000001-5550000002-0a1b2c-7');
  for (const wrong of ['', '555', 'Ann', '5550000001-5', '5550000001-5550000002-x']) assert.equal(questionOf(wrong), null);
});

test('a journey says where a text is, for how long, and by whose word', () => {
  const world = new World({ servers: 24 });
  const picture = reduce(null, told(world), 0);
  const { way } = world.trace('5550000002');
  const { messages } = world.trace('5550000001-5550000002');
  const [delivered, queued, handedOn, expired] = messages.map((message) => journey(message, way, picture));
  assert.deepEqual(delivered.map(({ state }) => state), ['done', 'done', 'done', 'done']);
  assert.match(delivered[2].says, /Says the server where it ended, by its receipt/);
  assert.deepEqual(queued.map(({ state }) => state), ['done', 'now', ...way.map(() => 'later'), 'later']);
  assert.match(queued[1].title, /Camp 1 \(this server\)/);
  assert.match(queued[1].says, /for 3 min 4 s now\. Says this server/);
  assert.match(queued[2].says, /link up/);
  assert.match(handedOn[2].says, /ask there.*31 s ago; says this server/);
  assert.equal(handedOn.length, 3 + way.length - 1 + 1);
  assert.deepEqual(expired.map(({ state }) => state), ['done', 'done', 'ended', 'later']);
  const stuck = journey({ ...messages[1], server: 'Mill 1' }, [], picture);
  assert.match(stuck[2].says, /no way there now/);
  for (const state of ['in mailbox', 'handed out', 'in the line', 'unclaimed', 'passed on', 'refused', 'something new']) {
    const steps = journey({ ...messages[0], state, for_s: null, server: null }, [], picture);
    assert.ok(steps.length >= 3 && steps.every(({ title }) => title !== ''), state);
  }
  const to = journeyTo(world.trace('5550000002'), picture);
  assert.match(to[0].says, /2 messages for it here/);
  assert.equal(to.length, way.length + 2);
});

test('histories become rates with gaps, and few points that still show the most', () => {
  const history = historyOf(new World({ servers: 4 }).history());
  const few = thinned(history);
  assert.ok(few.length <= POINTS_MAX && few.at(-1).ago_s === 0);
  assert.equal(Math.max(...few.map(({ waiting }) => waiting)), Math.max(...history.samples.map(({ waiting }) => waiting)));
  const sample = (ago_s, accepted) => ({ ...few[0], ago_s, accepted });
  const [accepted] = valuesOf(PLOTS[1], [sample(30, 100), sample(20, 110), sample(10, 4), sample(0, 5)]);
  assert.deepEqual(accepted, [null, 60, null, 6]);
  assert.equal(pathOf(accepted, 60, 30, 60), 'M10.0 0.0M30.0 54.0');
  assert.deepEqual([0, 0.3, 1, 3, 70, 101].map(ceiling), [1, 0.5, 1, 5, 100, 200]);
});

test('figures are short', () => {
  assert.deepEqual([0.0123, 3.21, 59.9, 61, 3_600, 90_000, 900_000].map(duration), ['12 ms', '3.2 s', '59 s', '1 min 1 s', '1 h', '1 d 1 h', '10 d']);
  assert.deepEqual([0, 999, 1_500, 25_000_000].map(bytes), ['0 B', '999 B', '1.5 kB', '25 MB']);
});

test('what was handed on is not said to be on its way, nor to have come', () => {
  const picture = /** @type {any} */ ({ nodes: new Map(), network: { here: '', name: 'Camp 1' } });
  const message = /** @type {any} */ ({ state: 'handed on', server: 'Camp 5', says: 'Camp 5 has it on disk', from: '5550000001', to: '5550000005', kind: 'text', for_s: 3 });
  const [last, reader] = journey(message, [], picture).slice(-2);
  assert.equal(last?.mark, 'last known here');
  assert.deepEqual([reader?.says, reader?.mark], ['may have it: Camp 5 knows more', 'not known here']);
});

/** Two servers and a link: it comes up, carries, and its end crashes. */
function smallFilm() {
  return filmOf({
    title: 'World', version: '1', outcome: 'All is well.', kept: true,
    servers: [{ key: 'aa', name: 'server 1' }, { key: 'bb', name: 'server 2' }],
    links: [[0, 1], [0, 7], 'odd'],
    frames: [
      { at_s: 0, servers: [[0, true, 0, 'runs'], [1, true, 0, 'runs'], [9, true, 0, '']], links: [[0, 'down', null, null, 0]] },
      { at_s: 2, servers: [], links: [[0, 'up', 0.1, 0, 3]], moves: [[0, 2, 1], [5, 1, 1]], says: [] },
      { at_s: 5, servers: [[0, true, 4, 'runs']], links: [], moves: [[0, 1, 0]], says: [] },
      { at_s: 6, servers: [[1, false, 0, 'runs']], links: [[0, 'down', null, null, 0]], says: ['server 2 has crashed'] },
    ],
  });
}

test('a film is put together from what changes, and is looked at anywhere', () => {
  const film = smallFilm();
  assert.deepEqual([-1, 0, 1.9, 2, 5.5, 100].map((at_s) => momentAt(film, at_s)), [0, 0, 0, 1, 2, 3]);
  const picture = (now, since) => reduce(null, networkOf(networkAt(film, now, since)), 0);
  const at5 = picture(2, 0);
  assert.deepEqual([...at5.nodes.values()].map(({ name, waiting, state }) => [name, waiting, state]), [['server 1', 4, 'up'], ['server 2', 0, 'up']]);
  assert.deepEqual(at5.network.moves, [{ from: 'aa', to: 'bb', texts: 3 }, { from: 'bb', to: 'aa', texts: 1 }]);
  assert.deepEqual([...at5.edges.values()].map(({ id, isOwn, state, link }) => [id, isOwn, state, link.waiting]), [['aa bb', true, 'up', 3]]);
  const [, end] = picture(3).nodes.values();
  assert.equal(nodeWords(end), 'server 2: does not run, nothing waits');
  assert.deepEqual(picture(3).network.moves, []);
});

test('what is no film is none', () => {
  for (const value of [null, 1, 'x', [], {}, { servers: [{}] }, { frames: [{}] }, { servers: 3, frames: [{}] }]) assert.equal(filmOf(value), null);
});
