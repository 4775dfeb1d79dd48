import { at } from '../../../references/fields.ts';
import { cronJobExample } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';

export const cronJobConcurrency: PackRule = {
  id: 'cron-job-concurrency',
  packs: ['best-practice'],
  severity: 'information',
  title: 'CronJobs say whether runs may overlap',
  why: 'The default is `Allow`: when a run takes longer than the time between two, the next one starts beside it, then a third, all on the same data, until the cluster is full.',
  howToFix:
    'Set `concurrencyPolicy: Forbid` (skip the next run) or `Replace` (end the old one); `Allow` where it is meant.',
  bad: cronJobExample(''),
  good: cronJobExample('concurrencyPolicy: Forbid'),
  sources: [
    'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#concurrency-policy',
  ],
  check({ kind, value }) {
    const path = ['spec', 'concurrencyPolicy'];
    if (kind !== 'CronJob' || at(value, path) !== undefined) return [];
    return [
      {
        path: ['spec', 'schedule'],
        message: 'Runs may overlap: nothing says what happens when one takes longer',
        change: { title: 'Forbid runs to overlap', fields: [{ set: path, to: 'Forbid' }] },
      },
    ];
  },
};
