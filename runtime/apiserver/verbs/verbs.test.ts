import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject, UnknownObject, WatchEvent } from '../../api/object.ts';
import type { Deployment, Pod, Service } from '../../api/types.ts';
import type { Client } from '../../client/client.ts';
import { makeDefaultAccount, refused } from '../testing/calls.ts';
import { useFreshServer } from '../testing/use-server.ts';

const namespace = 'default';
const configMaps = { group: '', version: 'v1', resource: 'configmaps', namespace };
const pods = { group: '', version: 'v1', resource: 'pods', namespace };
const services = { group: '', version: 'v1', resource: 'services', namespace };
const deployments = { group: 'apps', version: 'v1', resource: 'deployments', namespace };

const server = useFreshServer();
let client: Client;

beforeEach(async () => {
  client = server.client;
  await makeDefaultAccount(client);
});

function object(apiVersion: string, kind: string, name: string, rest: object = {}): UnknownObject {
  return { apiVersion, kind, metadata: { name }, ...rest };
}

function configMap(name: string, labels: Record<string, string> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels } };
}

function pod(name: string, spec: object = {}): UnknownObject {
  return object('v1', 'Pod', name, { spec: { containers: [{ name: 'c', image: 'x' }], ...spec } });
}

function deployment(name: string): UnknownObject {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'x:1' }] } };
  return object('apps/v1', 'Deployment', name, {
    spec: { selector: { matchLabels: labels }, template },
  });
}

/** Collects events until `count` have come. */
async function events(watch: AsyncIterable<WatchEvent>, count: number): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of watch) {
    const { name } = (event.object as KubeObject).metadata;
    seen.push(`${event.type} ${name}`);
    if (seen.length === count) break;
  }
  return seen;
}

describe('create', () => {
  it('fills in what only the server knows, and defaults', async () => {
    const made = await client.create<Deployment>(deployments, deployment('web'));
    expect(made.metadata).toMatchObject({ name: 'web', namespace, generation: 1 });
    expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(Number(made.metadata.resourceVersion)).toBeGreaterThan(0);
    expect(made.spec).toMatchObject({ replicas: 1, strategy: { type: 'RollingUpdate' } });
  });

  it('makes names from generateName', async () => {
    const body = { ...configMap(''), metadata: { generateName: 'x-' } };
    const made = await client.create(configMaps, body);
    expect(made.metadata.name).toMatch(/^x-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('refuses a name that is taken', async () => {
    await client.create(configMaps, configMap('a'));
    const error = await refused(client.create(configMaps, configMap('a')));
    expect(error).toMatchObject({
      reason: 'AlreadyExists',
      message: 'configmaps "a" already exists',
    });
  });

  it('says all that is wrong, as the original does', async () => {
    const bad = deployment('web');
    (bad.spec as { replicas: number }).replicas = -1;
    const error = await refused(client.create(deployments, bad));
    expect(error.code).toBe(422);
    expect(error.message).toBe(
      'Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    );
    expect(error.status.details).toMatchObject({ group: 'apps', kind: 'Deployment', name: 'web' });
  });

  it('stores nothing on a dry run', async () => {
    const made = await client.create(configMaps, configMap('a'), { dryRun: true });
    expect(made.metadata.uid).toBeDefined();
    const error = await refused(client.get({ ...configMaps, name: 'a' }));
    expect(error.message).toBe('configmaps "a" not found');
  });

  it('needs a namespace that is there and stays', async () => {
    const target = { ...configMaps, namespace: 'nowhere' };
    const error = await refused(client.create(target, configMap('a')));
    expect(error.message).toBe('namespaces "nowhere" not found');

    const namespaces = { group: '', version: 'v1', resource: 'namespaces' };
    await client.create(namespaces, object('v1', 'Namespace', 'going'));
    await client.delete({ ...namespaces, name: 'going' });
    const late = await refused(
      client.create({ ...configMaps, namespace: 'going' }, configMap('a')),
    );
    expect(late.status.details?.causes?.[0]?.reason).toBe('NamespaceTerminating');
  });
});

describe('update and patch', () => {
  it('refuses what is based on an old version', async () => {
    const old = await client.create(configMaps, configMap('a'));
    await client.patch({ ...configMaps, name: 'a' }, 'merge', { data: { x: '1' } });
    const error = await refused(client.update({ ...configMaps, name: 'a' }, old));
    expect(error.message).toBe(
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; ' +
        'please apply your changes to the latest version and try again',
    );
  });

  it('writes nothing if nothing changes', async () => {
    const before = await client.create(configMaps, configMap('a'));
    const after = await client.update({ ...configMaps, name: 'a' }, before);
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  it('counts changes of the specification and keeps the status apart', async () => {
    await client.create(deployments, deployment('web'));
    const target = { ...deployments, name: 'web' };
    const scaled = await client.patch<Deployment>(target, 'merge', {
      spec: { replicas: 3 },
      status: { replicas: 9 },
    });
    expect(scaled.metadata.generation).toBe(2);
    expect(scaled.status?.replicas).toBeUndefined();
    const reported = await client.patch<Deployment>({ ...target, subresource: 'status' }, 'merge', {
      spec: { replicas: 7 },
      status: { replicas: 3 },
    });
    expect(reported.metadata.generation).toBe(2);
    expect(reported).toMatchObject({ spec: { replicas: 3 }, status: { replicas: 3 } });
  });

  it('lets many writers through that name no version', async () => {
    await client.create(configMaps, configMap('a'));
    const target = { ...configMaps, name: 'a' };
    const writers = Array.from({ length: 8 }, (_, index) =>
      client.patch(target, 'merge', { data: { [`k${index}`]: 'v' } }),
    );
    await Promise.all(writers);
    const all = await client.get<UnknownObject>(target);
    expect(Object.keys(all.data as object)).toHaveLength(8);
  });

  it('applies, and tells who owns what', async () => {
    const target = { ...configMaps, name: 'a' };
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { x: '1' } };
    await client.patch(target, 'apply', body, { fieldManager: 'one' });
    const theirs = { ...body, data: { x: '2' } };
    const error = await refused(client.patch(target, 'apply', theirs, { fieldManager: 'two' }));
    expect(error.status.details?.causes?.[0]?.reason).toBe('FieldManagerConflict');
    const forced = await client.patch(target, 'apply', theirs, {
      fieldManager: 'two',
      force: true,
    });
    expect(forced.data).toEqual({ x: '2' });
  });

  it('scales through the scale subresource', async () => {
    await client.create(deployments, deployment('web'));
    const target = { ...deployments, name: 'web', subresource: 'scale' };
    const scale = await client.get<UnknownObject>(target);
    expect(scale).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 1 },
      status: { selector: 'app=web' },
    });
    await client.patch(target, 'merge', { spec: { replicas: 4 } });
    const after = await client.get<Deployment>({ ...deployments, name: 'web' });
    expect(after.spec.replicas).toBe(4);
  });
});

describe('list', () => {
  it('goes chunk by chunk through one state, whatever happens meanwhile', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await client.create(configMaps, configMap(name));
    const first = await client.list(configMaps, { limit: 2 });
    expect(first.items.map((item) => item.metadata.name)).toEqual(['a', 'b']);
    expect(first.metadata.remainingItemCount).toBe(2);
    await client.delete({ ...configMaps, name: 'c' });
    const token = first.metadata.continue ?? '';
    const second = await client.list(configMaps, { limit: 2, continue: token });
    expect(second.items.map((item) => item.metadata.name)).toEqual(['c', 'd']);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  it('answers 410 with a token to go on once the state is forgotten', async () => {
    for (const name of ['a', 'b', 'c']) await client.create(configMaps, configMap(name));
    const first = await client.list(configMaps, { limit: 1 });
    await client.create(configMaps, configMap('d'));
    await server.store.compact(server.store.revision);
    const token = first.metadata.continue ?? '';
    const error = await refused(client.list(configMaps, { limit: 1, continue: token }));
    expect(error.code).toBe(410);
    const fresh = error.status.metadata.continue ?? '';
    const rest = await client.list(configMaps, { continue: fresh });
    expect(rest.items.map((item) => item.metadata.name)).toEqual(['b', 'c', 'd']);
  });

  it('selects by labels and by fields', async () => {
    await client.create(configMaps, configMap('a', { tier: 'front' }));
    await client.create(configMaps, configMap('b', { tier: 'back' }));
    const names = async (options: object) =>
      (await client.list(configMaps, options)).items.map((item) => item.metadata.name);
    expect(await names({ labelSelector: 'tier in (back)' })).toEqual(['b']);
    expect(await names({ fieldSelector: 'metadata.name=a' })).toEqual(['a']);
    const error = await refused(client.list(configMaps, { fieldSelector: 'data.x=1' }));
    expect(error.message).toContain(
      '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    );
  });
});

describe('watch', () => {
  it('begins with what is there', async () => {
    await client.create(configMaps, configMap('a'));
    const seen = events(client.watch(configMaps), 3);
    await client.create(configMaps, configMap('b'));
    await client.delete({ ...configMaps, name: 'a' });
    const all = await seen;
    expect(all).toContain('ADDED a');
    expect(all).toContain('ADDED b');
    expect(all).toContain('DELETED a');
  });

  it('goes on from a version without gaps', async () => {
    const { metadata } = await client.create(configMaps, configMap('a'));
    await client.create(configMaps, configMap('b'));
    await client.delete({ ...configMaps, name: 'a' });
    const resourceVersion = metadata.resourceVersion ?? '';
    expect(await events(client.watch(configMaps, { resourceVersion }), 2)).toEqual([
      'ADDED b',
      'DELETED a',
    ]);
  });

  it('shows objects come and go as they start and stop to match', async () => {
    const { metadata } = await client.create(configMaps, configMap('a'));
    const watch = client.watch(configMaps, {
      labelSelector: 'on=yes',
      resourceVersion: metadata.resourceVersion ?? '',
    });
    const target = { ...configMaps, name: 'a' };
    await client.patch(target, 'merge', { metadata: { labels: { on: 'yes' } } });
    await client.patch(target, 'merge', { data: { x: '1' } });
    await client.patch(target, 'merge', { metadata: { labels: { on: null } } });
    expect(await events(watch, 3)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
  });
});

describe('delete', () => {
  it('waits for finalizers', async () => {
    const body = { ...configMap('a'), metadata: { name: 'a', finalizers: ['example.com/wait'] } };
    await client.create(configMaps, body);
    const marked = (await client.delete({ ...configMaps, name: 'a' })) as UnknownObject;
    expect(marked.metadata.deletionTimestamp).toBeDefined();
    await client.patch({ ...configMaps, name: 'a' }, 'merge', { metadata: { finalizers: null } });
    expect((await refused(client.get({ ...configMaps, name: 'a' }))).reason).toBe('NotFound');
  });

  it('gives a running pod its grace, and takes an unscheduled one at once', async () => {
    await client.create(pods, pod('running', { nodeName: 'n1' }));
    await client.delete({ ...pods, name: 'running' });
    const going = await client.get<Pod>({ ...pods, name: 'running' });
    expect(going.metadata.deletionGracePeriodSeconds).toBe(30);
    await client.delete({ ...pods, name: 'running' }, { gracePeriodSeconds: 0 });
    expect((await refused(client.get({ ...pods, name: 'running' }))).reason).toBe('NotFound');

    await client.create(pods, pod('waiting'));
    await client.delete({ ...pods, name: 'waiting' });
    expect((await refused(client.get({ ...pods, name: 'waiting' }))).reason).toBe('NotFound');
  });

  it('leaves dependents to the garbage collector as asked', async () => {
    await client.create(deployments, deployment('web'));
    const target = { ...deployments, name: 'web' };
    await client.delete(target, { propagationPolicy: 'Foreground' });
    const marked = await client.get(target);
    expect(marked.metadata.finalizers).toEqual(['foregroundDeletion']);
  });

  it('checks preconditions', async () => {
    await client.create(configMaps, configMap('a'));
    const target = { ...configMaps, name: 'a' };
    const error = await refused(client.delete(target, { preconditions: { uid: 'other' } }));
    expect(error.message).toContain(
      'the UID in the precondition (other) does not match the UID in record',
    );
  });
});

describe('services', () => {
  const service = (name: string, spec: object = {}) =>
    object('v1', 'Service', name, { spec: { ports: [{ port: 80 }], ...spec } });

  it('get addresses and node ports of their own, and give them back', async () => {
    const made = await client.create<Service>(services, service('a', { type: 'NodePort' }));
    const ip = made.spec.clusterIP ?? '';
    const nodePort = made.spec.ports?.[0]?.nodePort ?? 0;
    expect(ip).toMatch(/^10\.96\./);
    expect(nodePort).toBeGreaterThanOrEqual(30000);
    const taken = await refused(client.create(services, service('b', { clusterIP: ip })));
    expect(taken.message).toContain('provided IP is already allocated');
    await client.delete({ ...services, name: 'a' });
    const again = await client.create<Service>(services, service('b', { clusterIP: ip }));
    expect(again.spec.clusterIPs).toEqual([ip]);
  });

  it('keep their address when a client leaves it out', async () => {
    const made = await client.create<Service>(services, service('a'));
    const next = service('a', { selector: { app: 'x' } });
    const after = await client.update<Service>({ ...services, name: 'a' }, next);
    expect(after.spec.clusterIP).toBe(made.spec.clusterIP);
  });

  it('never share an address, however many ask at once', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `s${index}`);
    const made = await Promise.all(
      names.map((name) => client.create<Service>(services, service(name))),
    );
    expect(new Set(made.map(({ spec }) => spec.clusterIP)).size).toBe(40);
  });
});

describe('pods', () => {
  it('run as a service account and find its token in a volume', async () => {
    const made = await client.create<Pod>(pods, pod('web'));
    expect(made.spec.serviceAccountName).toBe('default');
    const volume = made.spec.volumes?.[0];
    expect(volume?.name).toMatch(/^kube-api-access-/);
    expect(made.spec.containers[0]?.volumeMounts?.[0]?.mountPath).toBe(
      '/var/run/secrets/kubernetes.io/serviceaccount',
    );
    expect(made.status).toMatchObject({ phase: 'Pending', qosClass: 'BestEffort' });
  });

  it('are bound to a node once', async () => {
    await client.create(pods, pod('web'));
    const target = { ...pods, name: 'web', subresource: 'binding' };
    const binding = object('v1', 'Binding', 'web', { target: { kind: 'Node', name: 'n1' } });
    await client.create(target, binding);
    const bound = await client.get<Pod>({ ...pods, name: 'web' });
    expect(bound.spec.nodeName).toBe('n1');
    const error = await refused(client.create(target, binding));
    expect(error.message).toContain('pod web is already assigned to node "n1"');
  });

  it('are bound to no node while there is a gate', async () => {
    const gated = pod('gated');
    (gated.spec as { schedulingGates?: object[] }).schedulingGates = [{ name: 'example.com/wait' }];
    await client.create(pods, gated);
    const binding = object('v1', 'Binding', 'gated', { target: { kind: 'Node', name: 'n1' } });
    const target = { ...pods, name: 'gated', subresource: 'binding' };
    const error = await refused(client.create(target, binding));
    expect(error.code).toBe(409);
    expect(error.message).toContain('pod gated has non-empty .spec.schedulingGates');
  });

  it('are not evicted against their disruption budget', async () => {
    const budgets = { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets', namespace };
    const selector = { matchLabels: { app: 'web' } };
    await client.create(
      budgets,
      object('policy/v1', 'PodDisruptionBudget', 'b', { spec: { minAvailable: 1, selector } }),
    );
    const body = {
      ...pod('web', { nodeName: 'n1' }),
      metadata: { name: 'web', labels: { app: 'web' } },
    };
    await client.create(pods, body);
    await client.patch({ ...pods, name: 'web', subresource: 'status' }, 'merge', {
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    });
    const target = { ...pods, name: 'web', subresource: 'eviction' };
    const error = await refused(client.create(target, object('policy/v1', 'Eviction', 'web')));
    expect(error.code).toBe(429);
    expect(error.status.details?.causes?.[0]?.reason).toBe('DisruptionBudget');
    await client.delete({ ...budgets, name: 'b' });
    await client.create(target, object('policy/v1', 'Eviction', 'web'));
    const going = await client.get<Pod>({ ...pods, name: 'web' });
    expect(going.metadata.deletionTimestamp).toBeDefined();
    expect(going.status?.conditions?.map(({ type }) => type)).toContain('DisruptionTarget');
  });

  it('are counted against quotas', async () => {
    const quotas = { group: '', version: 'v1', resource: 'resourcequotas', namespace };
    await client.create(
      quotas,
      object('v1', 'ResourceQuota', 'q', { spec: { hard: { pods: '1' } } }),
    );
    await client.patch({ ...quotas, name: 'q', subresource: 'status' }, 'merge', {
      status: { hard: { pods: '1' }, used: { pods: '0' } },
    });
    await client.create(pods, pod('a'));
    const error = await refused(client.create(pods, pod('b')));
    expect(error.message).toBe(
      'pods "b" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
    );
  });

  it('get the defaults of limit ranges, and stay within them', async () => {
    const ranges = { group: '', version: 'v1', resource: 'limitranges', namespace };
    const limits = [
      {
        type: 'Container',
        max: { cpu: '1' },
        default: { cpu: '500m' },
        defaultRequest: { cpu: '100m' },
      },
    ];
    await client.create(ranges, object('v1', 'LimitRange', 'r', { spec: { limits } }));
    const made = await client.create<Pod>(pods, pod('a'));
    expect(made.spec.containers[0]?.resources).toEqual({
      limits: { cpu: '500m' },
      requests: { cpu: '100m' },
    });
    const greedy = pod('b', {
      containers: [{ name: 'c', image: 'x', resources: { limits: { cpu: '2' } } }],
    });
    const error = await refused(client.create(pods, greedy));
    expect(error.message).toContain('maximum cpu usage per Container is 1, but limit is 2');
  });
});

describe('authorization', () => {
  const jane = { name: 'jane', groups: ['system:authenticated'] };
  const rbac = (resource: string, ns?: string) => ({
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    resource,
    ...(ns === undefined ? {} : { namespace: ns }),
  });
  const bind = (role: string) =>
    client.create(
      rbac('rolebindings', namespace),
      object('rbac.authorization.k8s.io/v1', 'RoleBinding', `jane-${role}`, {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' }],
      }),
    );

  it('allows what a binding gives, in its namespace', async () => {
    const hers = server.api.client(jane);
    const error = await refused(hers.list(configMaps));
    expect(error.message).toBe(
      'configmaps is forbidden: User "jane" cannot list resource "configmaps" in API group "" in the namespace "default"',
    );
    await bind('view');
    await hers.list(configMaps);
    expect((await refused(hers.create(configMaps, configMap('a')))).code).toBe(403);
    expect((await refused(hers.list({ ...configMaps, namespace: 'kube-system' }))).code).toBe(403);
  });

  it('lets nobody give away what they do not have', async () => {
    await bind('admin');
    const hers = server.api.client(jane);
    const role = (resources: string[]) =>
      object('rbac.authorization.k8s.io/v1', 'Role', `r-${resources[0]}`, {
        rules: [{ verbs: ['get'], apiGroups: [''], resources }],
      });
    await hers.create(rbac('roles', namespace), role(['configmaps']));
    const error = await refused(hers.create(rbac('roles', namespace), role(['nodes'])));
    expect(error.message).toContain('is attempting to grant RBAC permissions not currently held');
  });
});
