import { at } from '../../../references/fields.ts';
import { deploymentExample, webService } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { servicesOf } from '../subject.ts';

export const recreateStrategy: PackRule = {
  id: 'recreate-strategy',
  packs: ['best-practice'],
  severity: 'information',
  looksAround: true,
  title: 'Services are updated without a gap',
  why: '`Recreate` stops every pod before it starts the first new one; `maxUnavailable: 100%` comes to the same. Until the new ones are ready the Service answers nobody.',
  howToFix:
    'Leave `strategy` out: pods are then replaced a few at a time. Where two versions must not run at once, silence this rule and say why.',
  bad: deploymentExample({ spec: 'strategy:\n  type: Recreate' }) + webService,
  good: deploymentExample({}) + webService,
  sources: ['https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy'],
  check(subject) {
    const { kind, value } = subject;
    if (kind !== 'Deployment') return [];
    const most = ['spec', 'strategy', 'rollingUpdate', 'maxUnavailable'];
    const isRecreated = at(value, ['spec', 'strategy', 'type']) === 'Recreate';
    const isAllAtOnce = at(value, most) === '100%';
    const [service] = isRecreated || isAllAtOnce ? servicesOf(subject) : [];
    if (service === undefined) return [];
    return [
      {
        path: isRecreated ? ['spec', 'strategy', 'type'] : most,
        message: `Each update leaves Service "${service.name}" without pods for a while`,
      },
    ];
  },
};
