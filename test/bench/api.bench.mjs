// The API server under load, at 5,000 and at 15,000 pods, and how soon it is back with the latter.
// With `--peer-bin DIR` kube-apiserver and etcd from that directory are asked the same in the same
// run, in turn with us, and the ratios are said; so is a server that does no work (floor.mjs), which shows what
// the client and the machine let any server reach. What is asked: api-load.mjs.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startFloor } from './floor.mjs';
import { startPeer } from './peer.mjs';
import { startCluster } from './support.mjs';

const pods = Number(process.env.PODS ?? 5000);
const manyPods = Number(process.env.MANY_PODS ?? 15_000);
const rounds = Number(process.env.ROUNDS ?? 3);
/**
 * Each server is left alone so long after it is ready: what it does in the background then is over, and
 * idle memory is that of a server at rest. With 0 the load begins at once.
 */
const settleMs = Number(process.env.SETTLE_MS ?? 5_000);
/** What was asked, and no figure. */
const given = new Set(['round', 'pods', 'watchers']);
/** Figures that are better if larger; of all others less is better. */
const rates = new Set(['perSecond', 'eventsPerSecond']);

export async function* bench({ peerBin } = {}) {
  if (peerBin === undefined) yield* measured(await startSkiff(), pods);
  else yield* sideBySide(peerBin);
  yield* manyAndRestart();
}

async function startSkiff() {
  const cluster = await startCluster('--engine', 'simulated');
  const { pid } = await cluster.status();
  return { ...cluster, name: 'skiff', pids: [pid] };
}

/** Both servers in turn, so often; the last lines are the medians and what we are of the other. */
async function* sideBySide(peerBin) {
  const figures = { skiff: new Map(), 'kube-apiserver': new Map(), floor: new Map() };
  for (let round = 1; round <= rounds; round++) {
    const skiff = await startSkiff();
    yield* collected(figures.skiff, measured(skiff, pods, { round }));
    const peer = await startPeer(peerBin, skiff.connection);
    yield* collected(figures['kube-apiserver'], measured(peer, pods, { round }));
    const floor = await startFloor(skiff.connection);
    yield* collected(figures.floor, measured(floor, pods, { round }));
  }
  for (const [name, ours] of figures.skiff) {
    const theirs = figures['kube-apiserver'].get(name);
    if (theirs === undefined) continue;
    const [skiff, peer] = [median(ours), median(theirs)];
    const better = rates.has(name.split(' · ')[1]) ? skiff / peer : peer / skiff;
    const floor = figures.floor.has(name) ? { floor: median(figures.floor.get(name)) } : {};
    yield { compared: name, skiff, peer, timesBetter: Number(better.toFixed(2)), ...floor, rounds };
  }
}

async function* collected(into, lines) {
  for await (const line of lines) {
    for (const [name, value] of Object.entries({
      ...line,
      ...flat(line.event),
    })) {
      if (typeof value !== 'number' || given.has(name)) continue;
      const key = `${line.measure} · ${name}`;
      into.set(key, [...(into.get(key) ?? []), value]);
    }
    yield line;
  }
}

function flat(event) {
  return event === undefined ? {} : { eventP50Ms: event.p50Ms, eventP99Ms: event.p99Ms };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Asks a server everything and takes it down. */
async function* measured(server, count, about = {}) {
  const told = { server: server.name, ...about, pods: count };
  try {
    yield { ...told, measure: 'ready', ms: Math.round(server.upMs) };
    for await (const figures of loaded(server, { pods: count })) yield { ...told, ...figures };
  } finally {
    await server.remove();
  }
}

/** The longest block of the event loop with many pods, and a restart with them. */
async function* manyAndRestart() {
  const skiff = await startSkiff();
  const told = { server: 'skiff', pods: manyPods };
  try {
    for await (const figures of loaded(skiff, { pods: manyPods, keep: true })) {
      yield { ...told, ...figures };
    }
    const restartMs = await skiff.restart();
    const { startMs, rssBytes } = await skiff.status();
    yield { ...told, measure: 'restart', ms: Math.round(restartMs), startMs, rssMb: mb(rssBytes) };
  } finally {
    await skiff.remove();
  }
}

const mb = (bytes) => Math.round(bytes / 1e6);

/** Runs api-load.mjs in a fresh process against the server. */
async function* loaded({ connection, pids }, { pods: count, keep = false }) {
  await setTimeout(settleMs);
  const child = fork(join(import.meta.dirname, 'api-load.mjs'));
  const base64 = (bytes) => Buffer.from(bytes).toString('base64');
  const { ca, cert, key } = connection;
  const told = { ...connection, ca: base64(ca), cert: base64(cert), key: base64(key) };
  const queue = [];
  let wake = () => {};
  child.on('message', (message) => {
    queue.push(message);
    wake();
  });
  child.on('exit', (code) => {
    queue.push(code === 0 ? { end: true } : { failed: `the client ended with ${code}` });
    wake();
  });
  child.send({ connection: told, pods: count, pids, keep });
  for (;;) {
    const message = queue.shift();
    if (message === undefined) {
      await new Promise((resolve) => {
        wake = resolve;
      });
    } else if (message.end) return;
    else if (message.failed) throw new Error(message.failed);
    else yield message;
  }
}
