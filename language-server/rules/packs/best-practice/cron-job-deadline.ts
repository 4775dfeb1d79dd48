import { at } from '../../../references/fields.ts';
import { cronJobExample } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';

export const cronJobDeadline: PackRule = {
  id: 'cron-job-deadline',
  packs: ['best-practice'],
  severity: 'hint',
  title: 'CronJobs say how late a run may start',
  why: 'Without `startingDeadlineSeconds` runs that were missed, while the control plane was down or the CronJob was suspended, are counted from the beginning; after a hundred of them the controller gives up and starts none at all.',
  howToFix:
    'Set `startingDeadlineSeconds` to how late a run still makes sense, and to no less than a minute or so: the controller looks every ten seconds.',
  bad: cronJobExample(''),
  good: cronJobExample('startingDeadlineSeconds: 600'),
  sources: [
    'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#starting-deadline',
  ],
  check({ kind, value }) {
    const path = ['spec', 'startingDeadlineSeconds'];
    if (kind !== 'CronJob') return [];
    const deadline = at(value, path);
    if (typeof deadline === 'number' && deadline < 10) {
      return [{ path, message: 'Less than the ten seconds between two looks: runs are missed' }];
    }
    if (deadline !== undefined) return [];
    return [
      {
        path: ['spec', 'schedule'],
        message: 'Nothing says how late a run may start',
        change: { title: 'Start up to ten minutes late', fields: [{ set: path, to: 600 }] },
      },
    ];
  },
};
