/** The official JavaScript client against the API server: what programs are written with. */
import './support/node-20.ts';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { PassThrough, Writable } from 'node:stream';
import {
  CoreV1Api,
  Exec,
  KubeConfig,
  Log,
  makeInformer,
  PatchStrategy,
  PortForward,
  setHeaderOptions,
  type V1ConfigMap,
  type V1Status,
  Watch,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalPodStreams } from '../../runtime/apiserver/streaming/testing/local-pod-streams.ts';
import { startTestServer, type TestServer } from '../../runtime/apiserver/testing/test-server.ts';

const namespace = 'default';
const streams = new LocalPodStreams();
let server: TestServer;
let config: KubeConfig;
let core: CoreV1Api;

beforeAll(async () => {
  server = await startTestServer({ streams });
  const { port } = await server.api.listen({ host: '127.0.0.1', port: 0 });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const { caPem, admin } = server.pki;
  config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: 'test',
      server: `https://127.0.0.1:${port}`,
      caData: base64(caPem),
      skipTLSVerify: false,
    },
    { name: 'test', certData: base64(admin.certPem), keyData: base64(admin.keyPem) },
  );
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
afterAll(() => server.close());

const configMap = (name: string, value: string): V1ConfigMap => ({
  metadata: { name, labels: { test: 'client' } },
  data: { value },
});

/** Everything that is written into it, as text. */
function collector() {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  return { stream, text: () => text };
}

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
    await expect.poll(() => [out.text(), err.text()]).toEqual(['hello', 'bad\n']);
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
