import { beforeEach, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import type { Client } from '../../client/client.ts';
import { refused } from '../testing/calls.ts';
import { useFreshServer } from '../testing/use-server.ts';

const at = (resource: string) => ({ group: '', version: 'v1', resource, namespace: 'default' });
const quotas = at('resourcequotas');

const server = useFreshServer();
let client: Client;

beforeEach(async () => {
  client = server.client;
  await make('serviceaccounts', 'ServiceAccount', 'default');
});

function make(resource: string, kind: string, name: string, rest: object = {}) {
  const object: UnknownObject = { apiVersion: 'v1', kind, metadata: { name }, ...rest };
  return client.create(at(resource), object);
}

const pod = (name: string, resources: object = {}, spec: object = {}) =>
  make('pods', 'Pod', name, {
    spec: { containers: [{ name: 'a', image: 'a:1', resources }], ...spec },
  });

/** A quota that its controller has counted already. */
async function quota(name: string, hard: Record<string, string>, spec: object = {}): Promise<void> {
  await make('resourcequotas', 'ResourceQuota', name, { spec: { hard, ...spec } });
  const used = Object.fromEntries(Object.keys(hard).map((limit) => [limit, '0']));
  await client.patch({ ...quotas, name, subresource: 'status' }, 'merge', {
    status: { hard, used },
  });
}

async function used(name: string): Promise<Record<string, string>> {
  const { status } = await client.get({ ...quotas, name });
  return (status as { used: Record<string, string> }).used;
}

const refusal = async (call: Promise<unknown>) => (await refused(call)).message;

it('charges what pods ask for, and refuses what is too much', async () => {
  await quota('q', {
    pods: '2',
    'count/pods': '5',
    'requests.cpu': '1',
    memory: '1Gi',
    'limits.memory': '2Gi',
    'requests.ephemeral-storage': '1Gi',
    'requests.example.com/gpu': '1',
  });
  const requests = { cpu: '600m', memory: '512Mi', 'example.com/gpu': '1' };
  const limits = { memory: '1Gi', 'example.com/gpu': '1' };
  await pod('a', { requests, limits });
  expect(await used('q')).toEqual({
    pods: '1',
    'count/pods': '1',
    'requests.cpu': '600m',
    memory: '512Mi',
    'limits.memory': '1Gi',
    'requests.ephemeral-storage': '0',
    'requests.example.com/gpu': '1',
  });
  expect(await refusal(pod('b', { requests, limits }))).toBe(
    'pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=600m,requests.example.com/gpu=1, used: requests.cpu=600m,requests.example.com/gpu=1, limited: requests.cpu=1,requests.example.com/gpu=1',
  );
  expect(await refusal(pod('c'))).toBe(
    'pods "c" is forbidden: failed quota: q: must specify limits.memory for: a; memory for: a; requests.cpu for: a',
  );
  const whole = {
    resources: { requests: { cpu: '100m', memory: '1Mi' }, limits: { memory: '1Mi' } },
  };
  await pod('d', {}, whole);
  expect(await used('q')).toMatchObject({ pods: '2', 'requests.cpu': '700m', memory: '513Mi' });
});

it('lets no two requests have the last of it, and charges nothing that another quota refuses', async () => {
  await quota('a', { configmaps: '10' });
  await quota('b', { 'count/configmaps': '3' });
  const made = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) => make('configmaps', 'ConfigMap', `c${index}`)),
  );
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  expect(await used('b')).toEqual({ 'count/configmaps': '3' });
  expect(await refusal(make('configmaps', 'ConfigMap', 'x'))).toBe(
    'configmaps "x" is forbidden: exceeded quota: b, requested: count/configmaps=1, used: count/configmaps=3, limited: count/configmaps=3',
  );
  const before = await used('a');
  await refusal(make('configmaps', 'ConfigMap', 'y'));
  expect(await used('a')).toEqual(before);
});

it('counts only what is in its scopes', async () => {
  const scope = (scopeName: string, operator = 'Exists', values: string[] = []) => ({
    scopeSelector: { matchExpressions: [{ scopeName, operator, values }] },
  });
  await quota('ends', { pods: '9' }, { scopes: ['Terminating'] });
  await quota('stays', { pods: '9' }, { scopes: ['NotTerminating', 'BestEffort'] });
  await quota('high', { pods: '9' }, scope('PriorityClass', 'In', ['system-node-critical']));
  await quota('others', { pods: '9' }, scope('PriorityClass', 'NotIn', ['system-node-critical']));
  await quota('cross', { pods: '1' }, scope('CrossNamespacePodAffinity'));
  await pod('a');
  await pod('b', {}, { activeDeadlineSeconds: 5 });
  await pod('c', { requests: { cpu: '1' } }, { priorityClassName: 'system-node-critical' });
  const term = { topologyKey: 'zone', labelSelector: {}, namespaceSelector: {} };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  await pod('d', {}, { affinity });
  expect(await refusal(pod('e', {}, { affinity }))).toContain('exceeded quota: cross');
  const counts = await Promise.all(['ends', 'stays', 'high', 'others', 'cross'].map(used));
  expect(counts.map(({ pods: count }) => count)).toEqual(['1', '2', '1', '3', '1']);
});

it('counts claims by class and services by what they open, also when they change', async () => {
  const gold = 'gold.storageclass.storage.k8s.io';
  await quota('q', {
    'requests.storage': '3Gi',
    [`${gold}/requests.storage`]: '2Gi',
    [`${gold}/persistentvolumeclaims`]: '1',
    'services.nodeports': '2',
    'services.loadbalancers': '1',
    'count/services': '3',
  });
  const claim = (name: string, storageClassName: string) =>
    make('persistentvolumeclaims', 'PersistentVolumeClaim', name, {
      spec: {
        storageClassName,
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
      },
    });
  await claim('a', 'gold');
  await claim('b', 'tin');
  expect(await refusal(claim('c', 'gold'))).toContain(
    `requested: ${gold}/persistentvolumeclaims=1, used: ${gold}/persistentvolumeclaims=1, limited: ${gold}/persistentvolumeclaims=1`,
  );
  const ports = [
    { name: 'x', port: 1 },
    { name: 'y', port: 2 },
  ];
  await make('services', 'Service', 'a', { spec: { ports } });
  const service = { ...at('services'), name: 'a' };
  await client.patch(service, 'merge', { spec: { type: 'NodePort' } });
  expect(await used('q')).toMatchObject({
    'requests.storage': '2Gi',
    [`${gold}/requests.storage`]: '1Gi',
    'services.nodeports': '2',
    'services.loadbalancers': '0',
    'count/services': '1',
  });
  const balanced = make('services', 'Service', 'b', { spec: { type: 'LoadBalancer', ports } });
  expect(await refusal(balanced)).toContain('requested: services.nodeports=2, used: ');
  const closed = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports };
  await make('services', 'Service', 'c', { spec: closed });
  expect(await used('q')).toMatchObject({ 'services.loadbalancers': '1', 'count/services': '2' });
});

it('waits for its first count, and charges no dry run', async () => {
  await make('resourcequotas', 'ResourceQuota', 'new', { spec: { hard: { secrets: '0' } } });
  await make('secrets', 'Secret', 'a');
  const status = { hard: { secrets: '1' } };
  const target = { ...quotas, name: 'new', subresource: 'status' };
  await client.patch(target, 'merge', { status });
  expect(await refusal(make('secrets', 'Secret', 'b'))).toBe(
    'secrets "b" is forbidden: status unknown for quota: new, resources: secrets',
  );
  await client.patch(target, 'merge', { status: { used: { secrets: '0' } } });
  const secret: UnknownObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'b' } };
  await client.create(at('secrets'), secret, { dryRun: true });
  expect(await used('new')).toEqual({ secrets: '0' });
});
