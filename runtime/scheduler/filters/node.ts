/** Filters about the node itself: its name, labels, taints and whether it takes pods at all. */
import { matchesNodeAffinity, toleratesTaint, untoleratedTaint } from '../../api/placement.ts';
import { type Filter, helpless, pass, test } from './filter.ts';

const unschedulableTaint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

export const nodeUnschedulable: Filter = {
  name: 'NodeUnschedulable',
  prepare: ({ pod }) => {
    if (toleratesTaint(pod.spec.tolerations, unschedulableTaint)) return pass;
    return test(({ node }) =>
      node.spec?.unschedulable === true ? helpless('node(s) were unschedulable') : undefined,
    );
  },
};

export const nodeName: Filter = {
  name: 'NodeName',
  prepare: ({ pod }) => {
    const wanted = pod.spec.nodeName;
    if (wanted === undefined || wanted === '') return pass;
    return test((state) =>
      state.name === wanted ? undefined : helpless("node(s) didn't match the requested node name"),
    );
  },
};

export const taintToleration: Filter = {
  name: 'TaintToleration',
  prepare: ({ pod }) =>
    test(({ node }) => {
      const taint = untoleratedTaint(pod.spec.tolerations, node.spec?.taints, [
        'NoSchedule',
        'NoExecute',
      ]);
      if (taint === undefined) return undefined;
      return helpless(`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`);
    }),
};

export const nodeAffinity: Filter = {
  name: 'NodeAffinity',
  prepare: ({ pod }) => {
    const { spec } = pod;
    const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    if (required === undefined && spec.nodeSelector === undefined) return pass;
    return test(({ node }) =>
      matchesNodeAffinity(spec, node)
        ? undefined
        : helpless("node(s) didn't match Pod's node affinity/selector"),
    );
  },
};
