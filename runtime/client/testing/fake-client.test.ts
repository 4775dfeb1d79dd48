import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import type { KubeObject, UnknownObject } from '../../api/object.ts';
import type { Deployment, Namespace, Pod } from '../../api/types.ts';
import { at, deployments, namespaces, pods } from '../resources.ts';
import { FakeClient } from './fake-client.ts';

function pod(name: string, more: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'main', image: 'a' }] },
    ...more,
  } as KubeObject;
}
const inDefault = { ...pods, namespace: 'default' };

describe('FakeClient', () => {
  it('creates with names, uids and versions, and refuses what exists', async () => {
    const fake = new FakeClient({ clock: new VirtualClock() });
    const made = await fake.create<Pod>(inDefault, {
      ...pod(''),
      metadata: { generateName: 'web-' },
    });
    expect(made.metadata.name).toMatch(/^web-.{5}$/);
    expect(made.status).toEqual({ phase: 'Pending' });
    await expect(fake.create(inDefault, made)).rejects.toMatchObject({ reason: 'AlreadyExists' });
  });

  it('conflicts on a stale version and hands out frozen objects', async () => {
    const fake = new FakeClient();
    const first = await fake.create<Pod>(inDefault, pod('a'));
    const target = at(pods, 'a', 'default');
    await fake.patch(target, 'merge', { metadata: { labels: { x: '1' } } });
    await expect(fake.update(target, first)).rejects.toMatchObject({ reason: 'Conflict' });
    expect(() => {
      first.metadata.name = 'b';
    }).toThrow();
  });

  it('keeps spec and status apart and counts generations', async () => {
    const fake = new FakeClient();
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default' },
      spec: { replicas: 1 },
    };
    const target = at(deployments, 'web', 'default');
    await fake.create({ ...deployments, namespace: 'default' }, deployment);
    await fake.patch(target, 'merge', { spec: { replicas: 2 }, status: { replicas: 9 } });
    await fake.patch({ ...target, subresource: 'status' }, 'merge', {
      spec: { replicas: 7 },
      status: { replicas: 2 },
    });
    const scale = await fake.get<UnknownObject>({ ...target, subresource: 'scale' });
    expect(scale).toMatchObject({ spec: { replicas: 2 }, status: { replicas: 2 } });
    await fake.update({ ...target, subresource: 'scale' }, {
      ...scale,
      spec: { replicas: 3 },
    } as KubeObject);
    expect((await fake.get<Deployment>(target)).metadata.generation).toBe(3);
  });

  it('keeps what has finalizers or a grace period', async () => {
    const fake = new FakeClient({ objects: [pod('bound', { spec: { nodeName: 'n' } })] });
    await fake.delete(at(pods, 'bound', 'default'));
    expect(fake.find(pods, 'bound', 'default')?.metadata.deletionGracePeriodSeconds).toBe(30);
    await fake.delete(at(pods, 'bound', 'default'), { gracePeriodSeconds: 0 });
    expect(fake.find(pods, 'bound', 'default')).toBeUndefined();

    await fake.create(inDefault, { ...pod('f'), metadata: { name: 'f', finalizers: ['x/y'] } });
    await fake.delete(at(pods, 'f', 'default'));
    expect(fake.find(pods, 'f', 'default')?.metadata.deletionTimestamp).toBeDefined();
    await fake.patch(at(pods, 'f', 'default'), 'merge', { metadata: { finalizers: null } });
    expect(fake.find(pods, 'f', 'default')).toBeUndefined();
  });

  it('keeps a namespace until it is finalized', async () => {
    const fake = new FakeClient();
    await fake.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } });
    await fake.delete(at(namespaces, 'n'));
    const namespace = fake.find<Namespace>(namespaces, 'n');
    expect(namespace?.status?.phase).toBe('Terminating');
    await fake.update(at(namespaces, 'n', undefined, 'finalize'), {
      ...namespace,
      spec: { finalizers: [] },
    } as unknown as KubeObject);
    expect(fake.find(namespaces, 'n')).toBeUndefined();
  });

  it('binds once', async () => {
    const fake = new FakeClient({ objects: [pod('a')] });
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'a' },
      target: { name: 'n1' },
    };
    const target = at(pods, 'a', 'default', 'binding');
    await fake.create(target, binding);
    expect(fake.find<Pod>(pods, 'a', 'default')?.spec.nodeName).toBe('n1');
    await expect(fake.create(target, binding)).rejects.toMatchObject({ reason: 'Conflict' });
  });

  it('patches: json, strategic lists by key, apply creates', async () => {
    const fake = new FakeClient();
    const target = at(pods, 'a', 'default');
    await fake.patch(target, 'apply', pod('a'), { fieldManager: 'test' });
    await fake.patch(target, 'strategic', { spec: { containers: [{ name: 'side', image: 's' }] } });
    await fake.patch(target, 'json', [
      { op: 'replace', path: '/spec/containers/0/image', value: 'b' },
    ]);
    expect((await fake.get<Pod>(target)).spec.containers).toEqual([
      { name: 'main', image: 'b' },
      { name: 'side', image: 's' },
    ]);
  });

  it('selects by labels and fields, in pages', async () => {
    const fake = new FakeClient({
      objects: ['a', 'b', 'c'].map((name) =>
        pod(name, {
          metadata: { name, namespace: 'default', labels: { app: name } },
          spec: { nodeName: name === 'c' ? 'n2' : 'n1' },
        }),
      ),
    });
    const names = async (options: Parameters<typeof fake.list>[1]) =>
      (await fake.list(pods, options)).items.map((o) => o.metadata.name);
    expect(await names({ labelSelector: 'app in (a, c), !gone' })).toEqual(['a', 'c']);
    expect(await names({ fieldSelector: 'spec.nodeName=n1' })).toEqual(['a', 'b']);
    expect(await names({ labelSelector: 'app!=a' })).toEqual(['b', 'c']);
    const page = await fake.list(pods, { limit: 2 });
    expect(page.metadata.remainingItemCount).toBe(1);
    expect(await names({ limit: 2, continue: page.metadata.continue ?? '' })).toEqual(['c']);
  });
});
