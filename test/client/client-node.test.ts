/** The official JavaScript client against the API server: what programs are written with. */
import './support/node-20.ts';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import {
  AppsV1Api,
  Attach,
  CoreV1Api,
  Cp,
  Exec,
  Health,
  type KubeConfig,
  KubernetesObjectApi,
  Log,
  Metrics,
  makeInformer,
  PatchStrategy,
  PortForward,
  setHeaderOptions,
  topNodes,
  topPods,
  type V1ConfigMap,
  type V1Deployment,
  type V1Status,
  Watch,
} from '@kubernetes/client-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { LocalPodStreams } from '../../runtime/apiserver/streaming/testing/local-pod-streams.ts';
import { useTestServer } from '../../runtime/apiserver/testing/use-server.ts';
import { collector, configFor } from './support/connected.ts';

const namespace = 'default';
const streams = new LocalPodStreams();
const server = useTestServer({ streams });
let config: KubeConfig;
let core: CoreV1Api;

beforeAll(async () => {
  const { port } = await server.api.listen({ host: '127.0.0.1', port: 0 });
  config = configFor(server, port);
  core = config.makeApiClient(CoreV1Api);
  await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'default' } } });
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name: 'web' },
      spec: { nodeName: 'n1', containers: [{ name: 'app', image: 'app' }] },
    },
  });
});

const configMap = (name: string, value: string): V1ConfigMap => ({
  metadata: { name, labels: { test: 'client' } },
  data: { value },
});

describe('@kubernetes/client-node', () => {
  it('creates, reads, replaces, lists and deletes', async () => {
    const made = await core.createNamespacedConfigMap({ namespace, body: configMap('a', '1') });
    expect(made.metadata?.creationTimestamp).toBeInstanceOf(Date);
    const body = { ...made, data: { value: '2' } };
    await core.replaceNamespacedConfigMap({ namespace, name: 'a', body });
    const { items } = await core.listNamespacedConfigMap({
      namespace,
      labelSelector: 'test=client',
    });
    expect(items.map(({ data }) => data)).toEqual([{ value: '2' }]);
    await core.deleteNamespacedConfigMap({ namespace, name: 'a' });
    await expect(core.readNamespacedConfigMap({ namespace, name: 'a' })).rejects.toMatchObject({
      code: 404,
    });
  });

  it('patches in four ways', async () => {
    await core.createNamespacedConfigMap({ namespace, body: configMap('patched', '1') });
    const patch = (body: unknown, type: string, more = {}) =>
      core.patchNamespacedConfigMap(
        { namespace, name: 'patched', body, ...more },
        setHeaderOptions('Content-Type', type),
      );
    await patch([{ op: 'replace', path: '/data/value', value: '2' }], PatchStrategy.JsonPatch);
    await patch({ data: { merged: 'yes' } }, PatchStrategy.MergePatch);
    await patch({ data: { strategic: 'yes' } }, PatchStrategy.StrategicMergePatch);
    const applied = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'patched' },
      data: { applied: 'yes' },
    };
    const result = await patch(applied, PatchStrategy.ServerSideApply, { fieldManager: 'test' });
    expect(result.data).toEqual({ value: '2', merged: 'yes', strategic: 'yes', applied: 'yes' });
    expect(result.metadata?.managedFields?.map(({ manager }) => manager)).toContain('test');
  });

  it('watches', async () => {
    const seen: string[] = [];
    const watch = new Watch(config);
    const abort = await watch.watch(
      `/api/v1/namespaces/${namespace}/configmaps`,
      { labelSelector: 'test=client', fieldSelector: 'metadata.name=watched' },
      (type, object: V1ConfigMap) => seen.push(`${type} ${object.data?.value}`),
      () => {},
    );
    await core.createNamespacedConfigMap({ namespace, body: configMap('watched', '1') });
    await core.deleteNamespacedConfigMap({ namespace, name: 'watched' });
    await expect.poll(() => seen).toEqual(['ADDED 1', 'DELETED 1']);
    abort.abort();
  });

  it('informs', async () => {
    const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () =>
      core.listNamespacedConfigMap({ namespace }),
    );
    const events: string[] = [];
    for (const verb of ['add', 'update', 'delete'] as const) {
      informer.on(verb, ({ metadata }: V1ConfigMap) => {
        if (metadata?.name === 'informed') events.push(verb);
      });
    }
    await informer.start();
    await core.createNamespacedConfigMap({ namespace, body: configMap('informed', '1') });
    await expect.poll(() => events).toEqual(['add']);
    expect(informer.get('informed', namespace)?.data).toEqual({ value: '1' });
    const body = configMap('informed', '2');
    await core.replaceNamespacedConfigMap({ namespace, name: 'informed', body });
    await core.deleteNamespacedConfigMap({ namespace, name: 'informed' });
    await expect.poll(() => events).toEqual(['add', 'update', 'delete']);
    await informer.stop();
  });

  it('executes, with what comes out and how it ends', async () => {
    const [out, err] = [collector(), collector()];
    const status = await new Promise<V1Status>((resolve, reject) => {
      new Exec(config)
        .exec(
          namespace,
          'web',
          'app',
          ['sh', '-c', 'cat; echo bad >&2; exit 3'],
          out.stream,
          err.stream,
          PassThrough.from(['hello']) as unknown as PassThrough,
          false,
          resolve,
        )
        .catch(reject);
    });
    expect(status).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode' });
    expect(status.details?.causes).toEqual([{ reason: 'ExitCode', message: '3' }]);
    expect(streams.commands.at(-1)).toEqual(['sh', '-c', 'cat; echo bad >&2; exit 3']);
    await expect.poll(() => [out.text(), err.text()]).toEqual(['hello', 'bad\n']);
  });

  it('attaches', async () => {
    const out = collector();
    const input = new PassThrough();
    const socket = await new Attach(config).attach(
      ...([namespace, 'web', 'app', out.stream, null, input, false] as const),
    );
    input.write('typed');
    await expect.poll(out.text).toBe('typed');
    socket.close();
  });

  it('copies into a pod, and out of it', async () => {
    const here = await mkdtemp(join(tmpdir(), 'skiff-cp-'));
    try {
      const [from, inPod, back] = [join(here, 'from'), join(here, 'pod'), join(here, 'back')];
      for (const directory of [from, inPod, back]) await mkdir(directory);
      const content = 'line\n'.repeat(20_000);
      await writeFile(join(from, 'file'), content);
      await new Cp(config).cpToPod(namespace, 'web', 'app', from, inPod);
      const read = (directory: string) => readFile(join(directory, 'file'), 'utf8').catch(() => '');
      await expect.poll(() => read(inPod)).toBe(content);
      await new Cp(config).cpFromPod(namespace, 'web', 'app', 'file', back, inPod);
      await expect.poll(() => read(back)).toBe(content);
    } finally {
      await rm(here, { recursive: true, force: true });
    }
  });

  it('follows logs', async () => {
    const log = collector();
    await new Log(config).log(namespace, 'web', 'app', log.stream, {
      ...{ follow: true, tailLines: 10, timestamps: true },
    });
    streams.liveLog.write('now\n');
    await expect.poll(log.text).toBe('now\n');
    const wanted = { container: 'app', follow: true, tailLines: 10, timestamps: true };
    expect(streams.logsAsked.at(-1)).toMatchObject(wanted);
    streams.liveLog.write('later\n');
    await expect.poll(log.text).toBe('now\nlater\n');
    streams.liveLog.end();
    await expect.poll(() => log.stream.writableFinished).toBe(true);
  });

  it('works with objects of any kind', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const deployment: V1Deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'any', namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'any' } },
        template: {
          metadata: { labels: { app: 'any' } },
          spec: { containers: [{ name: 'app', image: 'app' }] },
        },
      },
    };
    const tried = await objects.create(deployment, undefined, 'All');
    expect(tried.spec?.progressDeadlineSeconds).toBe(600);
    const made = await objects.create(deployment, undefined, undefined, 'maker');
    expect(made.metadata?.managedFields?.map(({ manager }) => manager)).toEqual(['maker']);
    const change = (spec: object) => ({ ...deployment, spec }) as V1Deployment;
    const patch = (body: V1Deployment, type: PatchStrategy, manager: string, force?: boolean) =>
      objects.patch(body, undefined, undefined, manager, force, type);
    const strategic = change({
      template: { spec: { containers: [{ name: 'second', image: 'second' }] } },
    });
    const patched = await patch(strategic, PatchStrategy.StrategicMergePatch, 'patcher');
    expect(patched.spec?.template.spec?.containers.map(({ name }) => name)).toEqual([
      ...['second', 'app'],
    ]);
    const applied = change({ replicas: 3 });
    await expect(patch(applied, PatchStrategy.ServerSideApply, 'applier')).rejects.toMatchObject({
      code: 409,
    });
    const forced = await patch(applied, PatchStrategy.ServerSideApply, 'applier', true);
    expect(forced.spec?.replicas).toBe(3);
    const { items } = await objects.list('apps/v1', 'Deployment', namespace);
    expect(items.map(({ metadata }) => metadata?.name)).toEqual(['any']);
    const named = { ...deployment, metadata: { name: 'any', namespace } };
    const body = (await objects.read(named)) as V1Deployment;
    const labels = { a: 'b' };
    const replaced = await objects.replace({ ...body, metadata: { ...body.metadata, labels } });
    expect(replaced.metadata).toMatchObject({ labels, uid: made.metadata?.uid });
    // Nothing of what is wanted has changed since the last patch.
    expect(replaced.metadata?.generation).toBe(forced.metadata?.generation);
    const stale = { ...body, spec: { ...body.spec, replicas: 9 } } as V1Deployment;
    await expect(objects.replace(stale)).rejects.toMatchObject({ code: 409 });
    expect((await objects.delete(deployment)).status).toBe('Success');
    await expect(
      config.makeApiClient(AppsV1Api).readNamespacedDeployment({ namespace, name: 'any' }),
    ).rejects.toMatchObject({ code: 404 });
  });

  it('defines a kind of its own, and uses it', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    await objects.create({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'boats.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'boats', kind: 'Boat' },
        versions: [
          {
            ...{ name: 'v1', served: true, storage: true },
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  spec: { type: 'object', properties: { oars: { type: 'integer', _default: 2 } } },
                },
              },
            },
          },
        ],
      },
    } as object);
    const boat = { apiVersion: 'example.com/v1', kind: 'Boat', metadata: { name: 'skiff' } };
    // Whoever asks too early is told that there is no such kind.
    await expect
      .poll(async () => {
        const boats = await objects.list('example.com/v1', 'Boat').catch(() => undefined);
        return boats?.items;
      })
      .toEqual([]);
    expect(await objects.create({ ...boat, spec: {} } as object)).toMatchObject({
      spec: { oars: 2 },
    });
  });

  it('tells what pods and nodes use', async () => {
    const measured = {
      ...{ apiVersion: 'metrics.k8s.io/v1beta1', timestamp: '2026-01-01T00:00:00Z', window: '15s' },
    };
    const usage = { cpu: '250m', memory: '1024Ki' };
    server.api.setResourceMetrics({
      nodes: async () => [{ ...measured, kind: 'NodeMetrics', metadata: { name: 'n1' }, usage }],
      pods: async () => [
        {
          ...{ ...measured, kind: 'PodMetrics', metadata: { name: 'web', namespace } },
          containers: [{ name: 'app', usage }],
        },
      ],
    });
    await core.createNode({
      body: {
        metadata: { name: 'n1' },
        status: { allocatable: { cpu: '2', memory: '1Gi' } },
      },
    });
    expect(
      (await topNodes(core)).map(({ Node, CPU }) => [Node.metadata?.name, CPU.Capacity]),
    ).toEqual([['n1', 2]]);
    const [pod] = await topPods(core, new Metrics(config), namespace);
    expect(
      pod?.Containers.map(({ CPUUsage, MemoryUsage }) => [
        CPUUsage.CurrentUsage,
        MemoryUsage.CurrentUsage,
      ]),
    ).toEqual([[0.25, 1_048_576n]]);
  });

  it('asks after the health of the server', async () => {
    const health = new Health(config);
    expect(await health.readyz({})).toBe(true);
    expect(await health.livez({})).toBe(true);
  });

  it('reads logs', async () => {
    const log = collector();
    await new Log(config).log(namespace, 'web', 'app', log.stream);
    await expect.poll(log.text).toBe('one\ntwo\n');
  });

  it('forwards ports', async () => {
    const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const { port } = echo.address() as { port: number };
    const input = new PassThrough();
    const output = collector();
    const socket = await new PortForward(config).portForward(
      namespace,
      'web',
      [port],
      output.stream,
      null,
      input,
    );
    input.write('ping');
    await expect.poll(output.text).toBe('ping');
    (socket as { close(): void }).close();
    echo.close();
  });
});
