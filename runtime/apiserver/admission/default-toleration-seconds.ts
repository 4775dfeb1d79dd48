import type { Pod } from '../../api/types.ts';
import { type AdmissionPlugin, concerns } from './admission.ts';

const seconds = 300;
const taints = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** Pods stay for five minutes on a node that does not answer, unless they say otherwise. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  mutate(attributes) {
    if (attributes.object === undefined || !concerns(attributes, '', 'pods')) return;
    if (attributes.operation !== 'CREATE' && attributes.operation !== 'UPDATE') return;
    const { spec } = attributes.object as unknown as Pod;
    const tolerations = spec.tolerations ?? [];
    for (const key of taints) {
      const tolerated = tolerations.some(
        (toleration) =>
          (toleration.key === key || !toleration.key) &&
          (toleration.effect === 'NoExecute' || !toleration.effect),
      );
      if (tolerated) continue;
      tolerations.push({
        key,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: seconds,
      });
    }
    spec.tolerations = tolerations;
  },
};
