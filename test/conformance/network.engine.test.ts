/** What conformance tests since 1.21 ask of services, proxies and namespaces, on real containers. */
import { request } from 'node:https';
import { describe, expect, it } from 'vitest';
import { isApiError } from '../../runtime/api/status.ts';
import type {
  ConfigMap,
  EndpointSlice,
  Pod,
  PodDisruptionBudget,
  Service,
} from '../../runtime/api/types.ts';
import {
  at,
  configMaps,
  endpointSlices,
  endpoints,
  namespaces,
  podDisruptionBudgets,
  pods,
  services,
} from '../../runtime/client/resources.ts';
import { eventually } from '../support/cluster.ts';
import { podAt, shellPod, useCluster } from './support/on-cluster.ts';

const on = useCluster('conf-net');

/** Answers with its name, and what it was asked; TCP on the ports given, UDP on 5353. */
const server = `
  const http = require('node:http');
  const name = require('node:os').hostname();
  const answer = (request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name, method: request.method, url: request.url }));
  };
  for (const port of process.env.PORTS.split(',')) http.createServer(answer).listen(Number(port));
  const udp = require('node:dgram').createSocket('udp4');
  udp.on('message', (text, from) => udp.send(name, from.port, from.address));
  udp.bind(5353);
`;

function serverPod(name: string, labels: Record<string, string> = {}) {
  return shellPod(...([name, '', { labels }] as const), {
    command: ['node', '-e', server],
    env: [{ name: 'PORTS', value: '8080,8081' }],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
  });
}

async function running(namespace: string, name: string, labels?: Record<string, string>) {
  await on.create(pods, namespace, serverPod(name, labels));
  return on.ready(namespace, name);
}

/** The slices of a service, once they are as they should be. */
const slicesOf = (
  namespace: string,
  service: string,
  isRight: (found: EndpointSlice[]) => boolean,
) =>
  eventually(async () => {
    const labelSelector = `kubernetes.io/service-name=${service}`;
    const found = await on.client.list<EndpointSlice>(
      { ...endpointSlices, namespace },
      { labelSelector },
    );
    return found.items;
  }, isRight);

/** What a pod hears from a service. */
const heard = (namespace: string, pod: string, url: string) => {
  const script = `
    fetch(${JSON.stringify(url)}, { signal: AbortSignal.timeout(2000) })
      .then((answer) => answer.text())
      .then(console.log, () => process.exit(1));
  `;
  return on.exec(namespace, pod, ['node', '-e', script]);
};

/** The API server's own answer, whatever it is. */
function ask(
  method: string,
  path: string,
): Promise<{ code: number; location?: string; body: string }> {
  const { server: at, ca, clientCertificate: cert, clientKey: key } = on.client.connection;
  const tls = { ca, cert, key };
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, at), { method, ...tls }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => {
        const { location } = response.headers;
        resolve({
          code: response.statusCode ?? 0,
          body,
          ...(location === undefined ? {} : { location }),
        });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe.concurrent('services', { timeout: 120_000 }, () => {
  it('have slices for the pods they select, and an empty one where there is none', async () => {
    const namespace = await on.namespace('slices');
    const service = (name: string) => ({
      metadata: { name },
      spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    await on.create(services, namespace, service('full'));
    await on.create(services, namespace, service('empty'));
    const pod = await running(namespace, 'pod', { app: 'full' });
    const [full] = await slicesOf(
      namespace,
      'full',
      ([slice]) => slice?.endpoints?.[0]?.conditions?.ready === true,
    );
    expect(full?.endpoints).toMatchObject([
      {
        addresses: [pod.status?.podIP],
        conditions: { ready: true, serving: true, terminating: false },
        targetRef: { kind: 'Pod', name: 'pod', uid: pod.metadata.uid },
        nodeName: pod.spec.nodeName,
      },
    ]);
    const [empty] = await slicesOf(namespace, 'empty', (found) => found.length > 0);
    expect(empty?.endpoints ?? []).toEqual([]);
    const named = await on.client.get<{ subsets?: unknown } & Service>(
      at(endpoints, 'empty', namespace),
    );
    expect(named.subsets).toBeUndefined();
    await on.client.delete(podAt(namespace, 'pod'));
    await slicesOf(namespace, 'full', ([slice]) => (slice?.endpoints ?? []).length === 0);
    await on.client.delete(at(services, 'full', namespace));
    await slicesOf(namespace, 'full', (found) => found.length === 0);
  });

  it('lead to addresses and ports that slices of others name', async () => {
    const namespace = await on.namespace('by-hand');
    const [a, b] = await Promise.all([running(namespace, 'a'), running(namespace, 'b')]);
    const ports = [
      { name: 'one', port: 80, protocol: 'TCP' },
      { name: 'two', port: 81, protocol: 'TCP' },
    ];
    await on.create(services, namespace, { metadata: { name: 'service' }, spec: { ports } });
    const slice = (name: string, pod: Pod, own: object[]) =>
      on.create(endpointSlices, namespace, {
        metadata: { name, labels: { 'kubernetes.io/service-name': 'service' } },
        ...{ addressType: 'IPv4', ports: own, endpoints: [{ addresses: [pod.status?.podIP] }] },
      });
    const [one, two] = [
      { name: 'one', port: 8080, protocol: 'TCP' },
      { name: 'two', port: 8081, protocol: 'TCP' },
    ];
    await Promise.all([
      slice('first', a, [one]),
      slice('second', b, [one]),
      slice('third', b, [two]),
    ]);
    const names = new Set<string>();
    await eventually(
      async () => {
        const answer = await heard(namespace, 'a', 'http://service').catch(() => '{}');
        names.add((JSON.parse(answer) as { name: string }).name);
        return names;
      },
      (seen) => seen.has('a') && seen.has('b'),
    );
    expect(await heard(namespace, 'a', 'http://service:81')).toContain('"name":"b"');
  });

  it('have their Endpoints of others mirrored, changed and taken away', async () => {
    const namespace = await on.namespace('mirrored');
    const spec = { ports: [{ name: 'http', port: 80 }] };
    await on.create(services, namespace, { metadata: { name: 'service' }, spec });
    const subsets = (ip: string) => [{ addresses: [{ ip }], ports: [{ name: 'http', port: 80 }] }];
    const metadata = { name: 'service' };
    await on.create(endpoints, namespace, { metadata, subsets: subsets('10.1.2.3') });
    const isAt = (ip: string) => (found: EndpointSlice[]) =>
      found.length === 1 && found[0]?.endpoints?.[0]?.addresses[0] === ip;
    const [slice] = await slicesOf(namespace, 'service', isAt('10.1.2.3'));
    expect(slice?.metadata.labels?.['endpointslice.kubernetes.io/managed-by']).toBe(
      'endpointslicemirroring-controller.k8s.io',
    );
    const target = at(endpoints, 'service', namespace);
    await on.client.patch(target, 'merge', { subsets: subsets('10.2.3.4') });
    await slicesOf(namespace, 'service', isAt('10.2.3.4'));
    await on.client.delete(target);
    await slicesOf(namespace, 'service', (found) => found.length === 0);
  });

  it('serve TCP and UDP on one port, and each can be taken away', async () => {
    const namespace = await on.namespace('one-port');
    await running(namespace, 'pod', { app: 'both' });
    const [tcp, udp] = [
      { name: 'tcp', port: 80, protocol: 'TCP', targetPort: 8080 },
      { name: 'udp', port: 80, protocol: 'UDP', targetPort: 5353 },
    ];
    const spec = { selector: { app: 'both' }, ports: [tcp, udp] };
    await on.create(services, namespace, { metadata: { name: 'both' }, spec });
    const byTcp = () => heard(namespace, 'pod', 'http://both').then(Boolean, () => false);
    const script = `
      const socket = require('node:dgram').createSocket('udp4');
      socket.on('message', (text) => { console.log(String(text)); process.exit(0); });
      socket.on('error', () => process.exit(0));
      socket.connect(80, 'both', () => socket.send('hello'));
      setTimeout(() => process.exit(0), 1500);
    `;
    const byUdp = async () =>
      (await on.exec(namespace, 'pod', ['node', '-e', script])).trim() === 'pod';
    const both = async () => ({ tcp: await byTcp(), udp: await byUdp() });
    const is = (wanted: object) => (seen: object) =>
      JSON.stringify(seen) === JSON.stringify(wanted);
    await eventually(both, is({ tcp: true, udp: true }));
    const target = at(services, 'both', namespace);
    await on.client.patch(target, 'merge', { spec: { ports: [udp] } });
    await eventually(both, is({ tcp: false, udp: true }));
    await on.client.patch(target, 'merge', { spec: { ports: [tcp] } });
    await eventually(both, is({ tcp: true, udp: false }));
  });

  it('and pods are reached through the API server with every method', async () => {
    const namespace = await on.namespace('proxied');
    await running(namespace, 'pod', { app: 'proxied' });
    const spec = {
      selector: { app: 'proxied' },
      ports: [{ name: 'http', port: 80, targetPort: 8080 }],
    };
    await on.create(services, namespace, { metadata: { name: 'service' }, spec });
    await slicesOf(
      namespace,
      'service',
      ([slice]) => slice?.endpoints?.[0]?.conditions?.ready === true,
    );
    const base = `/api/v1/namespaces/${namespace}`;
    for (const proxy of [`${base}/pods/pod:8080/proxy`, `${base}/services/service:http/proxy`]) {
      for (const method of ['DELETE', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'GET']) {
        const { code, body } = await ask(method, `${proxy}/some/path?with=${method}`);
        expect(code).toBe(200);
        expect(JSON.parse(body)).toMatchObject({ method, url: `/some/path?with=${method}` });
      }
      expect((await ask('HEAD', `${proxy}/some/path`)).code).toBe(200);
      // The root itself: a browser must end up below it.
      for (const method of ['GET', 'HEAD'])
        expect(await ask(method, `${proxy}?with=${method}`)).toMatchObject({
          code: 301,
          location: `${proxy}/?with=${method}`,
        });
      expect(JSON.parse((await ask('POST', proxy)).body)).toMatchObject({
        method: 'POST',
        url: '/',
      });
    }
  });

  it('find the API server itself', async () => {
    const [slice] = await slicesOf('default', 'kubernetes', (found) => found.length > 0);
    expect(slice).toMatchObject({ metadata: { name: 'kubernetes' }, ports: [{ name: 'https' }] });
    const named = await on.client.get(at(endpoints, 'kubernetes', 'default'));
    expect(named).toMatchObject({
      subsets: [{ addresses: [{ ip: slice?.endpoints?.[0]?.addresses[0] }] }],
    });
  });
});

describe.concurrent('namespaces', { timeout: 120_000 }, () => {
  it('go in order: what pods may still need goes after them', async () => {
    const namespace = await on.namespace('ordered');
    const finalizers = ['example.com/waits'];
    const pod = shellPod('pod', 'sleep 300');
    await on.create(pods, namespace, { ...pod, metadata: { ...pod.metadata, finalizers } });
    await on.create(configMaps, namespace, { metadata: { name: 'needed' } });
    await on.ready(namespace, 'pod');
    await on.client.delete(at(namespaces, namespace));
    await on.until<Pod>(
      ...([pods, namespace, 'pod'] as const),
      ({ metadata }) => metadata.deletionTimestamp !== undefined,
    );
    const { status } = await on.until<{ status?: { conditions?: { type: string }[] } } & ConfigMap>(
      ...([namespaces, undefined, namespace] as const),
      (found) =>
        found.status?.conditions?.some(({ type }) => type === 'NamespaceFinalizersRemaining') ??
        false,
    );
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({
        ...{ type: 'NamespaceContentRemaining', status: 'True', reason: 'SomeResourcesRemain' },
        message: 'Some resources are remaining: pods. has 1 resource instances',
      }),
    );
    await on.client.get(at(configMaps, 'needed', namespace));
    await on.client.patch(podAt(namespace, 'pod'), 'merge', { metadata: { finalizers: [] } });
    await eventually(
      () =>
        on.client.get(at(namespaces, namespace)).then(
          () => false,
          (error: unknown) => isApiError(error) && error.reason === 'NotFound',
        ),
      (isGone) => isGone,
    );
  });

  it('get the certificate of the cluster back when someone has changed or removed it', async () => {
    const namespace = await on.namespace('certificate');
    const name = 'kube-root-ca.crt';
    const isRight = ({ data }: ConfigMap) =>
      data?.['ca.crt']?.includes('BEGIN CERTIFICATE') ?? false;
    const { metadata } = await on.until<ConfigMap>(configMaps, namespace, name, isRight);
    const target = at(configMaps, name, namespace);
    await on.client.delete(target);
    const again = await on.until<ConfigMap>(configMaps, namespace, name, isRight);
    expect(again.metadata.uid).not.toBe(metadata.uid);
    await on.client.patch(target, 'merge', { data: { 'ca.crt': 'nonsense' } });
    await on.until<ConfigMap>(configMaps, namespace, name, isRight);
  });

  it('keep as many pods from eviction as their budgets say', async () => {
    const namespace = await on.namespace('budgets');
    const selector = { matchLabels: { app: 'kept' } };
    const spec = { minAvailable: 1, selector };
    await on.create(podDisruptionBudgets, namespace, { metadata: { name: 'budget' }, spec });
    await running(namespace, 'one', { app: 'kept' });
    // Until then one is told to come back in ten seconds.
    await on.until<PodDisruptionBudget>(
      ...([podDisruptionBudgets, namespace, 'budget'] as const),
      ({ status }) => status?.currentHealthy === 1,
    );
    const evict = (name: string) =>
      on.client.create(
        { ...podAt(namespace, name), subresource: 'eviction' },
        { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } },
      );
    await eventually(
      () =>
        evict('one').then(
          () => undefined,
          (error: unknown) => error,
        ),
      (error) =>
        isApiError(error) &&
        error.status.details?.causes?.[0]?.message ===
          'The disruption budget budget needs 1 healthy pods and has 1 currently',
    );
    await running(namespace, 'two', { app: 'kept' });
    await eventually(
      () =>
        evict('one').then(
          () => true,
          () => false,
        ),
      (isEvicted) => isEvicted,
    );
  });
});
