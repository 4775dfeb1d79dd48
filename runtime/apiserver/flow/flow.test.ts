/** What a server does to clients that are too many, too slow or too large. */
import { request } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import { parseRequest, type ResourceRequest } from '../http/request-info.ts';
import type { KeyAndCertificate } from '../pki/certificates.ts';
import { ask } from '../testing/https-client.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { Watchers } from './watchers.ts';
import { widest, workOf } from './width.ts';

let server: TestServer;
let port: number;
let jane: KeyAndCertificate;
const sockets: TLSSocket[] = [];

async function start(options: Parameters<typeof startTestServer>[0] = {}): Promise<void> {
  server = await startTestServer(options);
  port = (await server.api.listen({ host: '127.0.0.1', port: 0 })).port;
  jane = await server.pki.clientCertificate('jane', []);
}
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

const get = (path: string, as: KeyAndCertificate = server.pki.admin) =>
  ask(port, server.pki.caPem, path, { as });
const flow = { group: 'flowcontrol.apiserver.k8s.io', version: 'v1' };
const schemas = { ...flow, resource: 'flowschemas' };
const levels = { ...flow, resource: 'prioritylevelconfigurations' };

/** A request whose body never ends: it holds its seat. Resolves once the server works on it. */
function hold(as: KeyAndCertificate): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const call = request({
      ...{ host: '127.0.0.1', port, ca: server.pki.caPem, agent: false, method: 'POST' },
      ...{ cert: as.certPem, key: as.keyPem },
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      headers: { 'Content-Type': 'application/json', Expect: '100-continue' },
    });
    call.on('error', () => {});
    call.on('continue', () => {
      call.write('{');
      resolve(() => call.destroy());
    });
    call.on('response', (response) => reject(new Error(`it was answered: ${response.statusCode}`)));
    call.flushHeaders();
  });
}

/** Begins a watch; the result ends it. */
function watching(path: string, as: KeyAndCertificate): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const call = request({
      ...{ host: '127.0.0.1', port, ca: server.pki.caPem, agent: false, path },
      ...{ cert: as.certPem, key: as.keyPem },
    });
    call.on('response', (response) => {
      response.on('error', () => {});
      if (response.statusCode === 200) resolve(() => call.destroy());
      else reject(new Error(`it was answered: ${response.statusCode}`));
    });
    call.on('error', reject);
    call.end();
  });
}

describe('priority and fairness', () => {
  beforeEach(() => start({ maxRequestsInFlight: 20 }));

  it('has the standard schemas and levels, and says where a request was put', async () => {
    const list = await server.client.list<UnknownObject>(schemas);
    expect(list.items.map(({ metadata }) => metadata.name)).toContain('system-leader-election');
    const uid = async (resource: typeof schemas, name: string) =>
      (await server.client.get({ ...resource, name })).metadata.uid;
    const admins = await get('/api/v1/nodes');
    expect(admins.headers['x-kubernetes-pf-flowschema-uid']).toBe(await uid(schemas, 'exempt'));
    expect(admins.headers['x-kubernetes-pf-prioritylevel-uid']).toBe(await uid(levels, 'exempt'));
    const janes = await get('/version', jane);
    expect(janes.headers['x-kubernetes-pf-flowschema-uid']).toBe(
      await uid(schemas, 'global-default'),
    );
  });

  it('says in the status of a schema whether its level exists', async () => {
    const spec = { priorityLevelConfiguration: { name: 'missing' }, matchingPrecedence: 5000 };
    const own = { apiVersion: `${flow.group}/v1`, kind: 'FlowSchema', metadata: { name: 'own' } };
    await server.client.create(schemas, { ...own, spec } as UnknownObject);
    const condition = async (wanted: string) => {
      const options = { fieldSelector: 'metadata.name=own' };
      for await (const { object } of server.client.watch<UnknownObject>(schemas, options)) {
        const { conditions = [] } = ((object as UnknownObject).status ?? {}) as {
          conditions?: { type: string; status: string }[];
        };
        if (conditions.some(({ type, status }) => type === 'Dangling' && status === wanted)) return;
      }
    };
    await condition('True');
    const level = { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } };
    await server.client.create(levels, {
      apiVersion: `${flow.group}/v1`,
      kind: 'PriorityLevelConfiguration',
      metadata: { name: 'missing' },
      spec: level,
    } as UnknownObject);
    await condition('False');
  });

  it('turns away who has taken all seats of a level, and nobody else', async () => {
    const reject = { type: 'Reject' };
    await server.client.patch({ ...levels, name: 'global-default' }, 'merge', {
      spec: {
        limited: { nominalConcurrencyShares: 1, limitResponse: { ...reject, queuing: null } },
      },
    });
    const release = await hold(jane);
    const refused = await get('/version', jane);
    expect(refused.code).toBe(429);
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.json()).toMatchObject({ reason: 'TooManyRequests', code: 429 });
    const told = (await get('/metrics')).text;
    const about = 'priority_level="global-default",flow_schema="global-default"';
    const [name, reason] = ['apiserver_flowcontrol_rejected_requests_total', 'concurrency-limit'];
    expect(told).toContain(`${name}{${about},reason="${reason}"} 1\n`);
    expect(told).toContain(`apiserver_flowcontrol_current_executing_requests{${about}} 1\n`);
    expect((await get('/version')).code).toBe(200);
    expect((await get('/livez', jane)).code).toBe(200);
    release();
    // The seat comes back when the connection is gone, which takes the server a moment to see.
    let code = 429;
    while (code === 429) code = (await get('/version', jane)).code;
    expect(code).toBe(200);
  });

  it('lets requests wait in line for a seat', async () => {
    await server.client.patch({ ...levels, name: 'global-default' }, 'merge', {
      spec: { limited: { nominalConcurrencyShares: 1 } },
    });
    const release = await hold(jane);
    const waiting = get('/version', jane);
    const other = await get('/version');
    expect(other.code).toBe(200);
    release();
    expect((await waiting).code).toBe(200);
  });

  it('lets a watch wait, and counts it until it has been told what there is', async () => {
    await server.client.patch({ ...levels, name: 'global-default' }, 'merge', {
      spec: { limited: { nominalConcurrencyShares: 1 } },
    });
    const apiGroup = 'rbac.authorization.k8s.io';
    const bindings = { group: apiGroup, version: 'v1', resource: 'clusterrolebindings' };
    await server.client.create(bindings, {
      ...{ apiVersion: `${apiGroup}/v1`, kind: 'ClusterRoleBinding', metadata: { name: 'jane' } },
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup, kind: 'User', name: 'jane' }],
    } as UnknownObject);
    const release = await hold(jane);
    const watches = [1, 2].map(() => watching('/api/v1/nodes?watch=1', jane));
    const first = await Promise.race([...watches, get('/version').then(() => 'none')]);
    expect(first).toBe('none');
    release();
    // The level has one seat: the second watch gets it while the first goes on.
    for (const end of await Promise.all(watches)) end();
  });
});

describe('seats of a level', () => {
  it('are lent to one that is busy, within ten seconds', async () => {
    const clock = new VirtualClock(Date.now());
    await start({ maxRequestsInFlight: 20, clock });
    await server.client.patch({ ...levels, name: 'global-default' }, 'merge', {
      spec: { limited: { nominalConcurrencyShares: 1, lendablePercent: 0 } },
    });
    const releases = [await hold(jane), await hold(jane)];
    const dump = async (which: string) =>
      (await get(`/debug/api_priority_and_fairness/dump_${which}`)).text;
    // One has the only seat, and the other stands in line.
    await expect
      .poll(() => dump('priority_levels'))
      .toMatch(/global-default, +1, +false, +false, +1, +1, /);
    expect(await dump('requests')).toMatch(
      /\nglobal-default, +global-default, +jane, +\S+Z, +1,\n/,
    );
    await clock.advance(10_000);
    expect(await dump('priority_levels')).toMatch(/global-default, +0, +false, +false, +0, +2, /);
    expect(await dump('queues')).toMatch(/\nglobal-default, +0, +0, +\d+, +[2-9],\n/);
    expect((await get('/debug/api_priority_and_fairness/dump_all')).code).toBe(404);
    expect((await get('/debug/api_priority_and_fairness/dump_requests', jane)).code).toBe(403);
    for (const release of releases) release();
  });

  /** Of objects of 1,500 bytes each, and that many watchers of pods. */
  function widthIn(count: number, watchers = 0) {
    const stockOf = () => ({ count, bytes: count * 1_500 });
    return (path: string, method = 'GET') =>
      workOf(parseRequest(method, path), 10, { stockOf, watchersOf: () => watchers });
  }

  it('are taken by lists for what they read, up to what is held at a time', () => {
    const seats = (path: string, count: number) => widthIn(count)(path).seats;
    expect(seats('/api/v1/pods', 0)).toBe(1);
    expect(seats('/api/v1/pods', 150)).toBe(3);
    expect(seats('/api/v1/pods', 15_000)).toBe(10);
    expect(seats('/api/v1/pods?limit=100', 15_000)).toBe(2);
    expect(seats('/api/v1/pods?limit=100&labelSelector=a', 15_000)).toBe(2);
    expect(seats('/api/v1/pods?fieldSelector=metadata.name%3Dweb', 15_000)).toBe(1);
    expect(seats('/api/v1/namespaces/default/pods/web', 15_000)).toBe(1);
    expect([widest(245), widest(40), widest(13), widest(0)]).toEqual([10, 6, 1, 1]);
  });

  it('are taken by watches that begin with what there is', () => {
    const seats = (query: string) => widthIn(15_000)(`/api/v1/pods?watch=1${query}`).seats;
    expect(['', '&resourceVersion=0', '&resourceVersion=9'].map(seats)).toEqual([10, 10, 1]);
    expect(seats('&resourceVersion=9&sendInitialEvents=true')).toBe(10);
  });

  it('are kept after writes that many wait for', () => {
    const path = '/api/v1/namespaces/default/pods/web';
    expect(widthIn(0, 9)(path, 'PUT')).toEqual({ seats: 1, afterMs: 0 });
    expect(widthIn(0, 10)(path, 'PUT')).toEqual({ seats: 1, afterMs: 5 });
    expect(widthIn(0, 45)(path, 'DELETE')).toEqual({ seats: 5, afterMs: 5 });
    expect(widthIn(0, 1_000)(path, 'PATCH')).toEqual({ seats: 10, afterMs: 50 });
    const token = '/api/v1/namespaces/default/serviceaccounts/robot/token';
    expect(widthIn(0, 1_000)(token, 'POST')).toEqual({ seats: 1, afterMs: 0 });
    const watchers = new Watchers();
    const at = (path: string) => parseRequest('GET', path) as ResourceRequest;
    const all = ['/api/v1/pods', '/api/v1/namespaces/default/pods', path];
    const forget = all.map((each) => watchers.add(at(`${each}?watch=1`)));
    expect(
      [...all, '/api/v1/namespaces/a/pods/web', '/api/v1/nodes'].map((each) =>
        watchers.of(at(each)),
      ),
    ).toEqual([1, 2, 3, 1, 0]);
    for (const each of forget) each();
    expect(watchers.of(at(path))).toBe(0);
  });
});

describe('limits', () => {
  beforeEach(() => start());

  it('refuses bodies of more than 3 MiB', async () => {
    const body = Buffer.alloc(3 * 1024 * 1024 + 1, 'x');
    const path = '/api/v1/namespaces/default/configmaps';
    const answer = await ask(port, server.pki.caPem, path, {
      ...{ method: 'POST', body, as: server.pki.admin },
    });
    expect(answer.code).toBe(413);
    expect(answer.json()).toMatchObject({ reason: 'RequestEntityTooLarge' });
  });

  it('takes long addresses, and refuses endless heads', async () => {
    const long = await get(`/api/v1/nodes?labelSelector=a%20in%20(${'b,'.repeat(20_000)}c)`);
    expect(long.code).toBe(200);
    const endless = await ask(port, server.pki.caPem, '/version', {
      headers: { 'X-Long': 'x'.repeat(1100 * 1024) },
    }).catch((error: Error) => error);
    expect(endless instanceof Error || endless.code === 431).toBe(true);
  });

  it('answers 504 when the time that a request allots itself is over', async () => {
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews?timeout=100ms';
    const answer = await new Promise<{ code: number; text: string }>((resolve, reject) => {
      const { certPem: cert, keyPem: key } = server.pki.admin;
      const call = request(
        { ...{ host: '127.0.0.1', port, ca: server.pki.caPem, cert, key, path }, method: 'POST' },
        (response) => {
          let text = '';
          response.on('data', (chunk) => {
            text += chunk;
          });
          response.on('end', () => resolve({ code: response.statusCode ?? 0, text }));
        },
      );
      call.on('error', reject);
      call.write('{');
    });
    expect(answer.code).toBe(504);
    expect(JSON.parse(answer.text)).toMatchObject({ reason: 'Timeout' });
    const wrong = await get('/version?timeout=soon');
    expect(wrong.code).toBe(400);
  });

  it('serves others while two hundred connections say nothing or half of something', async () => {
    const opened = Array.from(
      { length: 200 },
      (_, i) =>
        new Promise<TLSSocket>((resolve, reject) => {
          const socket = connect({ host: '127.0.0.1', port, ca: server.pki.caPem }, () => {
            if (i % 2 === 0) socket.write('GET /version HTTP/1.1\r\nHost: x\r\nX-Slow: ');
            resolve(socket);
          });
          socket.on('error', reject);
          sockets.push(socket);
        }),
    );
    const open = await Promise.all(opened);
    expect((await get('/version')).code).toBe(200);
    // Before they are given up, not after.
    expect(open.filter(({ destroyed, readableEnded }) => destroyed || readableEnded)).toEqual([]);
  });

  it('cuts off who sends a body without end, and who does not read a list', async () => {
    const { certPem: cert, keyPem: key } = server.pki.admin;
    const configMaps = { group: '', version: 'v1', resource: 'configmaps', namespace: 'default' };
    for (let i = 0; i < 40; i++) {
      const metadata = { name: `big-${i}` };
      const data = { a: 'x'.repeat(900_000) };
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as UnknownObject;
      await server.client.create(configMaps, object);
    }
    const open = (head: string): Promise<TLSSocket> =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port, ca: server.pki.caPem, cert, key }, () => {
          socket.write(head);
          resolve(socket);
        });
        sockets.push(socket);
        socket.on('error', reject);
      });
    const idler = await open('GET /api/v1/configmaps?timeout=1s HTTP/1.1\r\nHost: x\r\n\r\n');
    idler.pause();
    const ended = new Promise((resolve) => idler.once('close', resolve));
    idler.removeAllListeners('error').on('error', () => {});
    const sender = await open(
      'POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\nHost: x\r\n' +
        'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    sender.removeAllListeners('error').on('error', () => {});
    let answer = '';
    sender.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
    });
    const chunk = Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`);
    const cut = new Promise((resolve) => sender.once('close', resolve));
    const send = () => {
      while (!sender.destroyed && sender.write(chunk));
    };
    sender.on('drain', send);
    send();
    expect((await get('/version')).code).toBe(200);
    await cut;
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    let read = 0;
    idler.on('data', (piece: Buffer) => {
      read += piece.length;
    });
    // The server gave up a second after the request's time was over; what was on the way is left.
    idler.resume();
    await ended;
    expect(read).toBeLessThan(36_000_000);
  });

  it('cuts off a watch that nobody reads, and not the one that somebody does', async () => {
    const { certPem: cert, keyPem: key } = server.pki.admin;
    const watch = (read: (chunk: Buffer) => void): Promise<TLSSocket> =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port, ca: server.pki.caPem, cert, key }, () => {
          socket.write('GET /api/v1/configmaps?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n');
        });
        sockets.push(socket);
        socket.on('error', reject);
        socket.once('data', () => {
          socket.on('data', read);
          resolve(socket);
        });
      });
    let seen = 0;
    const reader = await watch((chunk) => {
      seen += chunk.length;
    });
    const idler = await watch(() => {});
    idler.pause();
    const configMaps = { group: '', version: 'v1', resource: 'configmaps', namespace: 'default' };
    const name = 'big';
    await server.client.create(configMaps, {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } },
      data: { a: 'x'.repeat(900_000) },
    } as UnknownObject);
    // 64 MiB may wait for a reader, and some more in the buffers on the way.
    for (let i = 0; i < 100; i++) {
      const patch = { data: { n: String(i) } };
      await server.client.patch({ ...configMaps, name }, 'merge', patch);
      while (seen < i * 900_000) await new Promise((resolve) => reader.once('data', resolve));
    }
    const closed = new Promise((resolve) => idler.once('close', resolve));
    idler.resume();
    await closed;
    expect(reader.destroyed).toBe(false);
  });
});
