import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../api/clock.ts';
import type { Node, Pod } from '../api/types.ts';
import type { Informers } from '../client/informer.ts';
import { type ContainerInfo, engineLabels } from '../engine/engine.ts';
import { createResourceMetrics } from './resource-metrics.ts';

const start = Date.UTC(2026, 0, 1);

/** An engine whose containers use a known share of a processor, and all the memory they were given. */
function fakeEngine(now: () => number) {
  const running = new Map<string, { info: ContainerInfo; cores: number; memoryBytes: number }>();
  let readings = 0;
  return {
    get readings() {
      return readings;
    },
    run(id: string, labels: Record<string, string>, cores: number, memoryBytes: number) {
      const info = { id, labels, state: 'running', startedAt: now() } as unknown as ContainerInfo;
      running.set(id, { info, cores, memoryBytes });
    },
    containers: async () => {
      readings++;
      return [...running.values()].map(({ info }) => info);
    },
    stats: async (id: string) => {
      const found = running.get(id);
      if (found === undefined) return undefined;
      const seconds = (now() - found.info.startedAt) / 1000;
      return {
        timestamp: now(),
        cpuNanoseconds: seconds * found.cores * 1e9,
        memoryWorkingSetBytes: found.memoryBytes,
      };
    },
  };
}

const pod = (name: string, containers: string[]): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: name, labels: { app: name } },
    spec: { containers: [], nodeName: 'n1' },
    status: {
      phase: 'Running',
      containerStatuses: containers.map((container) => ({
        name: container,
        state: { running: {} },
      })),
    },
  }) as unknown as Pod;

const labels = (role: string, podName: string, container: string) => ({
  [engineLabels.node]: 'n1',
  [engineLabels.role]: role,
  [engineLabels.podUid]: podName,
  [engineLabels.container]: container,
});

function setUp(pods: Pod[]) {
  const clock = new VirtualClock(start);
  const engine = fakeEngine(() => clock.now());
  const nodes = [{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }] as Node[];
  const informers = {
    for: ({ resource }: { resource: string }) => ({
      list: () => (resource === 'pods' ? pods : nodes),
    }),
  } as unknown as Informers;
  const metrics = createResourceMetrics({ engine, informers, clock, cluster: 'c' });
  return { clock, engine, metrics };
}

describe('resource metrics', () => {
  it('makes rates of two readings, and sums them up by pod and node', async () => {
    const { clock, engine, metrics } = setUp([pod('web', ['a', 'b'])]);
    engine.run('1', labels('container', 'web', 'a'), 0.25, 64 * 1024 ** 2);
    engine.run('2', labels('container', 'web', 'b'), 0.5, 1024 ** 2);
    engine.run('3', labels('sandbox', 'web', ''), 0, 512 * 1024);
    await clock.advance(60_000);
    const asked = metrics.pods();
    await clock.advance(1000);
    expect(await asked).toMatchObject([
      {
        kind: 'PodMetrics',
        metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
        timestamp: '2026-01-01T00:01:01Z',
        window: '1s',
        containers: [
          { name: 'a', usage: { cpu: '250m', memory: '64Mi' } },
          { name: 'b', usage: { cpu: '500m', memory: '1Mi' } },
        ],
      },
    ]);
    expect(await metrics.nodes()).toMatchObject([
      { metadata: { name: 'n1' }, usage: { cpu: '750m', memory: '67072Ki' } },
    ]);
  });

  it('reads once for all who ask, and anew when the figures are old', async () => {
    const { clock, engine, metrics } = setUp([pod('web', ['a'])]);
    engine.run('1', labels('container', 'web', 'a'), 1, 1024);
    await clock.advance(5000);
    const asked = [metrics.pods(), metrics.nodes(), metrics.pods()];
    await clock.advance(1000);
    await Promise.all(asked);
    expect(engine.readings).toBe(2);
    await clock.advance(15_000);
    expect(await metrics.pods()).toMatchObject([{ window: '15s' }]);
    expect(engine.readings).toBe(3);
  });

  it('says nothing of a pod while it knows only a part', async () => {
    const { clock, engine, metrics } = setUp([pod('web', ['a', 'b'])]);
    engine.run('1', labels('container', 'web', 'a'), 1, 1024);
    const asked = metrics.pods();
    await clock.advance(1000);
    expect(await asked).toEqual([]);
  });
});
