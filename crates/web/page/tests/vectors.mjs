/** The vectors of docs/protocol/vectors. */

import { readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.join(import.meta.dirname, '../../../../docs/protocol/vectors');

/** All vectors of a file: what they are called, and their values by name. */
export function vectors(file) {
  const found = [];
  for (const line of readFileSync(path.join(FOLDER, file), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name, value] = /^(\S+) =(?: (.*))?$/.exec(line);
    if (name === 'vector') found.push({ vector: value });
    else found.at(-1)[name] = value ?? '';
  }
  return found;
}

export function alphabet() {
  const lines = readFileSync(path.join(FOLDER, 'gsm-alphabet.txt'), 'utf8').split('\n');
  return lines.filter((line) => /^[0-9A-F]/i.test(line)).map((line) => line.split(' = '));
}
