// The API server under load: 32 connections, 5,000 pods that no scheduler touches, 50 watchers. The
// client shares the machine, as every local client does.
import { request } from 'node:https';
import { createCaller, load, quantiles, startCluster } from './support.mjs';

const pods = Number(process.env.PODS ?? 5000);
const connections = 32;
const watchers = 50;
const changes = 500;

const path = '/api/v1/namespaces/bench/pods';

const pod = (index) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `pod-${index}`,
    labels: { app: 'bench', shard: String(index % 10) },
    annotations: { filler: '.'.repeat(200) },
  },
  spec: {
    schedulerName: 'nobody',
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    containers: [
      { name: 'main', image: 'none', resources: { requests: { cpu: '10m', memory: '16Mi' } } },
    ],
  },
});

export async function* bench() {
  const cluster = await startCluster('--engine', 'simulated');
  const { call, close } = createCaller(cluster.connection, connections);
  try {
    const rss = async () => Math.round((await cluster.status()).rssBytes / 1e6);
    yield { measure: 'idle', rssMb: await rss() };
    await call('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'bench' },
    });
    await load(1, 1, () =>
      call('POST', '/api/v1/namespaces/bench/serviceaccounts', {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default' },
      }),
    ).catch(() => {});
    yield {
      measure: 'create',
      pods,
      ...(await load(pods, connections, (i) => call('POST', path, pod(i)))),
    };
    yield {
      measure: 'get',
      ...(await load(pods, connections, (i) => call('GET', `${path}/pod-${i}`))),
    };
    yield { measure: 'list', ...(await load(5, 1, () => call('GET', path))) };
    const selected = `${path}?labelSelector=${encodeURIComponent('shard in (3)')}`;
    yield { measure: 'list by label', ...(await load(5, 1, () => call('GET', selected))) };
    yield {
      measure: 'patch and watch',
      watchers,
      ...(await patchAndWatch(cluster.connection, call)),
    };
    yield {
      measure: 'delete',
      ...(await load(pods, connections, (i) => call('DELETE', `${path}/pod-${i}`))),
    };
    yield { measure: 'after', rssMb: await rss() };
  } finally {
    close();
    await cluster.remove();
  }
}

/** Every watcher must see every change, in order; anything else is an error, not a figure. */
async function patchAndWatch(connection, call) {
  const sent = new Map();
  const latencies = [];
  const { metadata } = JSON.parse((await call('GET', `${path}?limit=1`)).body);
  let seen = 0;
  let finish;
  const all = new Promise((done) => {
    finish = done;
  });
  const onEvent = (sequence) => {
    latencies.push(performance.now() - sent.get(sequence));
    if (++seen === watchers * changes) finish();
  };
  const open = Array.from({ length: watchers }, () =>
    openWatch(connection, `${path}?watch=1&resourceVersion=${metadata.resourceVersion}`, onEvent),
  );
  const sockets = await Promise.all(open);
  const started = performance.now();
  const patch = await load(changes, connections, (i) => {
    sent.set(i, performance.now());
    const body = { metadata: { annotations: { sequence: String(i) } } };
    return call('PATCH', `${path}/pod-${i}`, body, 'application/merge-patch+json');
  });
  await Promise.race([
    all,
    new Promise((_, fail) => setTimeout(() => fail(new Error(`only ${seen} events came`)), 60_000)),
  ]);
  const eventsPerSecond = Math.round(seen / ((performance.now() - started) / 1000));
  for (const socket of sockets) socket.destroy();
  return { ...patch, eventsPerSecond, event: quantiles(latencies) };
}

function openWatch(connection, watchPath, onEvent) {
  return new Promise((done, fail) => {
    const call = request({ ...connection, agent: false, path: watchPath }, (answer) => {
      let rest = '';
      let last = 0;
      answer.on('data', (chunk) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop();
        for (const line of lines) {
          const sequence = /"sequence":"(\d+)"/.exec(line)?.[1];
          const version = Number(/"resourceVersion":"(\d+)"/.exec(line)?.[1]);
          if (sequence === undefined) continue;
          if (version <= last) throw new Error(`event ${version} after ${last}`);
          last = version;
          onEvent(Number(sequence));
        }
      });
      done(call);
    });
    call.on('error', fail);
    call.end();
  });
}
