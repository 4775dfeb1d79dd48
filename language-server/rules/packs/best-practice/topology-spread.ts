import { at } from '../../../references/fields.ts';
import { deploymentExample } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { replicasOf } from '../subject.ts';

export const topologySpread: PackRule = {
  id: 'topology-spread',
  packs: ['best-practice'],
  severity: 'information',
  title: 'Replicas are spread over nodes',
  why: 'The scheduler only prefers to spread pods. On a busy cluster all replicas may well land on one node, and go with it.',
  howToFix:
    'Add `topologySpreadConstraints` over `kubernetes.io/hostname` (and over `topology.kubernetes.io/zone` where there are zones), or a `podAntiAffinity`.',
  bad: deploymentExample({ spec: 'replicas: 3' }),
  good: deploymentExample({
    spec: 'replicas: 3',
    pod: `topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        app: web`,
  }),
  sources: ['https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/'],
  check(subject) {
    const { pod } = subject;
    if (pod === undefined || (replicasOf(subject) ?? 0) < 2) return [];
    const isSpread =
      at(pod.spec, ['topologySpreadConstraints']) !== undefined ||
      at(pod.spec, ['affinity', 'podAntiAffinity']) !== undefined;
    if (isSpread) return [];
    const constraint = {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: { ...pod.labels } },
    };
    return [
      {
        path: ['spec', 'replicas'],
        message: 'Nothing keeps all replicas from running on one node',
        change: {
          title: 'Spread them over nodes',
          fields: [{ set: [...pod.path, 'topologySpreadConstraints'], to: [constraint] }],
        },
      },
    ];
  },
};
