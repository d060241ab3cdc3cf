/** The WebSocket to the gateway (docs/protocol/web.md), opened again whenever it is gone. */

import { Malformed, Reader, integer, join } from '../protocol/bytes.js';

export const PATH = '/v1/link';
export const SUBPROTOCOL = 'postrider.v1';
const FROM_GATEWAY = { up: 0x01, item: 0x02, taken: 0x03, down: 0x04, pong: 0x05, full: 0x06 };
const TO_GATEWAY = { item: 0x81, custody: 0x82, ping: 0x83 };

/** One that has heard nothing for so long asks. */
const SILENT_MS = 45_000;
/** And opens another WebSocket where nothing comes within this; also where none opens. */
const ANSWER_WITHIN_MS = 15_000;
const WAIT_MIN_MS = 1_000;
const WAIT_MAX_MS = 60_000;
const TOO_MANY = 1013;
const WRONG = [1008, 1009];

/**
 * What there is of a WebSocket.
 * @typedef {object} Socket
 * @property {string} binaryType
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onclose
 * @property {((event: any) => void) | null} onerror
 * @property {(bytes: Uint8Array<ArrayBuffer>) => void} send
 * @property {() => void} close
 */

/**
 * Clocks: `after` calls once, unless what it returns is called before.
 * @typedef {{ now: () => number, after: (ms: number, call: () => void) => () => void }} Timers
 */

/** @type {Timers} */
export const TIMERS = {
  now: () => Date.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Who is told. `full` and `taken` have the tag of an item.
 * @typedef {object} Listener
 * @property {(server: Uint8Array, device: Uint8Array) => void} up
 * @property {() => void} down the link with the server is down
 * @property {(isCrowded: boolean) => void} closed there is no WebSocket
 * @property {() => void} opening
 * @property {(handle: number, item: Uint8Array) => void} item
 * @property {(tag: number) => void} taken
 * @property {(tag: number) => void} full
 */

export class Link {
  /**
   * @param {{ open: () => Socket, timers: Timers, listener: Listener }} what
   */
  constructor({ open, timers, listener }) {
    this.openSocket = open;
    this.timers = timers;
    this.listener = listener;
    /** @type {Socket | null} */
    this.socket = null;
    this.isOpen = false;
    this.isEnded = false;
    this.failures = 0;
    this.cancel = () => {};
  }

  /** Opens a WebSocket. */
  open() {
    this.cancel();
    this.drop();
    if (this.isEnded) return;
    this.listener.opening();
    const socket = this.openSocket();
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.onopen = () => {
      this.isOpen = true;
      this.hear();
    };
    socket.onmessage = ({ data }) => this.take(socket, data);
    socket.onclose = ({ code }) => {
      if (this.socket === socket) this.fail(code);
    };
    this.expect();
  }

  /** The device has slept, or there is another network: looks whether the other end is there. */
  wake() {
    if (this.isEnded) return;
    if (this.socket === null) this.open();
    else if (this.isOpen) this.ask();
  }

  /** Closes it for good. */
  end() {
    this.isEnded = true;
    this.cancel();
    this.drop();
  }

  /** @param {number} tag @param {number} precedence @param {Uint8Array} item */
  say(tag, precedence, item) {
    this.send(join([TO_GATEWAY.item], integer(tag, 4), [precedence], item));
  }

  /** @param {number} handle */
  custody(handle) {
    this.send(join([TO_GATEWAY.custody], integer(handle, 4)));
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  send(bytes) {
    if (this.isOpen) this.socket?.send(bytes);
  }

  drop() {
    const { socket } = this;
    this.socket = null;
    this.isOpen = false;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  /** Something was heard. */
  hear() {
    this.cancel();
    this.cancel = this.timers.after(SILENT_MS, () => this.ask());
  }

  ask() {
    this.send(Uint8Array.of(TO_GATEWAY.ping));
    this.expect();
  }

  /** If nothing comes in time, there is nobody. */
  expect() {
    this.cancel();
    this.cancel = this.timers.after(ANSWER_WITHIN_MS, () => this.fail(0));
  }

  /** @param {number} code */
  fail(code) {
    this.drop();
    this.listener.closed(code === TOO_MANY);
    if (WRONG.includes(code)) this.failures = Math.max(this.failures, 6);
    const longest = Math.min(WAIT_MIN_MS * 2 ** this.failures, WAIT_MAX_MS);
    this.failures += 1;
    this.cancel();
    // Not all at once, after a restart of the gateway.
    this.cancel = this.timers.after(longest * (0.5 + Math.random() / 2), () => this.open());
  }

  /** @param {Socket} socket @param {unknown} data */
  take(socket, data) {
    if (this.socket !== socket) return;
    this.hear();
    if (!(data instanceof ArrayBuffer)) return;
    try {
      this.read(new Reader(new Uint8Array(data)));
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      // It does not speak this protocol, or not this version of it.
      this.fail(WRONG[0]);
    }
  }

  /** @param {Reader} reader */
  read(reader) {
    switch (reader.byte()) {
      case FROM_GATEWAY.up: {
        const [server, device] = [reader.take(32), reader.take(32)];
        reader.end();
        this.failures = 0;
        return this.listener.up(server, device);
      }
      case FROM_GATEWAY.item: {
        const handle = reader.integer(4);
        return this.listener.item(handle, reader.rest());
      }
      case FROM_GATEWAY.taken:
        return this.listener.taken(readTag(reader));
      case FROM_GATEWAY.down:
        reader.end();
        return this.listener.down();
      case FROM_GATEWAY.full:
        return this.listener.full(readTag(reader));
      case FROM_GATEWAY.pong:
        return reader.end();
      default:
        throw new Malformed('ItemKind');
    }
  }
}

/** @param {Reader} reader */
function readTag(reader) {
  const tag = reader.integer(4);
  reader.end();
  return tag;
}
