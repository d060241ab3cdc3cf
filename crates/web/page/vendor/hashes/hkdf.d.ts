import { sha256 } from './sha2.js';
export function extract(hash: typeof sha256, input: Uint8Array, salt?: Uint8Array): Uint8Array;
export function expand(hash: typeof sha256, key: Uint8Array, info?: Uint8Array, length?: number): Uint8Array;
