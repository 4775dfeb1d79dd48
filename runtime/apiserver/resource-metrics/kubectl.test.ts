import { beforeAll, describe, expect, it } from 'vitest';
import type { NodeMetrics, PodMetrics, Usage } from '../../client/resource-metrics.ts';
import { pods } from '../../client/resources.ts';
import { hasKubectl, type Kubectl, kubectlFor } from '../testing/kubectl.ts';
import { useTestServer } from '../testing/use-server.ts';

const measured = {
  apiVersion: 'metrics.k8s.io/v1beta1',
  timestamp: '2026-01-01T00:00:00Z',
  window: '15s',
};
const node = (name: string, usage: Usage): NodeMetrics => ({
  ...measured,
  kind: 'NodeMetrics',
  metadata: { name },
  usage,
});
const pod = (namespace: string, name: string, usages: Record<string, Usage>): PodMetrics => ({
  ...measured,
  kind: 'PodMetrics',
  metadata: { name, namespace, labels: { app: name } },
  containers: Object.entries(usages).map(([container, usage]) => ({ name: container, usage })),
});

/** Words of each line: columns are as wide as their widest cell. */
const rows = (table: string) =>
  table
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).join(' '));

const server = useTestServer();
let kubectl: Kubectl;

beforeAll(async () => {
  kubectl = await kubectlFor(server);
});

describe.skipIf(!hasKubectl)('metrics.k8s.io', () => {
  it('says that nothing measures, as long as nothing does', async () => {
    const { code, err } = await kubectl.run(['top', 'pods']);
    expect(code).not.toBe(0);
    expect(err).toContain('nothing measures what the pods of this cluster use');
    server.api.setResourceMetrics({
      nodes: async () => [node('n1', { cpu: '250000000n', memory: '1048576Ki' })],
      pods: async () => [
        pod('default', 'web', {
          app: { cpu: '100000000n', memory: '20480Ki' },
          sidecar: { cpu: '5000000n', memory: '1024Ki' },
        }),
        pod('other', 'db', { db: { cpu: '1', memory: '1Gi' } }),
      ],
    });
  });

  it('answers kubectl top', async () => {
    expect(rows(await kubectl.ok(['top', 'pods']))).toEqual([
      'NAME CPU(cores) MEMORY(bytes)',
      'web 105m 21Mi',
    ]);
    expect(rows(await kubectl.ok(['top', 'pods', '-A', '--sort-by=cpu', '--containers']))).toEqual([
      'NAMESPACE POD NAME CPU(cores) MEMORY(bytes)',
      'other db db 1000m 1024Mi',
      'default web app 100m 20Mi',
      'default web sidecar 5m 1Mi',
    ]);
    expect(rows(await kubectl.ok(['top', 'pods', '-A', '-l', 'app=db', '--no-headers']))).toEqual([
      'other db 1000m 1024Mi',
    ]);
  });

  it('answers kubectl top nodes, with their shares', async () => {
    await server.client.create({ group: '', version: 'v1', resource: 'nodes' }, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n1' },
      status: { allocatable: { cpu: '2', memory: '4Gi' } },
    } as never);
    expect(rows(await kubectl.ok(['top', 'nodes']))).toEqual([
      'NAME CPU(cores) CPU(%) MEMORY(bytes) MEMORY(%)',
      'n1 250m 12% 1024Mi 25%',
    ]);
  });

  it('is found, printed and explained as any other kind', async () => {
    expect(rows(await kubectl.ok(['get', 'pods.metrics.k8s.io']))).toEqual([
      'NAME CPU MEMORY WINDOW',
      'web 105m 21Mi 15s',
    ]);
    expect(await kubectl.ok(['get', 'podmetrics', 'web', '-o', 'jsonpath={.window}'])).toBe('15s');
    expect(await kubectl.ok(['explain', 'podmetrics.containers.usage'])).toContain('working set');
    expect((await kubectl.run(['get', 'podmetrics', 'none'])).err).toContain(
      'pods.metrics.k8s.io "none" not found',
    );
  });

  it('does not come before the pods and nodes of the core', async () => {
    expect(await server.client.list({ ...pods, namespace: 'default' })).toMatchObject({
      kind: 'PodList',
    });
    expect((await kubectl.run(['get', 'pods'])).err).toContain('No resources found in default');
  });
});
