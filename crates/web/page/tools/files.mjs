/**
 * The files that a browser needs: as sw.js lists them to keep them, and as the pages ask for them
 * before it is known who imports them.
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

/** A file and all that it imports, and they; not what is only imported when it is wanted. @param {string} begin */
export function imports(begin) {
  const found = new Set([begin]);
  for (const file of found) {
    const text = readFileSync(path.join(PAGE, file), 'utf8');
    for (const [, name] of text.matchAll(/^(?:import|export)[^;]*?from ['"]([^'"]+)['"];/gms)) {
      found.add(path.join(path.dirname(file), name));
    }
  }
  return [...found];
}

/** Where each page begins, and what that loads once it has asked its question. */
const BEGINNINGS = { 'app.js': 'app/main.js', 'network/begin.js': 'network/live.js' };

/** What comes after the first question, by the order in which it is imported. @param {keyof typeof BEGINNINGS} begin */
export function rest(begin) {
  const first = new Set(imports(begin));
  return imports(BEGINNINGS[begin]).filter((file) => !first.has(file));
}

/** The pages, and their beginnings, with what they are to ask for at once. */
export function withPreloads() {
  const now = (name) => readFileSync(path.join(PAGE, name), 'utf8');
  const page = (name, begin) => {
    const links = imports(begin).slice(1).map((file) => `    <link rel="modulepreload" href="${file}">\n`);
    return now(name).replaceAll(/ *<link rel="modulepreload"[^>]*>\n/g, '').replace(/( *<script type="module")/, `${links.join('')}$1`);
  };
  const script = (begin) => {
    const names = rest(begin).map((file) => path.relative(path.dirname(begin), file));
    const list = names.map((name) => `  '${name.startsWith('.') ? '' : './'}${name}',\n`).join('');
    return now(begin).replace(/const REST = \[[^\]]*\];/, `const REST = [\n${list}];`);
  };
  return {
    'index.html': page('index.html', 'app.js'),
    'network.html': page('network.html', 'network/begin.js'),
    'replay.html': page('replay.html', 'network/replay.js'),
    'app.js': script('app.js'),
    'network/begin.js': script('network/begin.js'),
  };
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
  for (const [name, text] of Object.entries(withPreloads())) writeFileSync(path.join(PAGE, name), text);
}
