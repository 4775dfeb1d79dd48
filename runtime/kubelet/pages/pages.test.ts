import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import { EngineError } from '../../engine/engine.ts';
import type { KubeletContext } from '../context.ts';
import { PodRecord } from '../pods/record.ts';
import { arrange } from '../pods/runtime-state.ts';
import { endedOf, infoOf, podOf } from '../testing/fixtures.ts';
import { createPages } from './pages.ts';

const limits = { cpu: '500m', memory: '64Mi' };

function recordOf(name: string): PodRecord {
  const containers = [{ name: 'app', image: 'a:1', resources: { limits } }, { name: 'done' }];
  const pod = podOf(name, { containers }, { phase: 'Running', startTime: '2026-01-01T00:00:01Z' });
  const record = new PodRecord(pod);
  record.runtime = arrange([
    infoOf('sandbox', 'POD'),
    infoOf('container', 'app'),
    endedOf('done', 0),
  ]);
  return record;
}

describe('the pages of a kubelet', () => {
  const clock = new VirtualClock();
  let cpu = 2e9;
  let away = false;
  const context = {
    clock,
    node: { name: 'node-1', cpu: 2, memoryBytes: 4 * 2 ** 30, maxPods: 110 },
    cluster: { dnsAddress: '10.96.0.10', domain: 'cluster.local' },
    engine: {
      stats: async (id: string) => {
        if (away) throw new EngineError('unavailable', 'cannot reach the Docker engine: gone');
        const app = id.startsWith('app');
        return {
          timestamp: clock.now(),
          cpuNanoseconds: app ? cpu : 1e6,
          memoryWorkingSetBytes: app ? 2 ** 20 : 1_000,
        };
      },
    },
  } as unknown as KubeletContext;
  const page = createPages(context, () => [recordOf('web')]);
  const json = async (path: string) => JSON.parse((await page(path)).body);

  it('are healthy, and say so of what is not there', async () => {
    expect(await page('/healthz')).toMatchObject({ status: 200, body: 'ok' });
    expect(await page('/nothing')).toMatchObject({ status: 404, body: '404 page not found\n' });
    expect((await page('/constructor')).status).toBe(404);
  });

  it('list the pods, and of what runs only that', async () => {
    const [pod] = (await json('/pods')).items;
    expect(pod).toMatchObject({ metadata: { name: 'web' }, status: { phase: 'Running' } });
    const [running] = (await json('/runningpods/')).items;
    expect(running.spec.containers).toEqual([{ name: 'app', image: 'a:1', resources: {} }]);
  });

  it('sum up what is used, with a rate from the second look on', async () => {
    const first = await json('/stats/summary');
    expect(first.pods[0].containers[0].cpu).toEqual({
      time: expect.any(String),
      usageCoreNanoSeconds: 2e9,
    });
    await clock.advance(10_000);
    cpu += 1e9;
    const second = await json('/stats/summary');
    expect(second.pods[0]).toMatchObject({
      podRef: { name: 'web', namespace: 'default', uid: 'uid-web' },
      containers: [
        {
          name: 'app',
          cpu: { usageNanoCores: 1e8, usageCoreNanoSeconds: 3e9 },
          memory: { workingSetBytes: 2 ** 20 },
        },
      ],
      cpu: { usageNanoCores: 1e8, usageCoreNanoSeconds: 3e9 + 1e6 },
      memory: { workingSetBytes: 2 ** 20 + 1_000 },
    });
    expect(second.node.memory.availableBytes).toBe(4 * 2 ** 30 - 2 ** 20 - 1_000);
  });

  it('have metrics as Prometheus reads them', async () => {
    const resource = await page('/metrics/resource');
    expect(resource.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(resource.body.split('\n')).toEqual(
      expect.arrayContaining([
        '# TYPE container_cpu_usage_seconds_total counter',
        'container_cpu_usage_seconds_total{container="app",namespace="default",pod="web"} 3',
        'pod_memory_working_set_bytes{namespace="default",pod="web"} 1049576',
        'node_memory_working_set_bytes 1049576',
      ]),
    );
    const labels = 'container="app",id="/docker/app-0",image="a:1",name="k8s_app"';
    expect((await page('/metrics/cadvisor')).body.split('\n')).toEqual(
      expect.arrayContaining([
        `container_memory_working_set_bytes{${labels},namespace="default",pod="web"} 1048576`,
        `container_spec_cpu_quota{${labels},namespace="default",pod="web"} 50000`,
        'machine_cpu_cores 2',
      ]),
    );
    expect((await page('/metrics')).body).toContain(
      'kubelet_running_containers{container_state="exited"} 1\n',
    );
  });

  it('do not make up figures while the engine is away', async () => {
    away = true;
    await expect(page('/stats/summary')).rejects.toMatchObject({
      status: { reason: 'ServiceUnavailable' },
    });
    away = false;
  });
});
