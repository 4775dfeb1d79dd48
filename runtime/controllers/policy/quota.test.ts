import { afterEach, expect, it } from 'vitest';
import type { ResourceQuota } from '../../api/types.ts';
import { at, configMaps, resourceQuotas } from '../../client/resources.ts';
import { type Bench, createBench } from '../testing/bench.ts';
import { runResourceQuotas } from './quota.ts';

let bench: Bench;
afterEach(() => bench.stop());

it('sums up what is there, and takes off what has finished or gone', async () => {
  bench = createBench();
  runResourceQuotas(bench.context);
  for (const name of ['a', 'b']) {
    bench.fake.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: {
        containers: [
          { name: 'c', resources: { requests: { cpu: '500m' }, limits: { memory: '1Gi' } } },
        ],
      },
      status: { phase: 'Running' },
    } as never);
  }
  await bench.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'm', namespace: 'default' },
  });
  await bench.create({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q', namespace: 'default' },
    spec: {
      hard: {
        pods: '5',
        'requests.cpu': '2',
        'limits.memory': '4Gi',
        configmaps: '3',
        'count/secrets': '9',
      },
    },
  });
  const used = () => bench.fake.find<ResourceQuota>(resourceQuotas, 'q', 'default')?.status?.used;
  await bench.until(() => used()?.configmaps === '1');
  expect(used()).toEqual({
    pods: '2',
    'requests.cpu': '1',
    'limits.memory': '2Gi',
    configmaps: '1',
    'count/secrets': '0',
  });
  await bench.setPodStatus(bench.pods()[0]!, { phase: 'Succeeded' });
  bench.fake.drop(configMaps, 'm', 'default');
  await bench.until(() => used()?.pods === '1' && used()?.configmaps === '0');
  expect(used()?.['requests.cpu']).toBe('500m');
});

it('lets a charge stand whose pod it cannot see yet, until it counts anew', async () => {
  bench = createBench();
  runResourceQuotas(bench.context);
  await bench.create({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q', namespace: 'default' },
    spec: { hard: { pods: '2', configmaps: '3' } },
  });
  const status = () => bench.fake.find<ResourceQuota>(resourceQuotas, 'q', 'default')?.status;
  await bench.until(() => status()?.used?.pods === '0');
  await bench.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'm', namespace: 'default' },
  });
  const charged = { status: { used: { pods: '1', configmaps: '1' } } };
  await bench.fake.patch(at(resourceQuotas, 'q', 'default', 'status'), 'merge', charged);
  await bench.clock.advance(60_000);
  expect(status()?.used).toEqual({ pods: '1', configmaps: '1' });
  await bench.clock.advance(300_000);
  await bench.until(() => status()?.used?.pods === '0');
  expect(status()?.used?.configmaps).toBe('1');
});
