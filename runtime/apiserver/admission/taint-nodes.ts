import type { Node } from '../../api/types.ts';
import { type AdmissionPlugin, concerns } from './admission.ts';

const key = 'node.kubernetes.io/not-ready';

/** A new node takes no pods until the node controller has seen it ready. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  mutate(attributes) {
    if (attributes.operation !== 'CREATE' || !concerns(attributes, '', 'nodes')) return;
    const node = attributes.object as unknown as Node;
    node.spec ??= {};
    node.spec.taints ??= [];
    const { taints } = node.spec;
    if (taints.some((taint) => taint.key === key && taint.effect === 'NoSchedule')) return;
    taints.push({ key, effect: 'NoSchedule' });
  },
};
