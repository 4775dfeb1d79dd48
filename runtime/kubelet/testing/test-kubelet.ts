/** A kubelet for tests, on node-1 of a cluster that nobody else sees. */
import type { Clock } from '../../api/clock.ts';
import type { Client } from '../../client/client.ts';
import { createInformers } from '../../client/informer.ts';
import type { Engine } from '../../engine/engine.ts';
import { createKubelet, type Kubelet } from '../kubelet.ts';

type Options = Parameters<typeof createKubelet>[0];

export interface TestKubelet extends Partial<Pick<Options, 'files' | 'log'>> {
  readonly client: Client;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Where they are others than those of a node without an engine of its own. */
  readonly node?: Partial<Options['node']>;
  readonly cluster?: Partial<Options['cluster']>;
}

export function testKubelet({ node, cluster, ...options }: TestKubelet): Kubelet {
  const { client, clock, signal } = options;
  return createKubelet({
    informers: createInformers(client, clock, signal),
    log: () => {},
    files: { containerId: 'node', root: '/f', enginePath: '/e' },
    apiServer: { host: '10.96.0.1', caPem: '' },
    ...options,
    node: {
      ...{ name: 'node-1', address: '10.244.0.2', containerId: 'node' },
      ...{ cpu: 2, memoryBytes: 4 * 2 ** 30, maxPods: 110 },
      ...node,
    },
    cluster: {
      ...{ name: 'c', dnsAddress: '10.96.0.10', domain: 'cluster.local' },
      ...{ networkName: 'net', sandboxImage: 'pause' },
      ...cluster,
    },
  });
}
