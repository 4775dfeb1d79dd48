// A cluster on the simulated engine for a benchmark, and what is asked of it over HTTPS.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';

const skiff = resolve(import.meta.dirname, '../../dist/skiff.js');

/**
 * Starts a cluster of its own; `restart` ends its process and answers how many milliseconds the next
 * one needs, `remove` ends it and its data.
 */
export async function startCluster(...args) {
  const home = await mkdtemp(join(tmpdir(), 'skiff-bench-'));
  const data = join(home, 'data');
  const env = { ...process.env, XDG_DATA_HOME: home };
  const command = (...words) =>
    promisify(execFile)('node', [skiff, ...words], { env, maxBuffer: 1 << 26 });
  const up = async () => {
    const started = performance.now();
    await command('up', '--name', 'bench', '--data', data, ...args);
    return performance.now() - started;
  };
  const upMs = await up();
  const restart = async () => {
    await command('down', '--name', 'bench');
    return up();
  };
  const status = async () =>
    JSON.parse((await command('status', '--name', 'bench', '-o', 'json')).stdout);
  const remove = async () => {
    await command('down', '--name', 'bench', '--purge');
    await rm(home, { recursive: true, force: true });
  };
  return {
    upMs,
    status,
    restart,
    remove,
    connection: await connectionOf(join(data, 'kubeconfig')),
  };
}

async function connectionOf(file) {
  const { clusters, users } = parse(await readFile(file, 'utf8'));
  const { hostname, port } = new URL(clusters[0].cluster.server);
  const bytes = (text) => Buffer.from(text, 'base64');
  return {
    host: hostname,
    port,
    ca: bytes(clusters[0].cluster['certificate-authority-data']),
    cert: bytes(users[0].user['client-certificate-data']),
    key: bytes(users[0].user['client-key-data']),
  };
}

/** Calls of one kind of client: so many connections, kept open. */
export function createCaller(connection, connections) {
  const agent = new Agent({ ...connection, keepAlive: true, maxSockets: connections });
  const call = (method, path, body, type = 'application/json') =>
    new Promise((done, fail) => {
      const data = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      const headers =
        data === undefined ? {} : { 'content-type': type, 'content-length': data.length };
      const sent = request({ ...connection, agent, method, path, headers }, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => done({ status: answer.statusCode, body: Buffer.concat(parts) }));
      });
      sent.on('error', fail);
      sent.end(data);
    });
  return { call, close: () => agent.destroy() };
}

/** Runs `work(0)` to `work(count - 1)`, so many at a time; rate and latencies in milliseconds. */
export async function load(count, concurrency, work) {
  const latencies = [];
  let next = 0;
  const started = performance.now();
  const worker = async () => {
    while (next < count) {
      const index = next++;
      const begun = performance.now();
      const { status } = await work(index);
      if (status >= 300) throw new Error(`call ${index} answered ${status}`);
      latencies.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (performance.now() - started) / 1000;
  return { perSecond: Math.round(count / seconds), ...quantiles(latencies) };
}

export function quantiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part) =>
    Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(2));
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}
