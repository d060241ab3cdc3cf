import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { imports, kept, ofNetwork, rest, served, withPreloads, worker } from '../tools/files.mjs';

const PAGE = path.join(import.meta.dirname, '..');
const FIRST_LOAD_BYTES_MAX = 150_000;
const QUESTION_BYTES_MAX = 20_000;
const NETWORK_BYTES_MAX = 80_000;
/** What a server says before each file. */
const HEAD_BYTES = 330;
const bytesOf = (file) => readFileSync(path.join(PAGE, file));

/** What a browser fetches before anything is pressed, for a question and then for all. */
const FIRST = ['index.html', 'style.css', 'icon.svg', 'manifest.webmanifest'];
const question = () => [...FIRST, ...imports('app.js')];
const firstLoad = () => [...question(), ...rest('app.js')];
const sizeOf = (files) => files.reduce((sum, file) => sum + HEAD_BYTES + gzipSync(bytesOf(file), { level: 9 }).length, 0);

test('the first load is short, and all of it is served', () => {
  const files = firstLoad();
  assert.ok(files.length > 40, `${files.length} files`);
  const all = new Set(served());
  for (const file of files) assert.ok(all.has(file), file);
  const [bytes, first] = [sizeOf(files), sizeOf(question())];
  console.log(`first load: ${files.length} files, ${bytes} bytes with heads; ${question().length} files, ${first} bytes until a number can be typed`);
  assert.ok(bytes < FIRST_LOAD_BYTES_MAX, `${bytes} bytes`);
  assert.ok(first < QUESTION_BYTES_MAX, `${first} bytes`);
});

test('the page for operators is short as well, and no part of the other', () => {
  const files = ['network.html', 'style.css', 'network.css', 'icon.svg', ...imports('network/begin.js'), ...rest('network/begin.js')];
  const all = new Set([...served(), ...ofNetwork()]);
  for (const file of files) assert.ok(all.has(file), file);
  const replayed = ['replay.html', ...imports('network/replay.js')];
  for (const file of ofNetwork()) assert.ok(files.includes(file) || replayed.includes(file), `${file} is not used`);
  assert.ok(!firstLoad().some((file) => file.startsWith('network')));
  const bytes = sizeOf(files);
  console.log(`network: ${files.length} files, ${bytes} bytes`);
  assert.ok(bytes < NETWORK_BYTES_MAX, `${bytes} bytes`);
});

test('the worker keeps all that the page needs', () => {
  assert.equal(worker(), bytesOf('sw.js').toString(), 'run `npm run files`');
  for (const file of firstLoad()) assert.ok(kept().includes(`./${file}`), file);
});

test('the pages ask at once for all that they import', () => {
  for (const [name, text] of Object.entries(withPreloads())) {
    assert.equal(text, bytesOf(name).toString(), `${name}: run \`npm run files\``);
    const listed = [...text.matchAll(/(?:modulepreload" href="|^  '(?=\.))([^'"]+)/gm)].map(([, file]) => path.join(path.dirname(name), file));
    assert.ok(listed.length > 1, `${name}: ${listed}`);
    for (const file of listed) assert.ok([...served(), ...ofNetwork()].includes(file), file);
  }
});

test('the libraries are those that were fetched', () => {
  const lines = bytesOf('vendor/SHA256SUMS').toString().trim().split('\n');
  const listed = new Map(lines.map((line) => line.split('  ').reverse()));
  const found = served().filter((file) => file.startsWith('vendor/'));
  assert.deepEqual([...listed.keys()].map((name) => `vendor/${name}`).sort(), found.sort());
  for (const [name, hash] of listed) {
    assert.equal(createHash('sha256').update(bytesOf(`vendor/${name}`)).digest('hex'), hash, name);
  }
});

test('nothing of the page is against its policy', () => {
  for (const name of ['index.html', 'network.html', 'replay.html']) {
    assert.ok(!/<script(?![^>]*\bsrc=)|\bstyle=|<style|\bon\w+=/.test(bytesOf(name).toString()), name);
  }
  for (const file of [...served(), ...ofNetwork()].filter((name) => /^(app|protocol|network)/.test(name) && name.endsWith('.js'))) {
    const text = bytesOf(file).toString();
    assert.ok(!/innerHTML|outerHTML|insertAdjacentHTML|document\.write|crypto\.subtle|\beval\(|setAttribute\('style/.test(text), file);
  }
});
