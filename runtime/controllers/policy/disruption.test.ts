import { afterEach, expect, it } from 'vitest';
import type { PodDisruptionBudget } from '../../api/types.ts';
import { podDisruptionBudgets } from '../../client/resources.ts';
import { type Bench, createBench } from '../testing/bench.ts';
import { runDisruption } from './disruption.ts';

let bench: Bench;
afterEach(() => bench.stop());

it('allows as many disruptions as leave enough healthy pods', async () => {
  bench = createBench();
  runDisruption(bench.context);
  for (const [name, status] of [
    ['a', 'True'],
    ['b', 'True'],
    ['c', 'False'],
  ]) {
    bench.fake.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', labels: { app: 'web' } },
      spec: { containers: [] },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status }] },
    } as never);
  }
  await bench.create({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web', namespace: 'default' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
  });
  const status = () =>
    bench.fake.find<PodDisruptionBudget>(podDisruptionBudgets, 'web', 'default')?.status;
  await bench.until(() => status()?.disruptionsAllowed === 1);
  expect(status()).toMatchObject({ currentHealthy: 2, desiredHealthy: 1, expectedPods: 3 });
  expect(status()?.conditions?.[0]).toMatchObject({ type: 'DisruptionAllowed', status: 'True' });
  await bench.patch(podDisruptionBudgets, 'web', { spec: { minAvailable: '100%' } });
  await bench.until(() => status()?.disruptionsAllowed === 0);
  expect(status()?.desiredHealthy).toBe(3);
});
