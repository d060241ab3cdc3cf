/** The stream of events: read from bytes, followed over connections that end. */

/** More than a network of two thousand servers needs; who sends more is not followed. */
const EVENT_CHARACTERS_MAX = 16_000_000;
/** The server says something every 10 s; after so long it is gone. */
const SILENCE_MS = 25_000;
const WAIT_MIN_MS = 1_000;
const WAIT_MAX_MS = 30_000;

/** Reads `text/event-stream`: whatever the pieces are, each event's data comes once and whole. */
export class EventReader {
  /** @param {(data: string) => void} event */
  constructor(event) {
    this.event = event;
    this.decoder = new TextDecoder();
    this.rest = '';
    /** @type {string[]} */
    this.data = [];
    this.size = 0;
  }

  /** @param {Uint8Array} bytes */
  take(bytes) {
    const text = this.rest + this.decoder.decode(bytes, { stream: true });
    // A carriage return at the end may have its line feed in the next piece.
    const end = text.endsWith('\r') ? text.length - 1 : text.length;
    const lines = text.slice(0, end).split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? '') + text.slice(end);
    for (const line of lines) this.line(line);
    if (this.size + this.rest.length > EVENT_CHARACTERS_MAX) throw new Error('the server sends an event without an end');
  }

  /** @param {string} line */
  line(line) {
    if (line === '') return this.end();
    const [, name, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name !== 'data') return;
    this.data.push(value ?? '');
    this.size += line.length;
  }

  end() {
    const { data } = this;
    this.data = [];
    this.size = 0;
    if (data.length > 0) this.event(data.join('\n'));
  }
}

/**
 * How following goes: `live` from the first event of a connection on, `cut` with how long it
 * is until the next attempt, `refused` where another attempt would be no better.
 * @typedef {{ kind: 'opening' } | { kind: 'live' } | { kind: 'cut', why: string, wait_ms: number } | { kind: 'refused', why: string }} State
 */

/** A refusal that stands until a person does something about it. */
export class Refused extends Error {}

/**
 * Follows the stream until it is ended: opens it again where it is cut, after longer and longer
 * times, and takes silence for an end.
 */
export class Follower {
  /**
   * @param {object} what
   * @param {(signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>} what.open
   * @param {import('../app/link.js').Timers} what.timers
   * @param {(value: unknown) => void} what.event
   * @param {(state: State) => void} what.state
   * @param {() => number} [what.random]
   */
  constructor({ open, timers, event, state, random = Math.random }) {
    this.open = open;
    this.timers = timers;
    this.event = event;
    this.state = state;
    this.random = random;
    this.failures = 0;
    this.isWaiting = false;
    this.abort = new AbortController();
    this.cancel = () => {};
  }

  /** @returns {Promise<void>} when this connection is over */
  async start() {
    this.cancel();
    this.isWaiting = false;
    const abort = new AbortController();
    const { signal } = abort;
    this.abort = abort;
    this.state({ kind: 'opening' });
    try {
      await this.follow(signal);
      this.fail(signal, 'the server has closed the stream');
    } catch (error) {
      if (error instanceof Refused && !signal.aborted) return this.state({ kind: 'refused', why: error.message });
      this.fail(signal, error instanceof Error ? error.message : String(error));
    } finally {
      abort.abort();
    }
  }

  /** At once instead of later: the device has woken up, or a person wants it. */
  hurry() {
    if (this.isWaiting) this.start();
  }

  end() {
    this.cancel();
    this.isWaiting = false;
    this.isEnded = true;
    this.abort.abort();
  }

  isEnded = false;

  /** @param {AbortSignal} signal */
  async follow(signal) {
    this.hear();
    const stream = await this.open(signal);
    const source = stream.getReader();
    signal.addEventListener('abort', () => source.cancel().catch(() => {}));
    const reader = new EventReader((data) => {
      if (signal.aborted) return;
      const value = parsed(data);
      this.failures = 0;
      this.state({ kind: 'live' });
      this.event(value);
    });
    for (;;) {
      const { done, value } = await source.read();
      if (done || signal.aborted) return;
      this.hear();
      reader.take(value);
    }
  }

  hear() {
    this.cancel();
    this.cancel = this.timers.after(SILENCE_MS, () => {
      const { signal } = this.abort;
      this.fail(signal, 'nothing has come for a while');
      this.abort.abort();
    });
  }

  /** @param {AbortSignal} signal @param {string} why */
  fail(signal, why) {
    if (this.isEnded || this.isWaiting || signal.aborted) return;
    const longest = Math.min(WAIT_MIN_MS * 2 ** this.failures, WAIT_MAX_MS);
    this.failures += 1;
    this.isWaiting = true;
    const wait_ms = longest * (0.5 + this.random() / 2);
    this.state({ kind: 'cut', why, wait_ms });
    this.cancel();
    this.cancel = this.timers.after(wait_ms, () => this.start());
  }
}

/** @param {string} data */
function parsed(data) {
  try {
    return JSON.parse(data);
  } catch {
    throw new Error('the server says what this page does not understand');
  }
}
