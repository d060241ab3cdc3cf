import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Index, fold, wordsOfSearch } from '../app/search.js';
import { Gateway } from './gateway.mjs';
import { Browser } from './world.mjs';

const [ANN, BEN, CLEO] = ['5550000001', '5550000002', '5550000003'];

async function indexed() {
  const ann = await Browser.begin(new Gateway(), { number: ANN });
  const index = new Index(ann.db);
  const find = async (typed, limit = 10) => {
    await index.look();
    const { count, found } = index.find(wordsOfSearch(typed), limit);
    return [count, ...(await Promise.all(found.map(({ peer, id }) => ann.profile.text(peer, id)))).map((text) => text?.text)];
  };
  return { ann, index, find };
}

test('a text is found by any of its letters, all of what is typed, the newest first', async () => {
  const { ann, find } = await indexed();
  for (const [to, text] of [[BEN, 'The pump is out'], [CLEO, 'Grüße vom Pumpwerk, Émile'], [BEN, 'Spare pump, 20 m']]) await ann.profile.compose({ to, text });
  assert.deepEqual(await find('PUMP'), [3, 'Spare pump, 20 m', 'Grüße vom Pumpwerk, Émile', 'The pump is out']);
  assert.deepEqual(await find('pump out'), [1, 'The pump is out']);
  assert.deepEqual(await find('grusse emile'), [0]);
  assert.deepEqual(await find('gruße emile'), [1, 'Grüße vom Pumpwerk, Émile']);
  assert.deepEqual(await find('pump', 1), [3, 'Spare pump, 20 m'], 'all are counted');
  assert.deepEqual(await find('.*'), [0]);
});

test('what is written, or taken back, after a search is known to the next one', async () => {
  const { ann, find } = await indexed();
  assert.deepEqual(await find('pump'), [0]);
  const id = await ann.profile.compose({ to: BEN, text: 'pump' });
  assert.deepEqual(await find('pump'), [1, 'pump']);
  await ann.profile.withdraw(BEN, id);
  assert.deepEqual((await find('pump')).slice(1), [undefined]);
});

test('a text in parts is found across them, in whatever order they were read', async () => {
  const { ann, find } = await indexed();
  const text = `${'x'.repeat(158)}needle${'y'.repeat(400)}`;
  await ann.profile.compose({ to: BEN, text });
  assert.deepEqual(await find('needle'), [1, text]);
});

test('more texts than are read at once are all read, and said as they are', async () => {
  const { ann, index } = await indexed();
  const of = { direction: 'in', peer: BEN, epoch: 1, part: 1, parts: 1, state: 'verified', at: 1 };
  await new Promise((resolve, reject) => {
    const tx = ann.db.transaction('messages', 'readwrite');
    for (let count = 1; count <= 4_100; count += 1) tx.objectStore('messages').put({ ...of, id: count, textId: count, count, text: `text ${count}` });
    tx.oncomplete = resolve;
    tx.onabort = reject;
  });
  const seen = [];
  await index.look(() => seen.push(index.find(['text'], 1)));
  assert.deepEqual(seen.map(({ count }) => count), [2_000, 4_000, 4_100]);
  assert.equal(seen[0].found[0].id, 4_100, 'the newest first');
});

test('accents do not count', () => {
  assert.equal(fold('ÀÉÎõü Ñ'), 'aeiou n');
});
