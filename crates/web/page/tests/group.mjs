/** A group's program on a disk in memory: as much of crates/client/src/group as the tests need. */

import { command, memberName } from '../app/said.js';
import { Browser } from './world.mjs';

const NUMBER = '5550000100';
const ASKED = 'The group is closed. Its moderators are asked to let you in.';

export class GroupProgram {
  /** With its first moderator, who is told so. */
  static async begin(gateway, moderator, name = 'Shaft 2') {
    const group = new GroupProgram();
    Object.assign(group, { name, number: NUMBER, members: new Map(), rolls: 0, roll: null, isOpen: false, handled: new Set(), isBusy: false });
    group.browser = await Browser.begin(gateway, { number: NUMBER });
    group.browser.onChange = () => group.look();
    await group.browser.attached();
    group.letIn(moderator.number, moderator.name, true);
    return group;
  }

  say(to, text, precedence = 0) {
    this.last = (this.last ?? Promise.resolve()).then(() => this.browser.send(to, text, precedence));
    return this.last;
  }

  letIn(number, name, isModerator = false) {
    const before = this.members.get(number);
    this.members.set(number, { number, name: name ?? before?.name ?? null, isModerator: before?.isModerator ?? isModerator });
    if (!before) this.say(number, `You are in ${this.name} now. What you text here goes to all (${this.members.size - 1}). /help says more.`);
  }

  /** Does what the texts ask for that came. */
  async look() {
    this.isStale = true;
    if (this.isBusy) return;
    this.isBusy = true;
    while (this.isStale) {
      this.isStale = false;
      for (const { contact } of await this.browser.profile.conversations()) {
        for (const text of await this.browser.profile.thread(contact.number, 50)) {
          const isNew = text.direction === 'in' && text.known.state === 'verified' && text.partsMissing === 0 && !this.handled.has(text.id);
          if (isNew) this.handle(text);
        }
      }
    }
    this.isBusy = false;
  }

  handle({ id, peer, text, precedence }) {
    this.handled.add(id);
    const member = this.members.get(peer);
    const asks = command(text);
    if (asks) return this.obey(peer, member, asks, precedence);
    if (!member) return this.say(peer, `This is ${this.name}. You are not in it, and nothing was handed on. /join NAME asks to be let in.`);
    const who = member.name ?? peer;
    if (this.roll && this.roll.by !== peer && this.roll.to.has(peer)) return this.answer(peer, who, text);
    return this.others(peer).forEach((to) => this.say(to, `${who}: ${text.replaceAll('\n', '\n  ')}`, precedence));
  }

  others(number) {
    return [...this.members.keys()].filter((one) => one !== number);
  }

  moderators(except) {
    return this.others(except).filter((one) => this.members.get(one).isModerator);
  }

  obey(peer, member, { word, rest }, precedence) {
    if (!member) {
      const name = memberName(rest);
      this.moderators(peer).forEach((to) => this.say(to, `${name ?? peer} asks to be let in: /add ${peer} NAME`));
      return this.say(peer, ASKED);
    }
    if (word === '/who') return this.say(peer, this.list());
    if (word === '/join') return this.letIn(peer, rest) ?? this.say(peer, `${rest} ${peer} is in ${this.name}.`);
    if (word === '/leave') return this.members.delete(peer) && this.say(peer, 'You are not in the group any more.');
    if (!member.isModerator) return this.say(peer, 'Only a moderator may do that.');
    const [number, ...name] = rest.split(' ');
    if (word === '/add') return this.letIn(number, name.join(' ') || null) ?? this.say(peer, `${rest.slice(11)} ${number} is in ${this.name}.`);
    if (word === '/remove') return this.members.delete(number) && this.say(number, 'A moderator has taken you out of the group.') && this.say(peer, `${number} is not in the group.`);
    if (word === '/open') return this.say(peer, 'Anybody may join now.');
    if (word === '/roll') return this.call(peer, member, rest, precedence);
    if (word === '/tally' && this.roll) return this.say(peer, this.tally());
    if (word === '/end') return this.end();
    return this.say(peer, `${word} is no command, see /help, and was not handed on.`);
  }

  list() {
    const rows = [...this.members.values()].map(({ number, name, isModerator }) => `\n${name ? `${name} ` : ''}${number}${isModerator ? ' (moderator)' : ''}`);
    return `${this.name}, ${this.members.size}:${rows.sort().join('')}`;
  }

  call(peer, member, text, precedence) {
    if (this.others(peer).length === 0) return this.say(peer, 'There is nobody else in the group.');
    if (this.roll) this.end();
    this.rolls += 1;
    this.roll = { by: peer, to: new Set(this.others(peer)), answers: new Map() };
    this.others(peer).forEach((to) => this.say(to, `${member.name} asks all: ${text}\nPlease answer. Moderators get it; OK is enough.`, precedence));
    return this.say(peer, `Roll call ${this.rolls} begins: ${this.roll.to.size} are asked.`);
  }

  answer(peer, who, text) {
    this.roll.answers.set(peer, text);
    this.moderators(peer).forEach((to) => this.say(to, `${who} answers: ${text}`));
    if (this.roll.answers.size === this.roll.to.size) this.end();
  }

  tally() {
    const { to, answers } = this.roll;
    const counts = new Map();
    for (const text of answers.values()) counts.set(text.toUpperCase(), (counts.get(text.toUpperCase()) ?? 0) + 1);
    const named = [...counts].map(([answer, count], at) => `, ${at === 0 ? 'answered ' : ''}${answer} ${count}`).join('');
    return `Roll call ${this.rolls}: delivered ${to.size} of ${to.size}${named}, silent ${to.size - answers.size}`;
  }

  end() {
    const text = this.tally();
    this.roll = null;
    this.moderators('').forEach((to) => this.say(to, text));
  }
}
