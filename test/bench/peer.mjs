// The original beside us: kube-apiserver and etcd from binaries that the caller names. They take the
// client certificates of a Skiff cluster, so both servers answer the very same client.
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const patienceMs = 60_000;

/**
 * Starts etcd and kube-apiserver from `binaries`, which must hold files of these names, on loopback
 * and in a directory of their own. Throws if they are not ready within a minute.
 */
export async function startPeer(binaries, { ca, cert, key }) {
  for (const name of ['etcd', 'kube-apiserver']) await access(join(binaries, name));
  const home = await mkdtemp(join(tmpdir(), 'skiff-bench-peer-'));
  const file = (name) => join(home, name);
  const [client, peer, port] = await Promise.all([freePort(), freePort(), freePort()]);
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(file('sa.key'), keys.privateKey.export({ type: 'pkcs1', format: 'pem' }));
  await writeFile(file('sa.pub'), keys.publicKey.export({ type: 'spki', format: 'pem' }));
  await writeFile(file('ca.crt'), ca);
  const etcd = `http://127.0.0.1:${client}`;
  const started = performance.now();
  const processes = [
    run(binaries, home, 'etcd', [
      `--data-dir=${file('etcd')}`,
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${etcd}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
    ]),
    run(binaries, home, 'kube-apiserver', [
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${file('certificates')}`,
      `--client-ca-file=${file('ca.crt')}`,
      '--authorization-mode=Node,RBAC',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${file('sa.pub')}`,
      `--service-account-signing-key-file=${file('sa.key')}`,
    ]),
  ];
  const remove = async () => {
    for (const { child } of processes.toReversed()) await end(child);
    await rm(home, { recursive: true, force: true });
  };
  try {
    const connection = { host: '127.0.0.1', port, cert, key };
    await ready(processes, connection);
    const upMs = performance.now() - started;
    // It signs its own serving certificate.
    const own = await readFile(file('certificates/apiserver.crt'));
    const pids = processes.map(({ child }) => child.pid);
    return { name: 'kube-apiserver', upMs, pids, remove, connection: { ...connection, ca: own } };
  } catch (error) {
    await remove();
    throw error;
  }
}

function run(binaries, home, name, args) {
  const log = join(home, `${name}.log`);
  const child = spawn(join(binaries, name), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = createWriteStream(log);
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  child.on('error', () => {});
  return { name, child, log };
}

async function ready(processes, connection) {
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    for (const { name, child, log } of processes) {
      if (child.pid !== undefined && child.exitCode === null) continue;
      const last = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').slice(-3);
      throw new Error(`${name} has ended: ${last.join(' | ')}`);
    }
    if (await isReady(connection)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('kube-apiserver is not ready after a minute');
}

/** Only to learn that it serves; its certificate is not known yet. */
function isReady(connection) {
  return new Promise((resolve) => {
    const options = { ...connection, agent: false, path: '/readyz', rejectUnauthorized: false };
    const call = request(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    call.on('error', () => resolve(false));
    call.end();
  });
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}
