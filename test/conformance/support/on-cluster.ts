/** A cluster of two nodes on the real engine, and what these tests say to it again and again. */
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect } from 'vitest';
import { systemClock } from '../../../runtime/api/clock.ts';
import type { KubeObject, UnknownObject } from '../../../runtime/api/object.ts';
import type { core, Pod } from '../../../runtime/api/types.ts';
import { createHttpClient, type HttpClient } from '../../../runtime/client/http-client.ts';
import { connectionFor, loadKubeconfig } from '../../../runtime/client/kubeconfig.ts';
import type { PodStreams } from '../../../runtime/client/pod-streams.ts';
import { createHttpPodStreams } from '../../../runtime/client/pod-streams-http.ts';
import {
  at,
  type KnownResource,
  namespaces,
  pods,
  serviceAccounts,
} from '../../../runtime/client/resources.ts';
import { type TestCluster, testCluster } from '../../support/cluster.ts';

/** What scripts/images/local-base.mjs makes: Node and busybox. */
export const image = process.env.SKIFF_BASE_IMAGE ?? 'skiff.local/base:1';

export interface OnCluster {
  readonly cluster: TestCluster;
  readonly client: HttpClient;
  readonly streams: PodStreams;
  /** A namespace of its own for one test, whose default service account is there. */
  namespace(name: string): Promise<string>;
  create<T extends KubeObject = UnknownObject>(
    resource: KnownResource,
    namespace: string | undefined,
    object: object,
  ): Promise<T>;
  /** Waits until an object is as it should be. Throws with its last state. */
  until<T extends KubeObject>(
    resource: KnownResource,
    namespace: string | undefined,
    name: string,
    isRight: (object: T) => boolean,
    timeoutMs?: number,
  ): Promise<T>;
  /** A pod that has come to its end, well or not. */
  finished(namespace: string, name: string): Promise<Pod>;
  ready(namespace: string, name: string): Promise<Pod>;
  log(namespace: string, name: string, container?: string): Promise<string>;
  /** What a command in a running pod says; throws if its exit code is not 0. */
  exec(namespace: string, name: string, command: string[], container?: string): Promise<string>;
}

/** Call once in a file. */
export function useCluster(name: string): OnCluster {
  let cluster: TestCluster;
  let client: HttpClient;
  let streams: PodStreams;
  beforeAll(async () => {
    cluster = await testCluster(name);
    const up = await cluster.up('--nodes', '2');
    expect(up.code, up.stderr).toBe(0);
    const connection = await connectionFor(await loadKubeconfig([cluster.kubeconfig]));
    client = createHttpClient(connection);
    streams = createHttpPodStreams(connection, systemClock);
  });
  afterAll(async () => {
    client?.close();
    await cluster?.remove();
  });

  const isOver = ({ status }: Pod) => status?.phase === 'Succeeded' || status?.phase === 'Failed';
  const isReady = ({ status }: Pod) =>
    status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false;

  const self: OnCluster = {
    get cluster() {
      return cluster;
    },
    get client() {
      return client;
    },
    get streams() {
      return streams;
    },
    async namespace(wanted) {
      await self.create(namespaces, undefined, { metadata: { name: wanted } });
      await self.until(serviceAccounts, wanted, 'default', () => true);
      return wanted;
    },
    create(resource, namespace, object) {
      const target = namespace === undefined ? resource : { ...resource, namespace };
      const apiVersion =
        resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
      return client.create(target, { apiVersion, kind: resource.kind, ...object } as KubeObject);
    },
    async until<T extends KubeObject>(
      resource: KnownResource,
      namespace: string | undefined,
      wanted: string,
      isRight: (object: T) => boolean,
      timeoutMs = 60_000,
    ) {
      const limit = AbortSignal.timeout(timeoutMs);
      const target = namespace === undefined ? resource : { ...resource, namespace };
      let last: T | undefined;
      const fieldSelector = `metadata.name=${wanted}`;
      for await (const event of client.watch<T>(target, { fieldSelector, signal: limit })) {
        if (event.type === 'BOOKMARK') continue;
        last = event.object as T;
        if (event.type !== 'DELETED' && isRight(last)) return last;
      }
      throw new Error(`${resource.kind} ${wanted} never was so; last: ${JSON.stringify(last)}`);
    },
    finished: (namespace, pod) => self.until(pods, namespace, pod, isOver),
    ready: (namespace, pod) => self.until(pods, namespace, pod, isReady),
    async log(namespace, pod, container) {
      const options = container === undefined ? {} : { container };
      return text(await streams.logs({ namespace, name: pod }, options));
    },
    async exec(namespace, pod, command, container) {
      const session = await streams.exec(
        { namespace, name: pod },
        { command, stdout: true, stderr: true, ...(container === undefined ? {} : { container }) },
      );
      const [out, problems] = await Promise.all([
        session.stdout ? text(session.stdout) : '',
        session.stderr ? text(session.stderr) : '',
      ]);
      const exit = await session.exit;
      if (!('exitCode' in exit) || exit.exitCode !== 0)
        throw new Error(`${command.join(' ')}: ${JSON.stringify(exit)} ${problems}`);
      return out;
    },
  };
  return self;
}

/** A pod that runs a line of shell. */
export function shellPod(
  name: string,
  script: string,
  more: Partial<core.PodSpec> & { labels?: Record<string, string> } = {},
  container: Partial<core.Container> = {},
) {
  const { labels, ...spec } = more;
  return {
    metadata: { name, ...(labels === undefined ? {} : { labels }) },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image, command: ['sh', '-c', script], ...container }],
      ...spec,
    },
  };
}

/** The pod as it stands now. */
export const podAt = (namespace: string, name: string) => at(pods, name, namespace);
