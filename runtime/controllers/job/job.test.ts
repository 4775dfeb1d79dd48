import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { timestamp } from '../../api/clock.ts';
import type { Job, Pod } from '../../api/types.ts';
import { jobs } from '../../client/resources.ts';
import { findCondition } from '../kit/conditions.ts';
import { type Bench, createBench } from '../testing/bench.ts';
import { formatIndexes, parseIndexes } from './indexes.ts';
import { runJobs } from './job.ts';
import { runTtlAfterFinished } from './ttl.ts';

let bench: Bench;
beforeEach(() => {
  bench = createBench();
  runJobs(bench.context);
  runTtlAfterFinished(bench.context);
});
afterEach(() => bench.stop());

const labels = { 'batch.kubernetes.io/job-name': 'work' };
const work = (spec: object = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'work', namespace: 'default' },
  spec: {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { restartPolicy: 'Never', containers: [{ name: 'w', image: 'w' }] },
    },
    ...spec,
  },
});
const job = () => bench.fake.find<Job>(jobs, 'work', 'default');
const condition = (type: string) => findCondition(job()?.status?.conditions, type);
const running = () =>
  bench.pods().filter((pod) => !['Succeeded', 'Failed'].includes(pod.status?.phase ?? ''));
const finish = (pod: Pod, phase: 'Succeeded' | 'Failed', exitCode = phase === 'Failed' ? 1 : 0) =>
  bench.setPodStatus(pod, {
    phase,
    containerStatuses: [
      {
        name: 'w',
        restartCount: 0,
        state: { terminated: { exitCode, finishedAt: timestamp(bench.clock.now()) } },
      },
    ],
  });

describe('a Job', () => {
  it('runs its pod to the end, counts it once and completes', async () => {
    await bench.create(work());
    await bench.until(() => running().length === 1);
    expect(bench.pods()[0]?.metadata.finalizers).toEqual(['batch.kubernetes.io/job-tracking']);
    await bench.until(() => job()?.status?.active === 1);
    await finish(running()[0]!, 'Succeeded');
    await bench.until(() => condition('Complete')?.status === 'True');
    expect(job()?.status).toMatchObject({ succeeded: 1 });
    expect(job()?.status?.completionTime).toBeDefined();
    expect(condition('SuccessCriteriaMet')).toMatchObject({
      status: 'True',
      reason: 'CompletionsReached',
    });
    expect(bench.pods()[0]?.metadata.finalizers ?? []).toEqual([]);
    await bench.until(() => bench.eventLines().includes('Completed: Job completed'));
    expect(bench.logged).toEqual([]);
  });

  it('keeps to parallelism and completions', async () => {
    await bench.create(work({ parallelism: 2, completions: 3 }));
    let most = 0;
    await bench
      .until(async () => {
        most = Math.max(most, running().length);
        const [pod] = running();
        if (pod !== undefined) await finish(pod, 'Succeeded');
        return false;
      })
      .catch(() => {});
    expect(condition('Complete')?.status).toBe('True');
    expect(most).toBeLessThanOrEqual(2);
    expect(bench.pods()).toHaveLength(3);
    expect(job()?.status?.succeeded).toBe(3);
  });

  it('waits longer after each failure and gives up at the backoff limit', async () => {
    await bench.create(work({ backoffLimit: 1 }));
    await bench.until(() => running().length === 1);
    await finish(running()[0]!, 'Failed');
    await bench.clock.advance(5_000);
    expect(running()).toHaveLength(0);
    await bench.until(() => running().length === 1, 1_000);
    await finish(running()[0]!, 'Failed');
    await bench.until(() => condition('Failed')?.status === 'True', 1_000);
    expect(condition('Failed')).toMatchObject({
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    });
    expect(job()?.status?.failed).toBe(2);
  });

  it('stops at its deadline', async () => {
    bench.runNodes();
    await bench.create(work({ activeDeadlineSeconds: 30 }));
    await bench.until(() => running().length === 1);
    await bench.until(() => condition('Failed')?.status === 'True', 1_000);
    expect(condition('Failed')?.reason).toBe('DeadlineExceeded');
    // Nobody runs the pod, so that only its finalizer could hold it.
    await bench.until(() => bench.pods().length === 0, 1_000);
  });

  it('Indexed: every index once, with its number in annotation, label and host name', async () => {
    await bench.create(work({ completionMode: 'Indexed', completions: 3, parallelism: 3 }));
    await bench.until(() => running().length === 3);
    const pod = running().find((each) => each.spec.hostname === 'work-1')!;
    expect(pod.metadata.annotations?.['batch.kubernetes.io/job-completion-index']).toBe('1');
    expect(pod.spec.containers[0]?.env?.[0]?.name).toBe('JOB_COMPLETION_INDEX');
    await finish(pod, 'Failed');
    for (const other of running()) await finish(other, 'Succeeded');
    await bench.until(() => running().length === 1, 1_000);
    expect(job()?.status?.completedIndexes).toBe('0,2');
    expect(running()[0]?.spec.hostname).toBe('work-1');
    await finish(running()[0]!, 'Succeeded');
    await bench.until(() => condition('Complete')?.status === 'True');
    expect(job()?.status).toMatchObject({ completedIndexes: '0-2', succeeded: 3, failed: 1 });
  });

  it('podFailurePolicy: an exit code can end the whole Job', async () => {
    const rules = [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }];
    await bench.create(work({ podFailurePolicy: { rules } }));
    await bench.until(() => running().length === 1);
    await finish(running()[0]!, 'Failed', 42);
    await bench.until(() => condition('Failed')?.status === 'True');
    expect(condition('Failed')?.reason).toBe('PodFailurePolicy');
    expect(condition('Failed')?.message).toMatch(
      /failed with exit code 42 matching FailJob rule at index 0$/,
    );
  });

  it('suspends, resumes, and goes away after its time to live', async () => {
    await bench.create(work({ suspend: true, ttlSecondsAfterFinished: 10 }));
    await bench.until(() => condition('Suspended')?.status === 'True');
    expect(bench.pods()).toHaveLength(0);
    await bench.patch(jobs, 'work', { spec: { suspend: false } });
    await bench.until(() => running().length === 1);
    expect(condition('Suspended')).toMatchObject({ status: 'False', reason: 'JobResumed' });
    await finish(running()[0]!, 'Succeeded');
    await bench.until(() => condition('Complete')?.status === 'True');
    await bench.until(
      () => job() === undefined || job()?.metadata.deletionTimestamp !== undefined,
      1_000,
    );
  });
});

describe('indexes', () => {
  it('are written as runs', () => {
    expect(formatIndexes([7, 1, 3, 4, 5, 9, 10])).toBe('1,3-5,7,9,10');
    expect([...parseIndexes('1,3-5', 5)]).toEqual([1, 3, 4]);
  });
});
