import { at } from '../../../references/fields.ts';
import { cronJobExample } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';

/** More than this many are not read by anybody, and each is a Job with its pods. */
const many = 20;

export const cronJobHistory: PackRule = {
  id: 'cron-job-history',
  packs: ['best-practice'],
  severity: 'warning',
  title: 'CronJobs keep the last runs, and not all of them',
  why: 'With `failedJobsHistoryLimit: 0` a run that fails is gone with its logs before anybody can look. With a limit in the hundreds every run stays as objects in the cluster, for the API server to keep and for people to wade through.',
  howToFix:
    'Leave both limits to their defaults (3 that succeeded, 1 that failed), or keep a few more.',
  bad: cronJobExample('failedJobsHistoryLimit: 0'),
  good: cronJobExample('failedJobsHistoryLimit: 3'),
  sources: [
    'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#jobs-history-limits',
  ],
  check({ kind, value }) {
    if (kind !== 'CronJob') return [];
    return ['failedJobsHistoryLimit', 'successfulJobsHistoryLimit'].flatMap((field) => {
      const path = ['spec', field];
      const limit = at(value, path);
      const hidesFailures = field === 'failedJobsHistoryLimit' && limit === 0;
      if (!hidesFailures && !(typeof limit === 'number' && limit > many)) return [];
      const message = hidesFailures
        ? 'A run that fails leaves nothing to look at'
        : `${String(limit)} runs stay in the cluster with their pods`;
      return {
        path,
        message,
        change: {
          title: `Keep the last ${hidesFailures ? 1 : 3}`,
          fields: [{ set: path, to: hidesFailures ? 1 : 3 }],
        },
      };
    });
  },
};
