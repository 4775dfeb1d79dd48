import { at } from '../../../references/fields.ts';
import { isRecord } from '../../../routing/manifest-file.ts';
import type { PackRule } from '../pack-rule.ts';
import { isLongRunning } from '../subject.ts';

const nameLabel = 'app.kubernetes.io/name';

const deployment = (labels: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
${labels}spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1.4.2
`;

export const recommendedLabels: PackRule = {
  id: 'recommended-labels',
  packs: ['best-practice'],
  severity: 'hint',
  title: 'Workloads carry the recommended labels',
  why: 'Dashboards, cost reports and other tools group what belongs together by `app.kubernetes.io/name` and its relatives. Without them an application is a heap of objects.',
  howToFix:
    'Add `app.kubernetes.io/name` to `metadata.labels`, and `instance`, `version`, `component` and `part-of` where they mean something. Leave selectors as they are: those of a Deployment cannot be changed.',
  bad: deployment(''),
  good: deployment('  labels:\n    app.kubernetes.io/name: web\n'),
  sources: ['https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/'],
  check(subject) {
    const { value, name } = subject;
    const labels = at(value, ['metadata', 'labels']);
    if (!isLongRunning(subject) || (isRecord(labels) && nameLabel in labels)) return [];
    return [
      {
        path: ['metadata', 'name'],
        message: `No label "${nameLabel}" says what application this is part of`,
        ...(name === undefined
          ? {}
          : {
              change: {
                title: `Add ${nameLabel}: ${name}`,
                fields: [{ set: ['metadata', 'labels'], to: { [nameLabel]: name } }],
              },
            }),
      },
    ];
  },
};
