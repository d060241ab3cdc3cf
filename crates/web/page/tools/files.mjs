/**
 * The files that a browser needs, as sw.js lists them to keep them.
 *
 *     node tools/files.mjs
 */

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const PAGE = path.join(import.meta.dirname, '..');
const FOLDERS = ['app', 'protocol', 'vendor'];
const AT_TOP = ['index.html', 'app.js', 'icon.svg', 'manifest.webmanifest', 'style.css', 'sw.js'];
const NOT_SERVED = /\.d\.ts$|README\.md$|SHA256SUMS$/;

function inFolder(folder) {
  return readdirSync(path.join(PAGE, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !NOT_SERVED.test(entry.name))
    .map((entry) => path.relative(PAGE, path.join(entry.parentPath, entry.name)));
}

/** What only the pages for operators need, which nothing keeps. */
export function ofNetwork() {
  return ['network.html', 'replay.html', 'network.css', ...inFolder('network').sort()];
}

export function served() {
  return [...AT_TOP, ...FOLDERS.flatMap(inFolder).sort()];
}

/** What the worker keeps: all but itself. */
export function kept() {
  return ['./', ...served().filter((file) => file !== 'sw.js' && !file.endsWith('.txt')).map((file) => `./${file}`)];
}

export function worker() {
  const lines = kept().map((file) => `  '${file}',`).join('\n');
  const now = readFileSync(path.join(PAGE, 'sw.js'), 'utf8');
  return now.replace(/const FILES = \[[^\]]*\];/, `const FILES = [\n${lines}\n];`);
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(path.join(PAGE, 'sw.js'), worker());
}
