import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { kept, ofNetwork, served, worker } from '../tools/files.mjs';

const PAGE = path.join(import.meta.dirname, '..');
const FIRST_LOAD_BYTES_MAX = 150_000;
const NETWORK_BYTES_MAX = 64_000;
const bytesOf = (file) => readFileSync(path.join(PAGE, file));

/** What a browser fetches before anything is pressed: what `import` names from the page on. */
function firstLoad(begin = ['index.html', 'style.css', 'icon.svg', 'manifest.webmanifest', 'app.js']) {
  const found = new Set(begin);
  for (const file of found) {
    if (!file.endsWith('.js')) continue;
    for (const [, name] of bytesOf(file).toString().matchAll(/^(?:import|export)[^;]*?from ['"]([^'"]+)['"];/gms)) {
      found.add(path.join(path.dirname(file), name));
    }
  }
  return [...found];
}

test('the first load is short, and all of it is served', () => {
  const files = firstLoad();
  assert.ok(files.length > 40, `${files.length} files`);
  const all = new Set(served());
  for (const file of files) assert.ok(all.has(file), file);
  const bytes = files.reduce((sum, file) => sum + gzipSync(bytesOf(file), { level: 9 }).length, 0);
  console.log(`first load: ${files.length} files, ${bytes} bytes`);
  assert.ok(bytes < FIRST_LOAD_BYTES_MAX, `${bytes} bytes`);
});

test('the page for operators is short as well, and no part of the other', () => {
  const files = firstLoad(['network.html', 'style.css', 'network.css', 'icon.svg', 'network/begin.js']);
  const all = new Set([...served(), ...ofNetwork()]);
  for (const file of files) assert.ok(all.has(file), file);
  const replayed = firstLoad(['replay.html', 'style.css', 'network.css', 'icon.svg', 'network/replay.js']);
  for (const file of ofNetwork()) assert.ok(files.includes(file) || replayed.includes(file), `${file} is not used`);
  assert.ok(!firstLoad().some((file) => file.startsWith('network')));
  const bytes = files.reduce((sum, file) => sum + gzipSync(bytesOf(file), { level: 9 }).length, 0);
  console.log(`network: ${files.length} files, ${bytes} bytes`);
  assert.ok(bytes < NETWORK_BYTES_MAX, `${bytes} bytes`);
});

test('the worker keeps all that the page needs', () => {
  assert.equal(worker(), bytesOf('sw.js').toString(), 'run `npm run files`');
  for (const file of firstLoad()) assert.ok(kept().includes(`./${file}`), file);
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
