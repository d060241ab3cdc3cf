/** Questions to the server, with an operator's key. */

import { line } from '../app/shown.js';
import { Refused } from './stream.js';

/** Beside `network`, also where a proxy puts a path before it. */
const BASE = 'v1/network';
const KEPT = 'postrider-network-key';
const ANSWER_WITHIN_MS = 15_000;
const WORDS_MAX = 300;

/** What a person has typed or pasted, as a header may have it; none where it cannot be a key. @param {string} typed */
export function keyOf(typed) {
  const key = typed.trim().replace(/^Bearer\s+/i, '');
  return /^[\x21-\x7e]{1,512}$/.test(key) ? key : null;
}

/** The key of this tab. */
export const kept = {
  get: () => sessionStorage.getItem(KEPT),
  /** @param {string} key */
  set: (key) => sessionStorage.setItem(KEPT, key),
  forget: () => sessionStorage.removeItem(KEPT),
};

/** Why there is no answer, for people. @param {number} status @param {string} detail */
export function refusal(status, detail) {
  if (status === 401) return new Refused('The server does not know this key: it was mistyped, or has been withdrawn.');
  if (status === 403) return new Refused('The server knows this key, but the key may not look at the network. Whoever runs the server can give you one with the scope “network”.');
  if (status === 404) return new Refused('This server tells nothing about its network here: it is older than this page, or has that switched off.');
  return new Error(detail || `the server answers with ${status}`);
}

export class Api {
  /** @param {string} key */
  constructor(key) {
    this.key = key;
  }

  /** @param {string} path @param {AbortSignal} signal */
  async request(path, signal) {
    const headers = { authorization: `Bearer ${this.key}` };
    const response = await fetch(`${BASE}${path}`, { headers, signal, cache: 'no-store' }).catch((error) => {
      throw signal.aborted && signal.reason?.name !== 'TimeoutError' ? error : new Error('the server cannot be reached');
    });
    if (response.ok) return response;
    const problem = await response.json().catch(() => ({}));
    throw refusal(response.status, line(String(problem?.detail ?? problem?.title ?? '')).slice(0, WORDS_MAX));
  }

  /**
   * @param {string} path
   * @param {Record<string, string | number>} [query]
   * @returns {Promise<any>}
   */
  async get(path, query = {}) {
    const asked = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    const response = await this.request(`${path}?${asked}`.replace(/\?$/, ''), AbortSignal.timeout(ANSWER_WITHIN_MS));
    return response.json();
  }

  /** @param {AbortSignal} signal @returns {Promise<ReadableStream<Uint8Array>>} */
  async live(signal) {
    const response = await this.request('/live', signal);
    if (!response.body) throw new Error('this browser cannot read streams');
    return response.body;
  }
}
