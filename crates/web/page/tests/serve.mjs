/**
 * Serves the page as a server does, with a gateway of the tests behind it:
 *
 *     node tests/serve.mjs [PORT]
 */

import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { WebSocketServer } from 'ws';
import { ofNetwork, served } from '../tools/files.mjs';
import { Gateway } from './gateway.mjs';

const PAGE = path.join(import.meta.dirname, '..');
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/** As a server does it: what documents load has a version in its path. */
const VERSION = 'v/0123/';
const isRoot = (file) => file.endsWith('.html') || file === 'sw.js';
function contentOf(file) {
  const bytes = readFileSync(path.join(PAGE, file));
  if (!isRoot(file)) return bytes;
  const text = bytes.toString().replace("const PREFIX = './';", `const PREFIX = './${VERSION}';`);
  return text.replace(/\b(href|src)="([^"]+\.(?:js|css))"/g, `$1="${VERSION}$2"`);
}

/** What is asked for at the top. */
const SHORT = { '/': 'index.html', '/network': 'network.html' };

/** Begins to serve; says by which port. `answer` takes what of requests is its own. */
export async function serve(gateway = new Gateway(), port = 0, answer = () => false) {
  const files = new Set([...served(), ...ofNetwork()]);
  const http = createServer((request, response) => {
    if (answer(request, response)) return undefined;
    const { pathname } = new URL(request.url, 'http://page');
    const file = SHORT[pathname] ?? pathname.slice(1).replace(VERSION, '');
    if (!files.has(file)) return response.writeHead(404).end();
    const type = TYPES[path.extname(file)] ?? 'text/plain; charset=utf-8';
    const keep = pathname.startsWith(`/${VERSION}`) ? 'public, max-age=31536000, immutable' : 'no-cache';
    const policy = isRoot(file) ? { 'content-security-policy': POLICY } : {};
    response.writeHead(200, { 'content-type': type, 'cache-control': keep, 'x-content-type-options': 'nosniff', ...policy });
    return response.end(contentOf(file));
  });
  const sockets = new WebSocketServer({ server: http, path: '/v1/link', handleProtocols: () => 'postrider.v1' });
  sockets.on('connection', (socket) => connect(gateway, socket));
  await new Promise((resolve) => http.listen(port, '127.0.0.1', resolve));
  const close = () => {
    for (const client of sockets.clients) client.terminate();
    http.closeAllConnections();
    http.close();
  };
  return { gateway, port: http.address().port, close };
}

function connect(gateway, socket) {
  const pair = gateway.opener()();
  pair.onmessage = ({ data }) => socket.send(data);
  pair.onclose = () => socket.terminate();
  socket.on('message', (data) => pair.send(new Uint8Array(data)));
  socket.on('close', () => pair.close());
}

if (process.argv[1] === import.meta.filename) {
  const { port } = await serve(new Gateway(), Number(process.argv[2] ?? 0));
  console.log(`http://127.0.0.1:${port}/`);
}
