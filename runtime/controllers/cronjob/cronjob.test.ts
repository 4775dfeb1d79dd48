import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CronJob, Job } from '../../api/types.ts';
import { at, cronJobs, jobs } from '../../client/resources.ts';
import { type Bench, createBench } from '../testing/bench.ts';
import { runCronJobs } from './cronjob.ts';
import { findDue, parseSchedule } from './schedule.ts';

let bench: Bench;
beforeEach(() => {
  bench = createBench();
  runCronJobs(bench.context);
});
afterEach(() => bench.stop());

const tick = (spec: object = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'tick', namespace: 'default' },
  spec: {
    schedule: '*/5 * * * *',
    concurrencyPolicy: 'Allow',
    jobTemplate: { spec: { template: { spec: { containers: [{ name: 'w', image: 'w' }] } } } },
    ...spec,
  },
});
const made = () =>
  bench.fake
    .all<Job>(jobs)
    .map(({ metadata }) => metadata.name)
    .sort();
const cron = () => bench.fake.find<CronJob>(cronJobs, 'tick', 'default');
const finish = (name: string) =>
  bench.fake.patch(at(jobs, name, 'default', 'status'), 'merge', {
    status: {
      conditions: [{ type: 'Complete', status: 'True' }],
      completionTime: '2026-01-01T00:05:30Z',
    },
  });

describe('a CronJob', () => {
  it('makes a Job at each time, named by the minute', async () => {
    await bench.create(tick());
    await bench.clock.advance(299_000);
    expect(made()).toEqual([]);
    await bench.clock.advance(2_000);
    const first = `tick-${Date.UTC(2026, 0, 1, 0, 5) / 60_000}`;
    expect(made()).toEqual([first]);
    expect(cron()?.status?.lastScheduleTime).toBe('2026-01-01T00:05:00Z');
    expect(cron()?.status?.active?.map(({ name }) => name)).toEqual([first]);
    await finish(first);
    await bench.until(() => (cron()?.status?.active ?? []).length === 0);
    expect(cron()?.status?.lastSuccessfulTime).toBe('2026-01-01T00:05:30Z');
    expect(bench.eventLines()).toContain(
      `SawCompletedJob: Saw completed job: ${first}, condition: Complete`,
    );
    await bench.clock.advance(300_000);
    expect(made()).toHaveLength(2);
    expect(bench.logged).toEqual([]);
  });

  it('Forbid waits for the Job before, Replace ends it', async () => {
    await bench.create(tick({ concurrencyPolicy: 'Forbid' }));
    await bench.clock.advance(601_000);
    expect(made()).toHaveLength(1);
    await bench.patch(cronJobs, 'tick', { spec: { concurrencyPolicy: 'Replace' } });
    await bench.clock.advance(300_000);
    expect(made()).toHaveLength(1);
    expect(made()[0]).not.toBe(`tick-${Date.UTC(2026, 0, 1, 0, 5) / 60_000}`);
  });

  it('keeps as many finished Jobs as its history says, and none runs while suspended', async () => {
    await bench.create(tick({ successfulJobsHistoryLimit: 1 }));
    for (let turn = 1; turn <= 3; turn++) {
      await bench.clock.advance(turn === 1 ? 301_000 : 300_000);
      const newest = made().at(-1)!;
      await finish(newest);
      await bench.clock.advance(100);
    }
    await bench.until(() => made().length === 1);
    await bench.patch(cronJobs, 'tick', { spec: { suspend: true } });
    await bench.clock.advance(900_000);
    expect(made()).toHaveLength(1);
  });

  it('makes one Job, not many, after a long sleep', () => {
    const schedule = parseSchedule('*/5 * * * *', undefined);
    const since = Date.UTC(2026, 0, 1);
    const due = findDue(schedule, since, since + 31 * 86_400_000 + 60_000);
    expect(due).toMatchObject({ at: since + 31 * 86_400_000, tooManyMissed: true });
  });

  it('knows time zones', () => {
    const noon = findDue(
      parseSchedule('0 12 * * *', 'Europe/Berlin'),
      Date.UTC(2026, 6, 1),
      Date.UTC(2026, 6, 1, 1),
    );
    expect(noon.next).toBe(Date.UTC(2026, 6, 1, 10));
  });
});
