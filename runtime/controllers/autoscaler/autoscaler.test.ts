import { describe, expect, it } from 'vitest';
import type { autoscaling, Pod } from '../../api/types.ts';
import type { PodMetrics } from '../../client/resource-metrics.ts';
import { deployments, horizontalPodAutoscalers } from '../../client/resources.ts';
import { createBench } from '../testing/bench.ts';
import { runHorizontalPodAutoscalers } from './autoscaler.ts';
import { type History, limit, noteChange } from './limits.ts';
import { type Question, replicasFor } from './replicas.ts';

const nowMs = Date.UTC(2026, 0, 1, 1);
const long = new Date(nowMs - 3600_000).toISOString();

function pod(name: string, status: object = {}, request = '100m'): Pod {
  const condition = { type: 'Ready', status: 'True', lastTransitionTime: long };
  return {
    metadata: { name, namespace: 'default', labels: { app: 'web' } },
    spec: { containers: [{ name: 'c', resources: { requests: { cpu: request } } }] },
    status: { phase: 'Running', startTime: long, conditions: [condition], ...status },
  } as unknown as Pod;
}

const used = (name: string, cpu: string): PodMetrics => ({
  apiVersion: 'metrics.k8s.io/v1beta1',
  kind: 'PodMetrics',
  metadata: { name, namespace: 'default', labels: { app: 'web' } },
  timestamp: new Date(nowMs).toISOString(),
  window: '15s',
  containers: [{ name: 'c', usage: { cpu, memory: '1Mi' } }],
});

const ask = (pods: Pod[], metrics: PodMetrics[], more: Partial<Question> = {}) =>
  replicasFor({
    resource: 'cpu',
    target: { type: 'Utilization', percent: 50 },
    current: pods.length,
    pods,
    metrics,
    nowMs,
    ...more,
  });

describe('replicasFor', () => {
  it('follows the ratio of use to target, but not for a trifle', () => {
    const pods = [pod('a'), pod('b')];
    expect(ask(pods, [used('a', '100m'), used('b', '100m')])).toEqual({
      replicas: 4,
      averageMilli: 100,
      utilization: 100,
    });
    expect(ask(pods, [used('a', '54m'), used('b', '54m')]).replicas).toBe(2);
    const target = { type: 'AverageValue', milli: 200 } as const;
    expect(ask(pods, [used('a', '100m'), used('b', '60m')], { target }).replicas).toBe(1);
  });

  it('lets what it does not know hold back, never push', () => {
    const pods = [pod('a'), pod('b'), pod('c', { phase: 'Pending' })];
    // One that is pending counts as idle when more are asked for.
    expect(ask(pods, [used('a', '100m'), used('b', '100m')]).replicas).toBe(4);
    // One without figures counts as fully used when fewer are asked for.
    expect(ask([pod('a'), pod('b')], [used('a', '10m')]).replicas).toBe(2);
  });

  it('says why it can say nothing', () => {
    expect(() => ask([], [])).toThrow('no pods returned by selector');
    expect(() => ask([pod('a')], [])).toThrow('did not receive metrics for any ready pods');
    const bare = { ...pod('a'), spec: { containers: [{ name: 'c' }] } } as unknown as Pod;
    expect(() => ask([bare], [used('a', '1')])).toThrow(
      'missing request for cpu in container c of Pod a',
    );
  });
});

describe('limit', () => {
  const fresh = (): History => ({ recommendations: [], ups: [], downs: [] });
  const wish = { min: 1, max: 10, behavior: undefined, nowMs };

  it('doubles at most, and keeps within the bounds', () => {
    expect(limit({ ...wish, current: 3, desired: 9 }, fresh())).toMatchObject({
      replicas: 6,
      limit: { limited: true, reason: 'ScaleUpLimit' },
    });
    expect(limit({ ...wish, current: 8, desired: 30 }, fresh())).toMatchObject({
      replicas: 10,
      limit: { limited: true, reason: 'TooManyReplicas' },
    });
  });

  it('takes nothing away while more was wanted in the last five minutes', () => {
    const history = { ...fresh(), recommendations: [{ at: nowMs - 200_000, replicas: 5 }] };
    expect(limit({ ...wish, current: 5, desired: 2 }, history)).toMatchObject({
      replicas: 5,
      able: { reason: 'ScaleDownStabilized' },
    });
    const later = { ...wish, nowMs: nowMs + 301_000 };
    expect(limit({ ...later, current: 5, desired: 2 }, history).replicas).toBe(2);
  });

  it('counts what was done against its policies', () => {
    const behavior: autoscaling.HorizontalPodAutoscalerBehavior = {
      scaleUp: { selectPolicy: 'Max', policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }] },
    };
    const history = fresh();
    expect(limit({ ...wish, behavior, current: 2, desired: 9 }, history).replicas).toBe(4);
    noteChange(history, 2, 4, nowMs);
    expect(limit({ ...wish, behavior, current: 4, desired: 9 }, history).replicas).toBe(4);
    const later = { ...wish, nowMs: nowMs + 61_000 };
    expect(limit({ ...later, behavior, current: 4, desired: 9 }, history).replicas).toBe(6);
  });
});

describe('the controller', () => {
  it('says what it cannot use, and brings the target within its bounds', async () => {
    const bench = createBench();
    await bench.create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } },
      },
    });
    await bench.create({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 2,
        maxReplicas: 5,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
          },
        ],
      },
    });
    runHorizontalPodAutoscalers(bench.context);
    const replicas = () =>
      (bench.fake.all(deployments)[0] as unknown as { spec: { replicas: number } }).spec.replicas;
    await bench.until(() => replicas() === 2);
    expect(bench.eventLines()).toContain(
      'SuccessfulRescale: New size: 2; reason: Current number of replicas below Spec.MinReplicas',
    );
    const condition = () => {
      const [scaler] = bench.fake.all<never>(horizontalPodAutoscalers);
      const { status } = scaler as unknown as autoscaling.HorizontalPodAutoscaler;
      return status?.conditions?.find(({ type }) => type === 'ScalingActive');
    };
    await bench.until(() => condition()?.status === 'False', 1000);
    expect(condition()).toMatchObject({ reason: 'InvalidSelector' });
    bench.stop();
  });
});
