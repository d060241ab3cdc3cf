/** A group: its roll call, its members, and what its script lets one do. */

import { fromWritten } from '../protocol/number.js';
import { dialog, fill, h, keep } from './dom.js';
import { isOk, silent, whoOf } from './group_words.js';
import { memberName } from './said.js';
import { wordsOf } from './session.js';
import { aboutContact } from './sheets.js';
import { clock, line, shown, spaced } from './shown.js';
import { stateWords } from './states.js';
import { urgencySelect } from './urgency.js';
import { called } from './words.js';

/** @typedef {import('./groups.js').Group} Group */
/** @typedef {import('./said.js').Member} Member */

const STANDING = { asked: 'You have asked to be let in.', in: 'You are in it.', out: 'You are not in it.' };
const NAME_RULE = 'A name has at most 20 letters, digits, blanks and -_.’ with a letter among them.';

export class GroupPane {
  /** @param {import('./page.js').Page} page @param {string} peer */
  constructor(page, peer) {
    this.page = page;
    this.peer = peer;
    this.isLeft = false;
    /** What sections show. @type {Map<Element, string>} */
    this.stamps = new Map();
    this.title = h('h1', { tabindex: -1 });
    this.number = h('span', { class: 'quiet' }, spaced(peer));
    this.standing = h('div', {});
    this.board = h('div', {});
    this.members = h('div', {});
    this.list = h('ul', { class: 'members' });
    this.requests = h('div', {});
    this.caller = this.callForm();
    this.adder = this.addForm();
    const back = h('a', { href: `#${peer}`, class: 'back always', 'aria-label': 'Back to the texts' }, '‹');
    this.rollCard = h('div', { class: 'card' }, h('h2', {}, 'Roll call'), this.board, this.caller);
    this.memberCard = h('div', { class: 'card' }, h('h2', {}, 'Members'), this.members, this.requests, this.list, this.adder);
    const about = h('button', { onclick: () => aboutContact(page, peer) }, 'Contact');
    this.element = h('section', { class: 'settings group', 'aria-label': 'Group' },
      h('div', { class: 'row head' }, back, h('div', { class: 'who' }, this.title, this.number), about),
      this.rollCard, h('div', { class: 'card' }, h('h2', {}, 'You'), this.standing), this.memberCard);
  }

  enter() {
    this.title.focus();
  }

  leave() {
    this.isLeft = true;
  }

  /** Says something to the group. @param {string[]} texts @param {number} [precedence] */
  async say(texts, precedence = 0) {
    try {
      for (const text of texts) await this.page.profile.compose({ to: this.peer, text, precedence });
    } catch (error) {
      this.page.notice(`Nothing was kept: ${wordsOf(error)}`);
      return false;
    }
    this.page.hub.wrote();
    return true;
  }

  async draw() {
    const { profile } = this.page;
    const [contact, group] = [await profile.contact(this.peer), await profile.group(this.peer)];
    if (this.isLeft) return;
    this.title.textContent = called(contact, group);
    const own = group?.calling ?? (group?.roll?.by === null ? group.roll : null);
    const call = own && (await profile.text(this.peer, own.textId));
    const state = call ? stateWords(call.known, (id) => this.page.named(id)) : '';
    this.section(this.standing, [group], () => this.drawStanding(group));
    const [isIn, mayModerate] = [group?.standing === 'in', group !== null && group.isModerator !== false];
    this.rollCard.hidden = !isIn || (!mayModerate && !group?.roll);
    this.memberCard.hidden = !isIn;
    this.caller.hidden = this.adder.hidden = !mayModerate;
    if (group === null) return;
    const now = group;
    this.section(this.board, [now, state], () => this.drawBoard(now, state));
    this.section(this.members, [group], () => this.drawMembers(now));
    const { requests } = group;
    this.section(this.requests, requests, () => requests.map((one) => this.request(one)));
    const isModerator = group.isModerator === true;
    keep(this.list, group.members ?? [], ({ number }) => number, (one) => JSON.stringify([one, isModerator]), (one) => this.member(one, isModerator));
  }

  /** Draws a part anew if what it shows has changed. @param {HTMLElement} place @param {unknown} what @param {() => import('./dom.js').Child[]} make */
  section(place, what, make) {
    const stamp = JSON.stringify(what);
    if (this.stamps.get(place) === stamp) return;
    this.stamps.set(place, stamp);
    fill(place, ...make());
  }

  /** @param {Group | null} group */
  drawStanding(group) {
    const join = h('button', { class: 'main', onclick: () => joinGroup(this.page, this.peer) }, 'Ask to be let in');
    if (group === null) return [h('p', {}, 'Nothing shows that this number is a group’s.'), h('div', { class: 'actions' }, join)];
    const moderates = group.isModerator === null ? '' : group.isModerator ? ' You are a moderator.' : ' You are no moderator.';
    const isOpen = group.isOpen === null ? '' : group.isOpen ? ' Anybody may join.' : ' Moderators let others in.';
    const none = h('button', { onclick: () => this.putAside() }, 'This is no group');
    const own = [
      h('button', { onclick: () => this.rename() }, 'Another name'),
      h('button', { onclick: () => this.say(['/tally']) }, 'Whom my last text has reached'),
      h('button', { class: 'danger', onclick: () => this.askLeave() }, 'Leave'),
    ];
    const actions = group.standing === 'in' ? own : [join, none];
    const says = group.standing === 'in' ? `${STANDING.in}${moderates}${isOpen}` : STANDING[group.standing];
    return [h('p', {}, says), h('p', { class: 'quiet' }, 'All of this is what the group has said. It hands on what its members text: whoever runs it can read that.'), h('div', { class: 'actions' }, ...actions)];
  }

  /** @param {Group} group @param {string} state of the text that calls */
  drawBoard(group, state) {
    const { calling, roll } = group;
    const waits = calling && h('div', { class: 'notice' },
      h('p', {}, calling.isRefused ? 'The group has not called the roll: its last text says why.' : `It begins once the group has it. ${state}.`),
      h('p', { class: 'quote' }, shown(calling.text)));
    if (roll === null) return [waits, !calling && h('p', { class: 'quiet' }, 'None has been called yet, as far as is known here.')];
    return [waits, ...this.drawRoll(group, roll)];
  }

  /** @param {Group} group @param {import('./groups.js').Roll} roll */
  drawRoll(group, roll) {
    const { asked, answers, tally, isOver } = roll;
    const [by, which] = [roll.by === null ? 'you' : line(roll.by), roll.which === null ? 'The last' : `Number ${roll.which}`];
    const head = [
      h('p', {}, h('strong', {}, isOver ? 'It has ended. ' : 'It is under way. '), `${which}, by ${by}, ${clock(roll.at)}.`),
      h('p', { class: 'quote', dir: 'auto' }, shown(roll.text)),
    ];
    if (group.isModerator !== true) return [...head, h('p', { class: 'quiet' }, 'The answers go to moderators.')];
    const left = silent(group, this.page.profile.number);
    const sorted = [...answers].sort((one, other) => Number(isOk(one.text)) - Number(isOk(other.text)) || other.at - one.at);
    const count = asked === null ? `${answers.length} have answered` : `${answers.length} of ${asked} have answered`;
    return [
      ...head,
      asked !== null && h('progress', { max: Math.max(asked, 1), value: Math.min(answers.length, asked), 'aria-label': 'Answered' }),
      h('p', { class: 'answered', role: 'status' }, count),
      tally && h('p', { class: 'quiet' }, `${tallyWords(tally)} (${clock(roll.tallyAt)})`),
      h('ul', { class: 'answers' }, ...sorted.map((one) => answer(one))),
      ...this.drawSilent(group, roll, left),
      !isOver && h('div', { class: 'actions' },
        h('button', { onclick: () => this.say(['/tally']) }, 'How many have it?'),
        h('button', { onclick: () => this.say(['/end']) }, 'End it')),
    ];
  }

  /** @param {Group} group @param {import('./groups.js').Roll} roll @param {Member[] | null} left */
  drawSilent(group, roll, left) {
    const who = h('button', { onclick: () => this.say(['/who']) }, 'Ask who is in it');
    if (left === null) return [h('p', {}, 'The group has not said who is in it. '), who];
    const more = group.more > 0 ? ` Of ${group.more} more the group has not said the names.` : '';
    if (left.length === 0) return [h('p', {}, `All whom it has named have answered.${more}`)];
    return [h('h3', {}, `${left.length} without an answer`), h('ul', { class: 'answers silent' }, ...left.map((one) => h('li', {}, nameOf(one)))), more !== '' && h('p', { class: 'quiet' }, more)];
  }

  /** @param {Group} group */
  drawMembers(group) {
    const count = group.count === null ? 'It has not said how many are in it.' : `${group.count} are in it.`;
    const named = group.members === null ? 'Their names have not been asked for.' : `As it said ${clock(group.listedAt)}${group.more ? `, without ${group.more} more` : ''}:`;
    const doors = group.isModerator === true && [
      h('button', { onclick: () => this.say(['/open']) }, 'Let anybody join'),
      h('button', { onclick: () => this.say(['/closed']) }, 'Moderators let in'),
    ];
    return [h('p', {}, `${count} ${named}`), h('div', { class: 'actions' }, h('button', { onclick: () => this.say(['/who']) }, 'Ask who is in it'), ...(doors || []))];
  }

  /** @param {{ who: string, number: string }} one */
  request({ who, number }) {
    const name = /^[0-9]{10}$/.test(who) ? '' : (memberName(who.replace(/ \(unverified\)$/, '')) ?? '');
    const dismiss = () => this.page.profile.changeGroup(this.peer, (group) => ({ ...group, requests: group.requests.filter((other) => other.number !== number) })).then(() => this.page.hub.wrote());
    return h('div', { class: 'notice' }, h('p', {}, `${line(who)}, ${spaced(number)}, asks to be let in.`),
      h('div', { class: 'actions' },
        h('button', { class: 'main', onclick: () => this.say([`/add ${number}${name && ` ${name}`}`]) }, 'Let in'),
        h('button', { onclick: dismiss }, 'Put away')));
  }

  /** @param {Member} member @param {boolean} mayChange */
  member(member, mayChange) {
    const { number, isModerator } = member;
    const isOwn = number === this.page.profile.number;
    const what = h('span', { class: 'who' }, h('strong', {}, nameOf(member)), ` ${isOwn ? 'you' : ''} `, member.name && h('span', { class: 'quiet' }, spaced(number)), isModerator && h('span', { class: 'tag' }, 'moderator'));
    const change = mayChange && !isOwn && h('button', { 'aria-label': `Change ${nameOf(member)}`, onclick: () => this.change(member) }, 'Change');
    return h('li', { class: 'row' }, what, change);
  }

  /** @param {Member} member */
  async change(member) {
    const { number, name, isModerator } = member;
    const input = h('input', { id: 'member-name', value: name ?? '', maxlength: 20, autocomplete: 'off' });
    const body = [h('p', {}, spaced(number)), h('label', { for: 'member-name' }, 'Name in the group'), input];
    const buttons = /** @type {[string, string, string?][]} */ ([['name', 'Name so', 'main'], ['remove', 'Take out', 'danger'], ['', 'Back']]);
    if (!isModerator) buttons.splice(1, 0, ['moderator', 'Make a moderator']);
    const answered = await dialog(nameOf(member), body, buttons);
    const written = memberName(input.value);
    if (answered === 'name' && written === null) this.page.notice(NAME_RULE);
    else if (answered === 'name') await this.say([`/add ${number} ${written}`]);
    if (answered === 'remove') await this.say([`/remove ${number}`]);
    if (answered === 'moderator') await this.say([`/moderator ${number}`, '/who']);
  }

  callForm() {
    const text = h('textarea', { id: 'roll', rows: 2, dir: 'auto', 'aria-describedby': 'roll-hint' });
    const urgency = urgencySelect('roll-urgency');
    const form = h('form', {},
      h('label', { for: 'roll' }, 'What all are asked'), text,
      h('p', { class: 'quiet', id: 'roll-hint' }, 'For moderators. All others get it; who answers stands here. The group is asked who is in it, too.'),
      h('div', { class: 'row' }, h('label', { for: 'roll-urgency' }, 'Urgency'), urgency, h('button', { class: 'main' }, 'Call the roll')));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const asks = text.value.replace(/\p{Surrogate}/gu, '\ufffd').trim();
      if (asks !== '' && (await this.say(['/who', `/roll ${asks}`], Number(urgency.value)))) text.value = '';
    });
    return form;
  }

  addForm() {
    const number = h('input', { id: 'add-number', inputmode: 'numeric', autocomplete: 'off', maxlength: 16 });
    const name = h('input', { id: 'add-name', autocomplete: 'off', maxlength: 20 });
    const wrong = h('p', { class: 'wrong', role: 'alert' });
    const form = h('form', {}, h('h3', {}, 'Let somebody in'), h('label', { for: 'add-number' }, 'Number'), number, h('label', { for: 'add-name' }, 'Name in the group'), name, wrong,
      h('div', { class: 'actions' }, h('button', { class: 'main' }, 'Let in')));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const asked = asksFor(number.value, name.value);
      wrong.textContent = asked.wrong;
      if (asked.wrong || !(await this.say([`/add ${asked.number}${asked.name && ` ${asked.name}`}`]))) return;
      number.value = name.value = '';
    });
    return form;
  }

  async rename() {
    const input = h('input', { id: 'own-name', maxlength: 20, autocomplete: 'off' });
    const answered = await dialog('Another name', [h('label', { for: 'own-name' }, 'What the group calls you'), input, h('p', { class: 'quiet' }, NAME_RULE)], [['go', 'Name me so', 'main'], ['', 'Back']]);
    if (answered !== 'go') return;
    const name = memberName(input.value);
    if (name === null) this.page.notice(NAME_RULE);
    else await this.say([`/join ${name}`]);
  }

  async askLeave() {
    const body = [h('p', {}, 'Nothing that its members text comes to you any more. The texts that you have stay here.')];
    if ((await dialog('Leave the group', body, [['', 'Stay', 'main'], ['leave', 'Leave', 'danger']])) === 'leave') await this.say(['/leave']);
  }

  async putAside() {
    await this.page.profile.changeGroup(this.peer, (group) => ({ ...group, isGroup: false }));
    this.page.hub.wrote();
    this.page.open(this.peer);
  }
}

/** @param {Member} member */
function nameOf({ number, name }) {
  return name === null ? spaced(number) : line(name);
}

/** @param {import('./groups.js').Roll['answers'][number]} one */
function answer(one) {
  return h('li', { class: isOk(one.text) ? 'ok' : 'other' }, h('strong', {}, whoOf(one)), ' ', h('span', { dir: 'auto' }, shown(one.text)), ' ', h('time', {}, clock(one.at)));
}

/** @param {import('./said.js').Tally} tally */
export function tallyWords({ delivered, of, read, passedOn, failed, silent: without, answers }) {
  const counted = [['read', read], ...answers.map(([name, count]) => [`answered ${name}`, count]), ['passed on', passedOn], ['failed', failed], ['silent', without]];
  return [`delivered ${delivered} of ${of}`, ...counted.filter(([, count]) => count).map(([name, count]) => `${name} ${count}`)].join(', ');
}

/** @param {string} number @param {string} name */
function asksFor(number, name) {
  const found = fromWritten(number);
  const named = name.trim() === '' ? '' : memberName(name);
  const wrong = found === null ? 'A number has ten digits.' : named === null ? NAME_RULE : '';
  return { number: found, name: named, wrong };
}

/** Asks a group to be let in, and opens its conversation. @param {import('./page.js').Page} page @param {string} [peer] */
export async function joinGroup(page, peer) {
  const number = h('input', { id: 'group', inputmode: 'numeric', autocomplete: 'off', maxlength: 16, value: peer ? spaced(peer) : '' });
  const name = h('input', { id: 'group-name', autocomplete: 'off', maxlength: 20 });
  const wrong = h('p', { class: 'wrong', role: 'alert' });
  const body = [h('label', { for: 'group' }, 'Number of the group'), number, h('label', { for: 'group-name' }, 'What it is to call you'), name, h('p', { class: 'quiet' }, 'The group shows the name before your texts. Its moderators may have to let you in.'), wrong];
  for (;;) {
    if ((await dialog('Join a group', body, [['go', 'Ask to be let in', 'main'], ['', 'Back']])) !== 'go') return;
    const asked = asksFor(number.value, name.value);
    wrong.textContent = asked.wrong;
    if (asked.wrong || asked.number === null) continue;
    await page.profile.joinGroup(asked.number, asked.name ?? '');
    page.hub.wrote();
    page.open(asked.number);
    return;
  }
}
