import { at } from '../../../references/fields.ts';
import { deploymentExample, webBudget } from '../examples.ts';
import type { Finding, PackRule } from '../pack-rule.ts';
import {
  autoscalersOf,
  replicasOf,
  type Subject,
  selectorAt,
  workloadsSelected,
} from '../subject.ts';

export const budgetBlocksDrain: PackRule = {
  id: 'budget-blocks-drain',
  packs: ['best-practice'],
  severity: 'warning',
  looksAround: true,
  title: 'Disruption budgets let nodes be drained',
  why: 'A budget that allows no disruption at all (`maxUnavailable: 0`, `minAvailable: 100%`, or as many as there are) blocks every drain: the upgrade of a node waits for ever, until somebody deletes the budget or forces the pods out, which is what the budget was to prevent.',
  howToFix: 'Say `maxUnavailable: 1`, which goes on fitting when the number of replicas changes.',
  bad:
    deploymentExample({ spec: 'replicas: 2' }) +
    webBudget.replace('maxUnavailable: 1', 'minAvailable: 2'),
  good: deploymentExample({ spec: 'replicas: 2' }) + webBudget,
  sources: [
    'https://kubernetes.io/docs/tasks/run-application/configure-pdb/#think-about-how-your-application-reacts-to-disruptions',
  ],
  check(subject) {
    if (subject.kind !== 'PodDisruptionBudget') return [];
    const max = at(subject.value, ['spec', 'maxUnavailable']);
    if (max === 0 || max === '0%') {
      const message = `maxUnavailable ${max} never lets a pod go: nodes with one cannot be drained`;
      return [finding('maxUnavailable', message)];
    }
    const min = at(subject.value, ['spec', 'minAvailable']);
    if (min === '100%') {
      return [
        finding('minAvailable', 'All pods must be there at all times: no node can be drained'),
      ];
    }
    return typeof min === 'number' ? tooMany(min, subject) : [];
  },
};

function tooMany(min: number, subject: Subject): Finding[] {
  const selector = selectorAt(subject.value, ['spec', 'selector']);
  const workloads = selector === undefined ? [] : workloadsSelected(selector, subject);
  if (workloads.length === 0) return [];
  let pods = 0;
  for (const { kind, name, value } of workloads) {
    const replicas = replicasOf({ kind, value });
    if (replicas === undefined || autoscalersOf({ ...subject, kind, name }).length > 0) return [];
    pods += replicas;
  }
  if (min < pods) return [];
  const message = `${min} of ${pods} pods must be there at all times: no node with one can be drained`;
  return [finding('minAvailable', message)];
}

function finding(field: 'minAvailable' | 'maxUnavailable', message: string): Finding {
  const path = ['spec', field];
  const title = 'Let one pod be away at a time';
  const change =
    field === 'maxUnavailable'
      ? { title, fields: [{ set: path, to: 1 }] }
      : {
          title,
          fields: [
            { rename: path, to: 'maxUnavailable' },
            { set: path, to: 1 },
          ],
        };
  return { path, message, change };
}
