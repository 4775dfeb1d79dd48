/** A cluster of one node on a real engine, with a fake API: for engine tests of the kubelet. */
import { text } from 'node:stream/consumers';
import { systemClock } from '../../api/clock.ts';
import type { CoreEvent, core, Pod } from '../../api/types.ts';
import { at, events, pods } from '../../client/resources.ts';
import { FakeClient } from '../../client/testing/fake-client.ts';
import { createDockerEngine, type DockerOptions } from '../../engine/docker/docker.ts';
import { type Engine, engineLabels } from '../../engine/engine.ts';
import type { Kubelet } from '../kubelet.ts';
import { testKubelet } from './test-kubelet.ts';

export const image = 'skiff.local/base:1';

export class DockerHarness {
  readonly client = new FakeClient({ clock: systemClock });
  readonly engine: Engine;
  readonly labels: Record<string, string>;
  readonly log: string[] = [];
  /** Of the node. */
  address = '';
  kubelet!: Kubelet;
  readonly #cluster: string;
  readonly #subnet: string;
  #files!: { containerId: string; root: string; enginePath: string };

  /** `subnet` is the second half of a /16 of our own: `10.231.128`. */
  constructor(cluster: string, subnet: string, options: DockerOptions = {}) {
    this.#cluster = cluster;
    this.#subnet = subnet;
    this.engine = createDockerEngine({ ...options, log: (line) => this.log.push(line) });
    this.labels = { [engineLabels.cluster]: cluster };
  }

  async start(): Promise<void> {
    const { engine, labels } = this;
    const network = `skiff-${this.#cluster}`;
    await this.#cleanUp();
    await engine.createNetwork({
      name: network,
      subnet: `${this.#subnet}.0/20`,
      gateway: `${this.#subnet}.1`,
      labels,
    });
    const enginePath = await engine.createVolume(network, { labels });
    const containerId = await engine.createContainer({
      name: `${network}-node-1`,
      image,
      labels: { ...labels, [engineLabels.role]: 'node' },
      entrypoint: ['/bin/sh', '-c', 'while :; do sleep 3600 & wait $!; done'],
      network: { type: 'bridge', name: network },
      mounts: [{ type: 'volume', source: network, target: '/var/lib/skiff' }],
    });
    await engine.startContainer(containerId);
    this.address = (await engine.container(containerId))?.address ?? '';
    this.#files = { containerId, root: '/var/lib/skiff', enginePath };
    await this.startKubelet();
  }

  async stop(): Promise<void> {
    this.kubelet?.stop();
    await this.#cleanUp();
    await this.engine.close();
  }

  async #cleanUp(): Promise<void> {
    const { engine, labels } = this;
    for (const { id } of await engine.containers(labels)) await engine.removeContainer(id);
    for (const { name } of await engine.volumes(labels)) await engine.removeVolume(name);
    for (const { name } of await engine.networks(labels)) await engine.removeNetwork(name);
  }

  /** A fresh kubelet over whatever is there; the one before must have been stopped. */
  async startKubelet(): Promise<void> {
    this.kubelet = testKubelet({
      client: this.client,
      engine: this.engine,
      clock: systemClock,
      log: (line) => this.log.push(line),
      signal: new AbortController().signal,
      node: { address: this.address, containerId: this.#files.containerId },
      cluster: {
        name: this.#cluster,
        networkName: `skiff-${this.#cluster}`,
        sandboxImage: image,
        sandboxCommand: [
          '/bin/sh',
          '-c',
          'trap "exit 0" TERM; while :; do sleep 3600 & wait $!; done',
        ],
      },
      files: this.#files,
    });
    await this.kubelet.ready;
  }

  put(name: string, spec: Partial<core.PodSpec>): Pod {
    return this.client.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', labels: { app: name }, generation: 1 },
      spec: {
        nodeName: 'node-1',
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 2,
        ...spec,
      },
      status: {
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
        ],
      },
    } as unknown as Pod);
  }

  shell(name: string, script: string, more: Partial<core.Container> = {}): core.Container {
    return { name, image, command: ['/bin/sh', '-c', script], ...more };
  }

  pod(name: string): Pod | undefined {
    return this.client.find<Pod>(pods, name, 'default');
  }

  status(name: string): core.PodStatus | undefined {
    return this.pod(name)?.status;
  }

  /** The status of the pod's first container. */
  app(name: string): core.ContainerStatus | undefined {
    return this.status(name)?.containerStatuses?.[0];
  }

  appId(name: string): string {
    return this.app(name)?.containerID?.slice('docker://'.length) ?? '';
  }

  isReady(name: string): boolean {
    return (
      this.status(name)?.conditions?.some(
        ({ type, status }) => type === 'Ready' && status === 'True',
      ) ?? false
    );
  }

  eventsOf(name: string): string[] {
    return this.client
      .all<CoreEvent>(events)
      .filter(({ involvedObject }) => involvedObject.name === name)
      .map(({ reason, message }) => `${reason}: ${message}`);
  }

  /** What the command prints. */
  async run(name: string, ...command: string[]): Promise<string> {
    const session = await this.kubelet.streams.exec({ namespace: 'default', name }, { command });
    return session.stdout === undefined ? '' : text(session.stdout);
  }

  async logsOf(name: string, options: object = {}): Promise<string> {
    return text(await this.kubelet.streams.logs({ namespace: 'default', name }, options));
  }

  async remove(name: string, options: { gracePeriodSeconds?: number } = {}): Promise<void> {
    await this.client.delete(at(pods, name, 'default'), options);
  }

  async containersOf(uid: string): Promise<string[]> {
    const found = await this.engine.containers({ ...this.labels, [engineLabels.podUid]: uid });
    return found.map(({ name }) => name);
  }

  async until(condition: () => unknown, what: string, seconds = 60): Promise<void> {
    const deadline = Date.now() + seconds * 1_000;
    while (!(await condition())) {
      if (Date.now() > deadline) {
        const said = this.client
          .all<CoreEvent>(events)
          .map(({ involvedObject, message }) => `${involvedObject.name}: ${message}`);
        throw new Error(`waited in vain for ${what}\n${[...said, ...this.log].join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
