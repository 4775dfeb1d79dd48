/** What conformance tests since 1.21 ask of Jobs, on real containers. */
import { describe, expect, it } from 'vitest';
import type { core, Job, Pod } from '../../runtime/api/types.ts';
import { at, jobs, pods } from '../../runtime/client/resources.ts';
import { eventually } from '../support/cluster.ts';
import { image, useCluster } from './support/on-cluster.ts';

const on = useCluster('conf-jobs');

const template = (script: string, more: Partial<core.PodSpec> = {}) => ({
  spec: {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'main', image, command: ['sh', '-c', script] }],
    ...more,
  },
});

const hasCondition = (type: string) => (job: Job) =>
  job.status?.conditions?.some((each) => each.type === type && each.status === 'True') ?? false;

const conditionOf = (job: Job, type: string) =>
  job.status?.conditions?.find((each) => each.type === type);

async function run(namespace: string, spec: object, end = 'Complete'): Promise<Job> {
  await on.create(jobs, namespace, { metadata: { name: 'job' }, spec });
  return on.until<Job>(jobs, namespace, 'job', hasCondition(end));
}

const podsOf = async (namespace: string) =>
  (await on.client.list<Pod>({ ...pods, namespace }, { labelSelector: 'job-name=job' })).items;

describe.concurrent('a Job', { timeout: 120_000 }, () => {
  it('gives each pod of an indexed one its index: annotation, label, variable, host name', async () => {
    const namespace = await on.namespace('indexed');
    const said = 'echo $JOB_COMPLETION_INDEX $(hostname)';
    const spec = {
      completions: 3,
      parallelism: 3,
      completionMode: 'Indexed',
      template: template(said),
    };
    const job = await run(namespace, spec);
    expect(job.status).toMatchObject({ succeeded: 3, completedIndexes: '0-2' });
    const lines = await Promise.all(
      (await podsOf(namespace)).map(async ({ metadata }) => {
        const index = metadata.annotations?.['batch.kubernetes.io/job-completion-index'];
        expect(metadata.labels?.['batch.kubernetes.io/job-completion-index']).toBe(index);
        expect(await on.log(namespace, metadata.name)).toBe(`${index} job-${index}\n`);
        return index;
      }),
    );
    expect(lines.sort()).toEqual(['0', '1', '2']);
  });

  it('is suspended, resumed, listed, patched and deleted with others', async () => {
    const namespace = await on.namespace('suspended');
    const metadata = { name: 'job', labels: { life: 'yes' } };
    const spec = { suspend: true, completions: 1, template: template('true') };
    await on.create(jobs, namespace, { metadata, spec });
    await on.until<Job>(jobs, namespace, 'job', hasCondition('Suspended'));
    expect(await podsOf(namespace)).toEqual([]);
    await on.client.patch(at(jobs, 'job', namespace), 'strategic', { spec: { suspend: false } });
    const job = await on.until<Job>(jobs, namespace, 'job', hasCondition('Complete'));
    expect(conditionOf(job, 'Suspended')).toMatchObject({ status: 'False', reason: 'JobResumed' });
    await on.client.deleteCollection({ ...jobs, namespace }, { labelSelector: 'life=yes' });
    await eventually(
      () => on.client.list({ ...jobs, namespace }),
      ({ items }) => items.length === 0,
    );
    // Jobs leave their pods behind unless one says otherwise, as they always did.
    expect(await podsOf(namespace)).toHaveLength(1);
  });

  it('fails at once on an exit code that its policy names', async () => {
    const namespace = await on.namespace('fail-job');
    const onExitCodes = { containerName: 'main', operator: 'In', values: [42] };
    const job = await run(
      namespace,
      {
        ...{ backoffLimit: 6, completions: 2, parallelism: 2, template: template('exit 42') },
        podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes }] },
      },
      'Failed',
    );
    expect(conditionOf(job, 'Failed')).toMatchObject({ reason: 'PodFailurePolicy' });
    expect(conditionOf(job, 'Failed')?.message).toMatch(
      /^Container main for pod fail-job\/job-\w+ failed with exit code 42 matching FailJob rule at index 0$/,
    );
  });

  it('does not count a failure that its policy ignores: an eviction', async () => {
    const namespace = await on.namespace('ignore');
    const onPodConditions = [{ type: 'DisruptionTarget', status: 'True' }];
    await on.create(jobs, namespace, {
      metadata: { name: 'job' },
      spec: {
        ...{ backoffLimit: 0, template: template('sleep 300') },
        podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions }] },
      },
    });
    const running = (job: Job) => job.status?.ready === 1;
    await on.until<Job>(jobs, namespace, 'job', running);
    const [first] = await podsOf(namespace);
    const name = first?.metadata.name ?? '';
    await on.client.create(
      { ...at(pods, name, namespace), subresource: 'eviction' },
      {
        ...{ apiVersion: 'policy/v1', kind: 'Eviction' },
        metadata: { name, namespace },
      },
    );
    // A finalizer keeps it until it has been counted; then another takes its place.
    await eventually(
      () => podsOf(namespace),
      (found) => found.length === 1 && found[0]?.metadata.name !== name,
    );
    const job = await on.until<Job>(jobs, namespace, 'job', running);
    expect(job.status?.failed ?? 0).toBe(0);
  });

  it('gives up single indexes: by their policy, by their own limit, and all if too many failed', async () => {
    const namespace = await on.namespace('per-index');
    const indexed = { completions: 2, parallelism: 2, completionMode: 'Indexed' };
    const odd = template('test $JOB_COMPLETION_INDEX != 1');
    const onExitCodes = { operator: 'NotIn', values: [0] };
    const [byPolicy, byLimit, tooMany] = await Promise.all(
      [
        {
          ...{ ...indexed, backoffLimitPerIndex: 5, template: odd },
          podFailurePolicy: { rules: [{ action: 'FailIndex', onExitCodes }] },
        },
        { ...indexed, backoffLimitPerIndex: 0, template: odd },
        { ...indexed, backoffLimitPerIndex: 0, maxFailedIndexes: 0, template: template('false') },
      ].map(async (spec, number) => {
        const name = `job-${number}`;
        await on.create(jobs, namespace, { metadata: { name }, spec });
        return on.until<Job>(jobs, namespace, name, hasCondition('Failed'));
      }),
    );
    for (const job of [byPolicy, byLimit]) {
      expect(job?.status).toMatchObject({ completedIndexes: '0', failedIndexes: '1', failed: 1 });
      expect(job && conditionOf(job, 'Failed')).toMatchObject({ reason: 'FailedIndexes' });
    }
    expect(tooMany && conditionOf(tooMany, 'Failed')).toMatchObject({
      reason: 'MaxFailedIndexesExceeded',
    });
  });

  it('succeeds early: by indexes, by their number, by both', async () => {
    const namespace = await on.namespace('success');
    const spec = {
      ...{ completions: 3, parallelism: 3, completionMode: 'Indexed' },
      // Only the first ever ends by itself.
      template: template('test $JOB_COMPLETION_INDEX = 0 || sleep 300'),
    };
    const rules = [
      { succeededIndexes: '0' },
      { succeededCount: 1 },
      { succeededIndexes: '0-1', succeededCount: 1 },
    ];
    const ended = await Promise.all(
      rules.map(async (rule, number) => {
        const name = `job-${number}`;
        const successPolicy = { rules: [rule] };
        await on.create(jobs, namespace, { metadata: { name }, spec: { ...spec, successPolicy } });
        return on.until<Job>(jobs, namespace, name, hasCondition('Complete'));
      }),
    );
    for (const job of ended) {
      expect(conditionOf(job, 'SuccessCriteriaMet')).toMatchObject({ reason: 'SuccessPolicy' });
      expect(conditionOf(job, 'Complete')).toMatchObject({ reason: 'SuccessPolicy' });
      expect(job.status).toMatchObject({ succeeded: 1, completedIndexes: '0' });
      expect(job.status?.active ?? 0).toBe(0);
    }
  });
});
