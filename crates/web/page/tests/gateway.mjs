/** A gateway and its server in one, in this process: as much of them as the tests need. */

import { fromHex, integer, isSame, join, toHex } from '../protocol/bytes.js';
import { VERDICT, attachSignedPart, parseItem, printAnswer, printTrace, printUnknown } from '../protocol/item.js';
import { KIND, OUTCOME, parseReceipt, printMessage, printReceipt } from '../protocol/message.js';
import { ownerSignedPart, printRow, rowSignedPart } from '../protocol/row.js';
import { isMessageSigned, isSigned, publicKey, sign } from '../protocol/sign.js';

const seed = (byte) => new Uint8Array(32).fill(byte);

export class Gateway {
  constructor() {
    this.secret = seed(200);
    this.key = publicKey(this.secret);
    this.label = 'Camp 1';
    /** By number: owner's key, version, mailbox. */
    this.numbers = new Map();
    this.sockets = new Set();
    this.sequence = 0n;
    this.codes = null;
    /** What tests look at, and change. */
    this.submitted = [];
    this.custodies = [];
    this.fullFor = 0;
    this.isReachable = true;
    this.takesNothing = false;
    this.answers = [];
  }

  /** For a session's `open`. */
  opener() {
    return () => new Pair(this);
  }

  /** All links are down, and nobody can open one until `open`. */
  close() {
    this.isReachable = false;
    for (const socket of [...this.sockets]) socket.dropped(1006);
  }

  open() {
    this.isReachable = true;
  }

  home(number) {
    return this.numbers.get(number);
  }

  row(number) {
    const { key, version, released, signature, first } = this.home(number);
    const owner = key && { key, signature, first: first ?? null };
    return this.signedRow({ kind: 'number', number, version, released, line: false, owner });
  }

  signedRow(fact) {
    this.sequence += 1n;
    const row = { step: 1n, origin: this.key, sequence: this.sequence, fact };
    return printRow({ ...row, signature: sign(this.secret, rowSignedPart(row)) });
  }

  /** A row for a number that another key has now. */
  rebind(number, secret, first = null) {
    const [key, version] = [publicKey(secret), 9];
    const fact = { kind: 'number', number, version, released: false, line: false, owner: { key, first } };
    const signature = sign(secret, ownerSignedPart(fact, this.key));
    this.numbers.set(number, { ...(this.home(number) ?? { mailbox: [] }), key, version, released: false, signature, first });
  }

  /** A message for a number, as it is. */
  hand(number, bytes) {
    this.home(number).mailbox.push(bytes);
    for (const socket of this.sockets) if (socket.number === number) socket.hand(bytes);
  }

  take(message, bytes) {
    this.submitted.push(message);
    const { to } = message.id;
    if (message.kind === KIND.receipt && parseReceipt(message.body).outcome === OUTCOME.delivered) {
      this.end(message.id.from, message.id.to, parseReceipt(message.body));
    }
    if (this.home(to)) this.hand(to, bytes);
  }

  /** A text that its reader has leaves the mailbox. */
  end(reader, sender, { epoch, count }) {
    const home = this.home(reader);
    const isIt = ({ id, kind }) => kind === KIND.text && id.from === sender && id.epoch === epoch && id.count === count;
    home.mailbox = home.mailbox.filter((bytes) => !isIt(parseItem(bytes).message));
  }

  /** What a server says in a number's name, unsigned. */
  say(from, to, about, outcome) {
    const { epoch, count } = about;
    const body = printReceipt({ epoch, count, outcome, server: this.key.slice(0, 8), age: 0 });
    const id = { from, to, epoch: 1, count: 1 };
    const shape = { kind: KIND.receipt, precedence: 0, hops: 255, age: 0, lifetime: 255, part: null, form: 4 };
    this.hand(to, printMessage({ id, ...shape, body, signature: null }));
  }
}

/** A WebSocket to it. */
class Pair {
  constructor(gateway) {
    this.gateway = gateway;
    this.device = crypto.getRandomValues(new Uint8Array(32));
    this.handle = 0;
    this.handed = new Map();
    setImmediate(() => this.begin());
  }

  begin() {
    if (!this.gateway.isReachable) return this.dropped(1006);
    this.gateway.sockets.add(this);
    this.onopen?.({});
    this.say(join([0x01], this.gateway.key, this.device));
  }

  dropped(code) {
    this.gateway.sockets.delete(this);
    this.onclose?.({ code });
  }

  close() {
    this.gateway.sockets.delete(this);
  }

  say(bytes) {
    this.onmessage?.({ data: bytes.buffer });
  }

  hand(item) {
    this.handle += 1;
    this.handed.set(this.handle, item);
    this.say(join([0x02], integer(this.handle, 4), item));
  }

  send(bytes) {
    const copy = new Uint8Array(bytes);
    setImmediate(() => this.gateway.sockets.has(this) && this.take(copy));
  }

  take(bytes) {
    const kind = bytes[0];
    if (kind === 0x83) return this.say(Uint8Array.of(0x05));
    if (kind === 0x82) return this.custody(new DataView(bytes.buffer).getUint32(1));
    const [tag, item] = [bytes.slice(1, 5), bytes.slice(6)];
    const { gateway } = this;
    if (gateway.takesNothing) return undefined;
    if (gateway.fullFor > 0) {
      gateway.fullFor -= 1;
      return this.say(join([0x06], tag));
    }
    this.takeItem(parseItem(item), item);
    return this.say(join([0x03], tag));
  }

  custody(handle) {
    const item = this.handed.get(handle);
    this.handed.delete(handle);
    this.gateway.custodies.push(item);
    const { message } = parseItem(item);
    const home = this.gateway.home(this.number);
    if (message?.kind === KIND.receipt) home.mailbox = home.mailbox.filter((one) => one !== item);
  }

  takeItem(item, bytes) {
    const { gateway } = this;
    if (item.type === 'attach') return this.attach(item.attach);
    if (item.type === 'claim') return this.claim(item.claim);
    if (item.type === 'ask') return this.ask(item.ask);
    const { key } = gateway.home(item.message.id.from);
    if (isMessageSigned(item.message, key)) gateway.take(item.message, bytes);
  }

  answer(verdict) {
    const version = this.gateway.home(this.attached.number)?.version ?? 0;
    this.gateway.answers.push(verdict);
    this.hand(printAnswer({ number: this.attached.number, version, verdict }));
  }

  attach(attach) {
    const { gateway } = this;
    this.attached = attach;
    const signedPart = attachSignedPart({ ...attach, server: gateway.key, device: this.device });
    if (!isSigned(attach.key, signedPart, attach.signature)) return this.answer(VERDICT.refused + 7);
    const home = gateway.home(attach.number);
    if (!home) return this.answer(VERDICT.claim);
    if (!home.key || !isSame(home.key, attach.key)) return this.answer(VERDICT.refused);
    if (home.released) return this.answer(VERDICT.released);
    return this.attachNow();
  }

  attachNow() {
    this.number = this.attached.number;
    this.answer(VERDICT.attached);
    for (const bytes of this.gateway.home(this.number).mailbox) this.hand(bytes);
  }

  claim({ row, code }) {
    const { gateway } = this;
    if (gateway.codes && !gateway.home(row.number) && !gateway.codes.includes(code)) {
      return this.answer(VERDICT.refused + 3);
    }
    if (!isSigned(row.owner.key, ownerSignedPart(row, gateway.key), row.owner.signature)) {
      return this.answer(VERDICT.refused + 7);
    }
    const mailbox = gateway.home(row.number)?.mailbox ?? [];
    const { key, signature, first } = row.owner;
    gateway.numbers.set(row.number, { key, signature, first, version: row.version, released: row.released, mailbox });
    return row.released ? this.answer(VERDICT.released) : this.attachNow();
  }

  ask(ask) {
    const { gateway } = this;
    if ('number' in ask) {
      return this.hand(gateway.home(ask.number) ? gateway.row(ask.number) : printUnknown(ask));
    }
    if ('server' in ask) {
      const isOwn = toHex(ask.server) === toHex(gateway.key.slice(0, 8));
      const fact = { kind: 'server', label: gateway.label, blocks: [], place: null };
      return this.hand(isOwn ? gateway.signedRow(fact) : printUnknown(ask));
    }
    const trace = { id: ask.message, by: gateway.key.slice(0, 8), sinceS: 60, where: 1, server: fromHex('ab'.repeat(8)) };
    return this.hand(printTrace(trace));
  }
}
