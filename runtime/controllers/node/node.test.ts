import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { timestamp } from '../../api/clock.ts';
import type { Node, Pod } from '../../api/types.ts';
import { nodes, pods } from '../../client/resources.ts';
import { findCondition } from '../kit/conditions.ts';
import { type Bench, createBench } from '../testing/bench.ts';
import { runNodeLifecycle } from './lifecycle.ts';
import { runPodGarbageCollector } from './pod-gc.ts';
import { evictionTime, runTaintEviction } from './taint-eviction.ts';

let bench: Bench;
beforeEach(() => {
  bench = createBench();
  runNodeLifecycle(bench.context);
  runTaintEviction(bench.context);
  runPodGarbageCollector(bench.context);
});
afterEach(() => bench.stop());

const beat = () =>
  bench.fake.put({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'a', namespace: 'kube-node-lease' },
    spec: { renewTime: timestamp(bench.clock.now()) },
  } as never);
const node = () => bench.fake.find<Node>(nodes, 'a');
const taints = () => (node()?.spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
const ready = () => findCondition(node()?.status?.conditions, 'Ready')?.status;

function world(tolerations: object[] = []): void {
  bench.fake.put({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'a' },
    spec: {},
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  } as never);
  bench.fake.put({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default' },
    spec: { nodeName: 'a', tolerations, containers: [] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  } as never);
}
const pod = () => bench.fake.find<Pod>(pods, 'p', 'default');
const fiveMinutes = {
  key: 'node.kubernetes.io/unreachable',
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
};

describe('a node that falls silent', () => {
  it('becomes Unknown, is tainted, and its pods go when their patience ends', async () => {
    world([fiveMinutes]);
    for (let turn = 0; turn < 6; turn++) {
      beat();
      await bench.clock.advance(10_000);
    }
    expect(ready()).toBe('True');
    await bench.until(() => ready() === 'Unknown', 5_000);
    await bench.until(() => taints().length === 2, 1_000);
    expect(taints()).toEqual([
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ]);
    await bench.until(() => findCondition(pod()?.status?.conditions, 'Ready')?.status === 'False');
    await bench.clock.advance(280_000);
    const told = bench.eventLines().filter((line) => line === 'NodeNotReady: Node is not ready');
    expect(told).toHaveLength(1);
    expect(pod()?.metadata.deletionTimestamp).toBeUndefined();
    await bench.until(() => pod()?.metadata.deletionTimestamp !== undefined, 5_000);
    expect(bench.eventLines()).toContain(
      'TaintManagerEviction: Marking for deletion Pod default/p',
    );
  });

  it('loses its taints when it is back', async () => {
    world([fiveMinutes]);
    await bench.until(() => taints().length === 2, 5_000);
    beat();
    await bench.fake.patch({ ...nodes, name: 'a', subresource: 'status' }, 'merge', {
      status: {
        conditions: [
          { type: 'Ready', status: 'True', lastHeartbeatTime: timestamp(bench.clock.now()) },
        ],
      },
    });
    await bench.until(() => taints().length === 0);
    expect(pod()?.metadata.deletionTimestamp).toBeUndefined();
  });
});

describe('a machine that was asleep', () => {
  it('has no silent nodes when it wakes up, only ones that are silent from then on', async () => {
    world();
    await bench.clock.advance(10_000);
    bench.clock.skip(8 * 3_600_000);
    await bench.clock.advance(35_000);
    expect(ready()).toBe('True');
    expect(findCondition(pod()?.status?.conditions, 'Ready')?.status).toBe('True');
    await bench.until(() => ready() === 'Unknown', 5_000);
  });
});

describe('a node that is gone', () => {
  it('takes its pods with it after a while', async () => {
    world();
    await bench.clock.advance(1_000);
    bench.fake.drop(nodes, 'a');
    await bench.until(() => pod() === undefined, 5_000);
    expect(bench.eventLines()).toEqual(
      expect.arrayContaining([
        'RegisteredNode: Node a event: Registered Node a in Controller',
        'RemovingNode: Node a event: Removing Node a from Controller',
      ]),
    );
  });
});

describe('evictionTime', () => {
  it('is now without a toleration, and the shortest patience otherwise', () => {
    const taint = { key: 'k', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z' };
    const at = Date.parse(taint.timeAdded);
    expect(evictionTime([taint], [], at + 5)).toBe(at + 5);
    expect(evictionTime([taint], [{ operator: 'Exists' }], at)).toBeUndefined();
    const seconds = (tolerationSeconds: number) => ({
      key: 'k',
      operator: 'Exists',
      tolerationSeconds,
    });
    expect(evictionTime([taint], [seconds(60)], at)).toBe(at + 60_000);
    expect(evictionTime([{ ...taint, effect: 'NoSchedule' }], [], at)).toBeUndefined();
  });
});
