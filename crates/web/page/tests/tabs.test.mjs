import assert from 'node:assert/strict';
import { test } from 'node:test';
import 'fake-indexeddb/auto';
import { openDb } from '../app/db.js';
import { Lease } from '../app/tabs.js';

async function tabs() {
  const db = await openDb(`tabs-${Math.random()}`);
  const tab = (name) => {
    const heard = [];
    const lease = new Lease(db, { lead: () => heard.push('lead'), follow: () => heard.push('follow') });
    return { name, lease, heard };
  };
  return [tab('first'), tab('second')];
}

test('one tab has the lease, however often the others ask', async () => {
  const [first, second] = await tabs();
  await Promise.all([first.lease.renew(1_000), second.lease.renew(1_000)]);
  await second.lease.renew(5_000);
  await first.lease.renew(5_000);
  await second.lease.renew(12_000);
  assert.deepEqual([first.heard, second.heard], [['lead'], []]);
});

test('a tab that sleeps loses it, and hears so when it wakes up', async () => {
  const [first, second] = await tabs();
  await first.lease.renew(1_000);
  await second.lease.renew(9_001);
  await first.lease.renew(9_500);
  assert.deepEqual([first.heard, second.heard], [['lead', 'follow'], ['lead']]);
});

test('a tab that is closed leaves it at once, and a clock that was set back does not keep it', async () => {
  const [first, second] = await tabs();
  await first.lease.renew(1_000_000);
  await first.lease.end();
  await second.lease.renew(1_000_000);
  assert.deepEqual(second.heard, ['lead']);
  await first.lease.renew(1_000);
  assert.deepEqual(first.heard, ['lead', 'follow', 'lead']);
});
