/**
 * Groups and roll calls in a real browser, with a group's program of the tests.
 *
 *     node --test tests/groups.mjs
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GroupProgram } from './group.mjs';
import { SCREEN, SMALL, go, isTooWide, options, shoot, take, violations, visit } from './people.mjs';
import { serve } from './serve.mjs';
import { Browser, until } from './world.mjs';

const [ANN, BEN, CLEO, GROUP] = ['5550000001', '5550000002', '5550000003', '5550000100'];
const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

/** Ben joins by a press, Ann lets him in by one. */
async function join(ben, ann, name) {
  await ben.locator('nav').getByRole('button', { name: 'New text' }).click();
  await press(ben, 'Join a group');
  await ben.getByLabel('Number of the group').fill(GROUP);
  await ben.getByLabel('What it is to call you').fill(name);
  await press(ben, 'Ask to be let in');
  await ben.locator('.out .text', { hasText: `as ${name}` }).waitFor();
  await go(ann, `#${GROUP}/group`);
  await ann.locator('.notice', { hasText: 'asks to be let in' }).waitFor();
  await ann.locator('.notice').getByRole('button', { name: 'Let in' }).click();
  await ben.locator('.in .text', { hasText: 'You are in Shaft 2 now' }).waitFor();
}

async function hasGroup(page) {
  await page.locator('nav .tag').waitFor();
}

test('one joins by a press, is let in by one, and leaves by one', options, async () => {
  const server = await serve();
  const [ann, ben] = [await visit(server), await visit(server)];
  await take(ann, ANN);
  await take(ben, BEN);
  const program = await GroupProgram.begin(server.gateway, { number: ANN, name: 'Ann' });
  await hasGroup(ann);
  await join(ben, ann, 'Ben');
  await ben.fill('#line', 'The pump is out');
  await press(ben, 'Send');
  await go(ann, `#${GROUP}`);
  await ann.locator('.in .by', { hasText: 'Ben' }).waitFor();
  assert.equal(await ann.locator('.in .text').last().textContent(), 'The pump is out');
  await press(ben, 'Group');
  await press(ben, 'Ask who is in it');
  await ben.locator('.members li', { hasText: 'Ann' }).locator('.tag').waitFor();
  await ben.getByText('You are no moderator.').waitFor();
  await press(ben, 'Another name');
  await ben.getByLabel('What the group calls you').fill('Benjamin');
  await press(ben, 'Name me so');
  await ben.locator('.members li', { hasText: 'Benjamin' }).waitFor();
  await press(ben, 'Leave');
  await ben.locator('dialog').getByRole('button', { name: 'Leave' }).click();
  await ben.getByText('You are not in it.').waitFor();
  assert.equal(program.members.has(BEN), false);
  assert.deepEqual([...ann.problems, ...ben.problems], []);
  server.close();
});

test('a moderator adds, changes and takes out', options, async () => {
  const server = await serve();
  const ann = await visit(server, { viewport: SCREEN });
  await take(ann, ANN);
  const program = await GroupProgram.begin(server.gateway, { number: ANN, name: 'Ann' });
  await hasGroup(ann);
  await go(ann, `#${GROUP}/group`);
  await press(ann, 'Ask who is in it');
  await ann.locator('.members li', { hasText: 'you' }).waitFor();
  await ann.getByLabel('Number').fill('555 000 0002');
  await ann.getByLabel('Name in the group').fill('Roll call');
  await press(ann, 'Let in');
  await ann.getByText('A name has at most 20 letters').waitFor();
  await ann.getByLabel('Name in the group').fill('Ben');
  await press(ann, 'Let in');
  await press(ann, 'Change Ben');
  await ann.locator('dialog').getByLabel('Name in the group').fill('Benny');
  await press(ann, 'Name so');
  await press(ann, 'Change Benny');
  await press(ann, 'Take out');
  await until(() => !program.members.has(BEN));
  await ann.locator('.members li', { hasText: 'Benny' }).waitFor({ state: 'detached' });
  assert.deepEqual(ann.problems, []);
  server.close();
});

test('a roll is called, and answered by a press; what came of it is there when the page is opened again', options, async () => {
  const server = await serve();
  const [ann, ben] = [await visit(server), await visit(server)];
  await take(ann, ANN);
  await take(ben, BEN);
  const program = await GroupProgram.begin(server.gateway, { number: ANN, name: 'Ann' });
  const cleo = await Browser.begin(server.gateway, { number: CLEO });
  await cleo.attached();
  await hasGroup(ann);
  await join(ben, ann, 'Ben');
  program.letIn(CLEO, 'Cleo');
  await go(ann, `#${GROUP}/group`);
  await ann.getByLabel('What all are asked').fill('All out of shaft 2?');
  await ann.getByLabel('Urgency').selectOption('flash');
  await press(ann, 'Call the roll');
  await ann.getByText('0 of 2 have answered').waitFor();
  await ann.getByText('2 without an answer').waitFor();
  await ben.getByText('Roll call by Ann').waitFor();
  await press(ben, 'OK');
  await ben.getByText('You have answered: OK (delivered)').waitFor();
  await ann.getByText('1 of 2 have answered').waitFor();
  assert.equal(await ann.locator('.silent li').textContent(), 'Cleo');
  const again = await ann.context().newPage();
  await ann.close();
  await again.goto(`${ann.url0}#${GROUP}/group`);
  await again.locator('.answers .ok', { hasText: 'Ben' }).waitFor();
  await again.getByText('attached to Camp 1').waitFor();
  await cleo.send(GROUP, 'My leg is broken');
  await again.locator('.answers .other', { hasText: 'My leg is broken' }).waitFor();
  await again.getByText('It has ended.').waitFor();
  await again.getByText('All whom it has named have answered.').waitFor();
  assert.deepEqual(ben.problems, []);
  server.close();
});

for (const colorScheme of ['light', 'dark']) {
  test(`everybody can use groups (${colorScheme}), from 320 pixels on`, options, async () => {
    for (const viewport of [SMALL, SCREEN]) {
      const server = await serve();
      const ann = await visit(server, { viewport, colorScheme, bypassCSP: true });
      const ben = await visit(server, { viewport, colorScheme, bypassCSP: true });
      const look = async (page, view) => {
        await shoot(page, view);
        assert.deepEqual(await violations(page), [], view);
        assert.equal(await isTooWide(page), false, view);
      };
      await take(ann, ANN);
      await take(ben, BEN);
      const program = await GroupProgram.begin(server.gateway, { number: ANN, name: 'Ann' });
      const cleo = await Browser.begin(server.gateway, { number: CLEO });
      await cleo.attached();
      await hasGroup(ann);
      program.letIn(CLEO, 'Cleo Konstantinopel');
      program.letIn(BEN, 'Ben');
      await go(ben, `#${GROUP}`);
      await press(ben, 'Accept');
      await cleo.send(GROUP, 'The pump of shaft 2 is out.\nWho has a spare one?');
      await ben.locator('.by', { hasText: 'Cleo' }).waitFor();
      await look(ben, 'group-thread');
      await go(ann, `#${GROUP}/group`);
      await ann.getByLabel('What all are asked').fill('All out of shaft 2?');
      await press(ann, 'Call the roll');
      await ben.getByText('Roll call by Ann').waitFor();
      await look(ben, 'roll-asked');
      await cleo.send(GROUP, 'My leg is broken');
      await ann.locator('.answers .other').waitFor();
      await look(ann, 'roll-board');
      await ben.locator('.notice').getByRole('button', { name: 'OK' }).click();
      await ben.getByText('You have answered').waitFor();
      await look(ben, 'roll-answered');
      await ann.locator('.members').scrollIntoViewIfNeeded();
      await look(ann, 'group-members');
      await go(ann, '');
      await look(ann, 'group-list');
      await ann.context().close();
      await ben.context().close();
      server.close();
    }
  });
}
