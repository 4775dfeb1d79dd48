import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../runtime/api/clock.ts';
import type { KubeObject } from '../../runtime/api/object.ts';
import { apiError } from '../../runtime/api/status.ts';
import type { Resource } from '../../runtime/client/client.ts';
import { createInformers } from '../../runtime/client/informer.ts';
import { pods as podsResource } from '../../runtime/client/resources.ts';
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

const podIn = (phase: string) =>
  ({ ...objects[5], status: { phase } }) as unknown as KubeObject & { kind: string };

const groupNode = (group: 'pods' | 'workloads'): TreeNode => ({
  type: 'group',
  id: `test/group/default/${group}`,
  namespace: 'default',
  group,
});

function setUp(config: { namespace?: string } = {}) {
  const clock = new VirtualClock();
  const fake = new FakeClient({ clock, objects });
  const abort = new AbortController();
  const changes: TreeNode[][] = [];
  let model: ExplorerModel | undefined;
  const informers = createInformers(fake, clock, abort.signal, {
    onError: (error: unknown, resource: Resource, namespace?: string) =>
      model?.failed(error, resource, namespace),
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
    const [web] = await model.children(groupNode('workloads'));
    expect(web).toMatchObject({ type: 'object', id: 'test/deployments/default/web' });
    expect(names(await model.children(web!))).toEqual(['deployments/default/web/web-1-a']);
  });

  it('tells of changes once for a batch, as the smallest elements that hold them', async () => {
    const { model, fake, clock, changes } = setUp();
    const [root] = model.roots();
    const namespace = (await model.children(root!))[2]!;
    const groups = await model.children(namespace);
    const [pod] = await model.children(groups[1]!);
    await clock.advance(1000);
    changes.length = 0;
    for (const phase of ['Running', 'Failed']) fake.put(podIn(phase));
    await clock.advance(1000);
    expect(changes.map(names)).toEqual([['pods/default/web-1-a', 'namespace/default']]);
    expect(model.count(namespace)).toEqual({ troubled: 1 });
    expect(pod).toMatchObject({ object: { status: { phase: 'Failed' } } });
    expect((await model.children(groups[1]!))[0]).toBe(pod);
  });

  it('tells of a rollout seldom, and never of rows that look as before', async () => {
    const { model, fake, clock, changes } = setUp();
    const groups = await model.children((await model.children(model.roots()[0]!))[2]!);
    const [web] = await model.children(groups[0]!);
    await model.children(groups[1]!);
    await model.children(web!);
    await clock.advance(5000);
    changes.length = 0;
    // Thirty pods come within six seconds; each is told of three times, once with news.
    for (let each = 0; each < 30; each++) {
      const pod = podIn('Pending');
      pod.metadata = { ...pod.metadata, name: `web-1-${each}`, uid: `q${each}` };
      fake.put(pod);
      await clock.advance(100);
      fake.put({ ...pod, status: { phase: 'Pending', podIP: '10.1.1.2' } } as KubeObject);
      fake.put({ ...pod, status: { phase: 'Running' } } as KubeObject);
      await clock.advance(100);
    }
    await clock.advance(2000);
    expect(changes.length).toBeLessThanOrEqual(8);
    const told = new Set(changes.flat().map(({ id }) => id.replace(/^test\//, '')));
    expect(told).not.toContain('pods/default/web-1-a');
    expect([...told].filter((id) => !/web-1-\d+$/.test(id)).sort()).toEqual([
      'deployments/default/web',
      'group/default/pods',
    ]);
  });

  it('says nothing of a change that nobody would see', async () => {
    const { model, fake, clock, changes } = setUp();
    await model.children(groupNode('pods'));
    await clock.advance(1000);
    changes.length = 0;
    fake.put({
      ...podIn('Pending'),
      status: { phase: 'Pending', podIP: '10.1.1.1' },
    } as KubeObject);
    await clock.advance(1000);
    expect(changes).toEqual([]);
  });

  it('tells a workload that is open of pods that come, go and are given to nodes', async () => {
    const { model, fake, clock, changes } = setUp();
    const [web] = await model.children(groupNode('workloads'));
    await model.children(web!);
    await clock.advance(1000);
    changes.length = 0;
    fake.put({ ...podIn('Pending'), spec: { containers: [], nodeName: 'n1' } } as KubeObject);
    await clock.advance(1000);
    expect(changes.map(names)).toEqual([
      ['deployments/default/web/web-1-a', 'deployments/default/web'],
    ]);
    changes.length = 0;
    fake.drop(podsResource, 'web-1-a', 'default');
    await clock.advance(1000);
    expect(changes.map(names)).toEqual([['deployments/default/web']]);
    expect(await model.children(web!)).toMatchObject([{ type: 'note', text: 'No pods' }]);
  });

  it('shows the selected namespace even where it is not there', async () => {
    const { model } = setUp({ namespace: 'typo' });
    const children = await model.children(model.roots()[0]!);
    expect(names(children)[2]).toBe('namespace/typo');
    expect(model.phaseOf('typo')).toBe('missing');
    expect(model.phaseOf('apps')).toBe('Active');
  });

  it('looks into one namespace where listing a kind in all of them is forbidden', async () => {
    const { model, fake } = setUp();
    fake.fail((action) =>
      action.verb === 'list' && action.resource === 'pods' && action.namespace === undefined
        ? apiError('Forbidden', 'no')
        : undefined,
    );
    expect(names(await model.children(groupNode('pods')))).toEqual(['pods/default/web-1-a']);
    expect(model.count(groupNode('pods'))).toEqual({ total: 1, troubled: 0 });
  });

  it('tells everybody who waits why there is no list, and draws it when there is one', async () => {
    const { model, fake, clock, changes } = setUp();
    let isForbidden = true;
    fake.fail(({ resource }) =>
      isForbidden && resource === 'pods' ? apiError('Forbidden', 'no') : undefined,
    );
    const [namespace] = (await model.children(model.roots()[0]!)).slice(2);
    const pods = (await model.children(namespace!))[1]!;
    const both = await Promise.all([model.children(pods), model.children(pods)]);
    const note = { type: 'note', text: 'Not allowed to list pods' };
    expect(both).toMatchObject([[note], [note]]);
    isForbidden = false;
    changes.length = 0;
    await clock.advance(120_000);
    expect(changes.flat()).toContain(pods);
    expect(names(await model.children(pods))).toEqual(['pods/default/web-1-a']);
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

  it('has one row for all that may not be listed in a group', async () => {
    const { model, fake } = setUp();
    fake.fail(({ resource }) =>
      ['jobs', 'daemonsets'].includes(resource) ? apiError('Forbidden', 'no') : undefined,
    );
    const children = await model.children(groupNode('workloads'));
    expect(children[0]).toMatchObject({ type: 'object' });
    expect(children.slice(1)).toMatchObject([
      { type: 'note', text: 'Not allowed to list daemonsets, jobs' },
    ]);
  });
});

describe('objectLook', () => {
  it('says the state in words, so that nobody needs the colour', async () => {
    const { model } = setUp();
    const [pod] = await model.children(groupNode('pods'));
    if (pod?.type !== 'object') throw new Error('no pod');
    const look = objectLook(pod.resource, pod.object, Date.parse('2026-01-01T00:00:00Z'));
    expect(look.description).toBe('Pending · 0/1');
    expect(look.spoken).toBe('Pod, web-1-a, Pending · 0/1');
    expect(look.context).toEqual(['object', 'pods', 'delete', 'pod', 'logs', 'exec', 'forward']);
  });
});
