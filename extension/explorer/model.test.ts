import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../runtime/api/clock.ts';
import type { KubeObject } from '../../runtime/api/object.ts';
import { apiError } from '../../runtime/api/status.ts';
import type { Resource } from '../../runtime/client/client.ts';
import { createInformers } from '../../runtime/client/informer.ts';
import { FakeClient } from '../../runtime/client/testing/fake-client.ts';
import { ExplorerModel } from './model.ts';
import { objectLook, type TreeNode } from './nodes.ts';

const owner = (kind: string, name: string, uid: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid, controller: true }],
});

const objects = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', uid: 'd1' },
    spec: { replicas: 1 },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: 'web-1',
      namespace: 'default',
      uid: 'r1',
      ...owner('Deployment', 'web', 'd1'),
    },
    spec: { replicas: 1 },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-1-a',
      namespace: 'default',
      uid: 'p1',
      ...owner('ReplicaSet', 'web-1', 'r1'),
    },
    spec: { containers: [{ name: 'app', image: 'app' }] },
    status: { phase: 'Pending' },
  },
] as unknown as KubeObject[];

function setUp(config: { namespace?: string } = {}) {
  const clock = new VirtualClock();
  const fake = new FakeClient({ clock, objects });
  const abort = new AbortController();
  const changes: TreeNode[][] = [];
  let model: ExplorerModel | undefined;
  const informers = createInformers(fake, clock, abort.signal, {
    onError: (error: unknown, resource: Resource) => model?.failed(error, resource),
  });
  model = new ExplorerModel({
    context: 'test',
    namespace: () => config.namespace ?? 'default',
    informers,
    clock,
    onChange: (changed) => changes.push([...changed]),
  });
  return { clock, fake, model, changes, abort };
}

const names = (nodes: TreeNode[]) => nodes.map((node) => node.id.replace(/^test\//, ''));

describe('ExplorerModel', () => {
  it('puts the selected namespace first and the system namespaces last', async () => {
    const { model } = setUp();
    const [root] = model.roots();
    expect(names(await model.children(root!))).toEqual([
      'nodes',
      'volumes',
      'namespace/default',
      'namespace/apps',
      'namespace/kube-system',
    ]);
  });

  it('shows a deployment with the pods of its replica sets', async () => {
    const { model } = setUp();
    const workloads: TreeNode = {
      type: 'group',
      id: 'g',
      namespace: 'default',
      group: 'workloads',
    };
    const [web] = await model.children(workloads);
    expect(web).toMatchObject({ type: 'object', id: 'test/deployments/default/web' });
    expect(names(await model.children(web!))).toEqual(['deployments/default/web/web-1-a']);
  });

  it('tells of changes once for a batch, as the groups that hold them', async () => {
    const { model, fake, clock, changes } = setUp();
    const [root] = model.roots();
    const namespace = (await model.children(root!))[2]!;
    const groups = await model.children(namespace);
    await model.children(groups[1]!);
    await clock.advance(1000);
    changes.length = 0;
    for (const phase of ['Running', 'Failed']) {
      fake.put({ ...objects[5], status: { phase } } as unknown as KubeObject);
    }
    await clock.advance(1000);
    expect(changes.map(names)).toEqual([
      ['group/default/workloads', 'group/default/pods', 'namespace/default'],
    ]);
    expect(model.count(namespace)).toEqual({ troubled: 1 });
  });

  it('falls back to the selected namespace where listing all is forbidden', async () => {
    const { model, fake } = setUp({ namespace: 'apps' });
    fake.fail((action) =>
      action.resource === 'namespaces' || (action.verb === 'list' && action.namespace === undefined)
        ? apiError('Forbidden', 'no')
        : undefined,
    );
    const [root] = model.roots();
    const children = await model.children(root!);
    expect(names(children)).toEqual(['nodes', 'volumes', 'namespace/apps']);
    const [note] = await model.children(children[0]!);
    expect(note).toMatchObject({ type: 'note', text: 'Not allowed to list nodes' });
  });
});

describe('objectLook', () => {
  it('says the state in words, so that nobody needs the colour', async () => {
    const { model } = setUp();
    const [pod] = await model.children({
      type: 'group',
      id: 'g',
      namespace: 'default',
      group: 'pods',
    });
    if (pod?.type !== 'object') throw new Error('no pod');
    const look = objectLook(pod.resource, pod.object, Date.parse('2026-01-01T00:00:00Z'));
    expect(look.description).toBe('Pending · 0/1');
    expect(look.spoken).toBe('Pod, web-1-a, Pending · 0/1');
    expect(look.context).toEqual(['object', 'pods', 'delete', 'pod', 'logs', 'exec', 'forward']);
  });
});
