// A server that only looks like one: it keeps what it is sent in a map and answers it, over the same TLS and HTTP as
// Skiff, with events for watches in groups, and does nothing of what makes an API server: no validation, ownership of
// fields, access control, selectors or disk. What the load's client reaches with it is about the most that any server
// on this machine and runtime can reach.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:https';

/** From one group of events to the next, in milliseconds; Skiff's with few watches. */
const gatherMs = 3;

/** Starts it in a process of its own, with the client's certificate as its own. */
export async function startFloor({ cert, key }) {
  const started = performance.now();
  const child = fork(import.meta.filename, ['serve'], { stdio: 'inherit' });
  child.send({ cert: String(cert), key: String(key) });
  const [{ port }] = await once(child, 'message');
  const remove = async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  return {
    name: 'floor',
    upMs: performance.now() - started,
    pids: [child.pid],
    remove,
    connection: { host: '127.0.0.1', port, ca: cert, cert, key, rejectUnauthorized: false },
  };
}

/** What an API server adds to a pod of the load, so that answers and events are as long as its. */
function completed(pod, name, resourceVersion) {
  const set = (...names) => Object.fromEntries(names.map((each) => [`f:${each}`, {}]));
  const container = {
    ...set(
      'image',
      'imagePullPolicy',
      'name',
      'terminationMessagePath',
      'terminationMessagePolicy',
    ),
    'f:env': { '.': {}, 'k:{"name":"A"}': { '.': {}, ...set('name', 'value') } },
    'f:resources': { '.': {}, 'f:requests': { '.': {}, ...set('cpu', 'memory') } },
  };
  const fieldsV1 = {
    'f:metadata': {
      'f:annotations': { '.': {}, ...set('filler') },
      'f:labels': { '.': {}, ...set('app', 'shard') },
    },
    'f:spec': {
      'f:containers': { 'k:{"name":"main"}': { '.': {}, ...container } },
      ...set('automountServiceAccountToken', 'dnsPolicy', 'enableServiceLinks', 'restartPolicy'),
      ...set('schedulerName', 'securityContext', 'terminationGracePeriodSeconds'),
    },
  };
  const creationTimestamp = new Date().toISOString();
  const manager = {
    manager: 'node',
    operation: 'Update',
    apiVersion: 'v1',
    fieldsType: 'FieldsV1',
  };
  const evicted = (key) => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 300,
  });
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...{ namespace: 'bench', uid: '0'.repeat(36), generation: 1, creationTimestamp },
      resourceVersion,
      managedFields: [{ ...manager, time: creationTimestamp, fieldsV1 }],
      name,
    },
    spec: {
      ...pod.spec,
      ...{ restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', priority: 0, securityContext: {} },
      ...{ enableServiceLinks: true, preemptionPolicy: 'PreemptLowerPriority' },
      tolerations: ['not-ready', 'unreachable'].map((why) => evicted(`node.kubernetes.io/${why}`)),
    },
    status: { phase: 'Pending', qosClass: 'Burstable' },
  };
}

function serve({ cert, key }) {
  const pods = new Map();
  const watches = new Set();
  let revision = 0;
  let group = '';
  const pass = () => {
    const bytes = Buffer.from(group);
    group = '';
    for (const watch of watches) watch.write(bytes);
  };
  const happened = (pod) => {
    if (group === '') setTimeout(pass, gatherMs);
    group += `{"type":"MODIFIED","object":${pod}}\n`;
  };
  const answerTo = (method, path, name, body) => {
    if (method === 'POST') {
      const pod = JSON.parse(body);
      const made = completed(pod, pod.metadata.name, String(++revision));
      pods.set(made.metadata.name, JSON.stringify(made));
      return pods.get(made.metadata.name);
    }
    if (method === 'PATCH') {
      const pod = JSON.parse(pods.get(name));
      Object.assign(pod.metadata.annotations, JSON.parse(body).metadata.annotations);
      pod.metadata.resourceVersion = String(++revision);
      pods.set(name, JSON.stringify(pod));
      happened(pods.get(name));
    }
    if (name !== undefined) return pods.get(name);
    const items = path.includes('limit=') ? '' : [...pods.values()].join();
    return `{"kind":"PodList","metadata":{"resourceVersion":"${revision}"},"items":[${items}]}`;
  };
  // Certificates are exchanged, and nobody looks at them.
  const tls = { cert, key, requestCert: true, rejectUnauthorized: false };
  const server = createServer({ ...tls, keepAliveTimeout: 0 }, async (request, answer) => {
    const { method, url: path } = request;
    const parts = [];
    for await (const part of request) parts.push(part);
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache, private' };
    if (path.includes('watch=1')) {
      answer.writeHead(200, headers).flushHeaders();
      watches.add(answer);
      answer.on('close', () => watches.delete(answer));
      return;
    }
    const name = path.split('?')[0].split('/')[6];
    const bytes = Buffer.from(answerTo(method, path, name, Buffer.concat(parts)));
    answer.writeHead(method === 'POST' ? 201 : 200, {
      ...headers,
      'content-length': bytes.length,
    });
    answer.end(bytes);
  });
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
}

if (process.argv[2] === 'serve') process.once('message', serve);
