/**
 * Fetches the libraries that the page is served with into vendor/: the few files that are
 * needed, of pinned versions, whose archives have to have the hashes below. Browsers do not
 * know package names, so those are replaced by paths; comments but those of the licences are left
 * out, which are half of the bytes; nothing else is changed.
 *
 *     node tools/vendor.mjs
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';

const PACKAGES = [
  {
    name: '@noble/curves',
    version: '2.0.1',
    sha256: '1271ac0dfa27c93e464e64b65ff2a255eea52c449ca86c149cfb0b9786dd9029',
    to: 'curves',
    files: {
      'ed25519.js': 'ed25519.js',
      'utils.js': 'utils.js',
      'abstract/edwards.js': 'abstract/edwards.js',
      'abstract/montgomery.js': 'abstract/montgomery.js',
      'abstract/curve.js': 'abstract/curve.js',
      'abstract/modular.js': 'abstract/modular.js',
      'abstract/hash-to-curve.js': 'abstract/hash-to-curve.js',
      'abstract/oprf.js': 'abstract/oprf.js',
      LICENSE: 'LICENSE.txt',
    },
  },
  {
    name: '@noble/hashes',
    version: '2.0.1',
    sha256: '638ffb3053a7e7478c9e54a6e297f3601299ee570a41112e501af7050d086a0a',
    to: 'hashes',
    files: {
      'sha2.js': 'sha2.js',
      '_md.js': '_md.js',
      '_u64.js': '_u64.js',
      'hmac.js': 'hmac.js',
      'hkdf.js': 'hkdf.js',
      'utils.js': 'utils.js',
      LICENSE: 'LICENSE.txt',
    },
  },
  {
    name: '@noble/ciphers',
    version: '2.1.1',
    sha256: '1704cc39be04737a17f17c37b8556b195e2b6ed442ecc2b7be6230b2e26f0d82',
    to: 'ciphers',
    files: {
      'chacha.js': 'chacha.js',
      '_arx.js': '_arx.js',
      '_poly1305.js': '_poly1305.js',
      'utils.js': 'utils.js',
      LICENSE: 'LICENSE.txt',
    },
  },
  {
    name: 'qrcode-generator',
    version: '2.0.4',
    sha256: '02e2e18a99a90b02dad940851f59b7c3c5fd1ab79cbdece8595cb06328878159',
    to: 'qrcode',
    files: { 'dist/qrcode.mjs': 'qrcode.js' },
  },
];

const vendor = path.join(import.meta.dirname, '../vendor');
const folder = mkdtempSync(path.join(tmpdir(), 'vendor-'));
try {
  PACKAGES.forEach(fetch);
  writeFileSync(path.join(vendor, 'SHA256SUMS'), sums());
} finally {
  rmSync(folder, { recursive: true });
}

/** The hashes of what is kept, as sha256sum prints them. */
function sums() {
  const names = PACKAGES.flatMap(({ to, files }) => Object.values(files).map((file) => `${to}/${file}`));
  const line = (name) => `${createHash('sha256').update(readFileSync(path.join(vendor, name))).digest('hex')}  ${name}\n`;
  return names.sort().map(line).join('');
}

/** As browsers get it. */
function served(text) {
  const head = /^(\/\/.*\n)+/.exec(text)?.[0] ?? '';
  const compilerOptions = { removeComments: true, target: 'esnext', module: 'esnext' };
  const { outputText } = ts.transpileModule(text, { compilerOptions });
  const kept = outputText.replace(/(from ['"])@noble\/hashes\//g, '$1../hashes/').replace(/^\/\/# sourceMappingURL=.*\n?/gm, '');
  return kept.startsWith(head) ? kept : head + kept;
}

function fetch({ name, version, sha256, to, files }) {
  const said = execFileSync('npm', ['pack', `${name}@${version}`, '--silent'], { cwd: folder });
  const archive = path.join(folder, said.toString().trim().split('\n').at(-1));
  const found = createHash('sha256').update(readFileSync(archive)).digest('hex');
  if (found !== sha256) throw new Error(`${name}@${version} has the hash ${found}`);
  execFileSync('tar', ['-xzf', archive, '-C', folder]);
  for (const [from, kept] of Object.entries(files)) {
    const target = path.join(vendor, to, kept);
    mkdirSync(path.dirname(target), { recursive: true });
    const text = readFileSync(path.join(folder, 'package', from), 'utf8');
    writeFileSync(target, kept.endsWith('.js') ? served(text) : text);
  }
  rmSync(path.join(folder, 'package'), { recursive: true });
}
