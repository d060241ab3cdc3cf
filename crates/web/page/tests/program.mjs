/** Servers of the real program, for the tests; POSTRIDER names another one. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import dgram from 'node:dgram';
import net from 'node:net';
import path from 'node:path';

export const PROGRAM = process.env.POSTRIDER ?? path.join(import.meta.dirname, '../../../../target/debug/postrider');
/** What was started and has to be ended. */
export const running = new Set();

export async function freePort() {
  const udp = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(udp, 'listening');
  const { port } = udp.address();
  const tcp = net.createServer().listen(port, '127.0.0.1');
  await Promise.race([once(tcp, 'listening'), once(tcp, 'error')]);
  const isFree = tcp.listening;
  await Promise.all([new Promise((done) => udp.close(done)), new Promise((done) => tcp.close(done))]);
  return isFree ? port : freePort();
}

/** Starts a server, and waits until its page is there. */
export async function start({ name, port, data, peers }) {
  const address = `127.0.0.1:${port}`;
  const args = ['serve', '--listen', address, '--name', name, '--data', data, '--web', address, '--log', 'error'];
  const server = spawn(PROGRAM, [...args, ...peers.flatMap((peer) => ['--peer', peer])], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(server);
  let said = '';
  for await (const bytes of server.stdout) {
    said += bytes;
    if (said.includes('its page is at')) break;
  }
  assert.match(said, /its page is at/, said);
  return server;
}

export async function kill(server) {
  server.kill('SIGKILL');
  running.delete(server);
  if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
}
