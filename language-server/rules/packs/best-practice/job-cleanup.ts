import { at } from '../../../references/fields.ts';
import type { PackRule } from '../pack-rule.ts';

const job = (spec: string) => `apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
spec:
${spec}  template:
    spec:
      restartPolicy: Never
      containers:
        - name: migrate
          image: registry.example.com/migrate:1.4.2
`;

export const jobCleanup: PackRule = {
  id: 'job-cleanup',
  packs: ['best-practice'],
  severity: 'hint',
  title: 'Jobs that are done go away',
  why: 'A Job that is done stays with its pods until somebody deletes it, and its name stays taken: applying the manifest again does nothing, or fails because the template cannot be changed.',
  howToFix: 'Set `ttlSecondsAfterFinished`, long enough to read the logs.',
  bad: job(''),
  good: job('  ttlSecondsAfterFinished: 86400\n'),
  sources: ['https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/'],
  check({ kind, value }) {
    const path = ['spec', 'ttlSecondsAfterFinished'];
    if (kind !== 'Job' || at(value, path) !== undefined) return [];
    return [
      {
        path,
        message: 'This Job and its pods stay when it is done',
        change: { title: 'Remove it a day after', fields: [{ set: path, to: 86_400 }] },
      },
    ];
  },
};
