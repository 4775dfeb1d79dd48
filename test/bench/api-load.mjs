// What an API server is asked, in a process of its own, so that every server meets the same cold
// client: 32 connections, pods that no scheduler touches, 50 watchers. The client shares the machine,
// as every local client does. Started by api.bench.mjs, which sends what to ask whom.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { createCaller, load, quantiles } from './support.mjs';

const connections = 32;
const watchers = 50;
const changes = 500;
const lists = 5;
/** Of /proc/PID/stat, in milliseconds. */
const tickMs = 10;

const namespace = `/api/v1/namespaces/bench`;
const path = `${namespace}/pods`;

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
      {
        name: 'main',
        image: 'none',
        resources: { requests: { cpu: '10m', memory: '16Mi' } },
        env: [{ name: 'A', value: 'b' }],
      },
    ],
  },
});

process.once('message', async ({ connection, pods, pids, keep }) => {
  const reviveBytes = (bytes) => Buffer.from(bytes, 'base64');
  const { ca, cert, key } = connection;
  const server = {
    ...connection,
    ca: reviveBytes(ca),
    cert: reviveBytes(cert),
    key: reviveBytes(key),
  };
  try {
    for await (const figures of measure(server, { pods, pids, keep })) process.send(figures);
    process.exit(0);
  } catch (error) {
    process.send({ failed: error.stack ?? String(error) });
    process.exit(1);
  }
});

async function* measure(connection, { pods, pids, keep }) {
  const { call, close } = createCaller(connection, connections);
  const observed = createObserver(call, pids);
  const measured = async (measure, calls, work) => {
    await observed.begin();
    return { measure, ...(await work()), ...(await observed.end(calls)) };
  };
  const listed = (query) => async () => {
    const { p50Ms } = await load(lists, 1, () => call('GET', path + query));
    return { ms: p50Ms };
  };
  yield { measure: 'idle', rssMb: observed.rssMb() };
  await prepare(call);
  yield await measured('create', pods, () =>
    load(pods, connections, (i) => call('POST', path, pod(i))),
  );
  const gets = Math.min(pods, 5000);
  yield await measured('get', gets, () =>
    load(gets, connections, (i) => call('GET', `${path}/pod-${i}`)),
  );
  yield await measured('list cached', lists, listed('?resourceVersion=0'));
  yield await measured('list', lists, listed(''));
  const selector = encodeURIComponent('shard in (3)');
  yield await measured('list by label', lists, listed(`?labelSelector=${selector}`));
  yield await measured('patch and watch', changes, () => patchAndWatch(connection, call));
  if (!keep) {
    yield await measured('delete', pods, () =>
      load(pods, connections, (i) => call('DELETE', `${path}/pod-${i}`)),
    );
  }
  yield { measure: 'after', rssMb: observed.rssMb() };
  close();
}

/** A namespace; where nothing makes its default service account, that too. */
async function prepare(call) {
  const expect = ({ status, body }, ...allowed) => {
    if (!allowed.includes(status)) throw new Error(`answered ${status}: ${body}`);
  };
  const v1 = (kind, name) => ({ apiVersion: 'v1', kind, metadata: { name } });
  expect(await call('POST', '/api/v1/namespaces', v1('Namespace', 'bench')), 201);
  const account = v1('ServiceAccount', 'default');
  expect(await call('POST', `${namespace}/serviceaccounts`, account), 201, 409);
}

/** What server and client spend: processor time, memory, and where the server says so its longest block. */
function createObserver(call, pids) {
  const proc = (pid, file) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8');
    } catch {
      return undefined;
    }
  };
  const cpuMs = () =>
    pids.reduce((sum, pid) => {
      const stat = proc(pid, 'stat');
      const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
      return sum + (Number(fields[11]) + Number(fields[12])) * tickMs;
    }, 0);
  // Longest since the page was last read; servers in Go have no such loop.
  const blockMs = async () => {
    const page = (await call('GET', '/metrics')).body.toString();
    const seconds = /^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(page)?.[1];
    return seconds === undefined ? undefined : Number((Number(seconds) * 1000).toFixed(1));
  };
  let began = 0;
  let own;
  return {
    async begin() {
      await blockMs();
      began = cpuMs();
      own = process.cpuUsage();
    },
    async end(calls) {
      const spent = (cpuMs() - began) / calls;
      const { user, system } = process.cpuUsage(own);
      const block = await blockMs();
      return {
        ...(Number.isNaN(spent) ? {} : { serverCpuMs: Number(spent.toFixed(3)) }),
        clientCpuMs: Number(((user + system) / 1000 / calls).toFixed(3)),
        ...(block === undefined ? {} : { longestBlockMs: block }),
      };
    },
    /** 10^6 bytes; undefined where there is no /proc. */
    rssMb() {
      const kb = pids.map((pid) => /VmRSS:\s+(\d+)/.exec(proc(pid, 'status') ?? '')?.[1]);
      return kb.includes(undefined)
        ? undefined
        : Math.round(kb.reduce((sum, each) => sum + Number(each) * 1024, 0) / 1e6);
    },
  };
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
  return { ...patch, watchers, eventsPerSecond, event: quantiles(latencies) };
}

/** Resolves once the server has answered; one that holds its headers back gets three seconds. */
function openWatch(connection, watchPath, onEvent) {
  return new Promise((done, fail) => {
    const call = request({ ...connection, agent: false, path: watchPath }, (answer) => {
      let rest = '';
      let last = 0;
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => {
        rest += chunk;
        for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
          const line = rest.slice(0, end);
          rest = rest.slice(end + 1);
          const sequence = /"sequence":"(\d+)"/.exec(line)?.[1];
          if (sequence === undefined) continue;
          const version = Number(/"resourceVersion":"(\d+)"/.exec(line)?.[1]);
          if (version <= last) throw new Error(`event ${version} after ${last}`);
          last = version;
          onEvent(Number(sequence));
        }
      });
      done(call);
    });
    call.on('error', (error) => {
      if (!call.destroyed) fail(error);
    });
    call.end();
    setTimeout(() => done(call), 3000).unref();
  });
}
