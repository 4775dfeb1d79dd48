/** On which nodes a DaemonSet's pod belongs. Pure. */
import { matchesNodeAffinity, untoleratedTaint } from '../../api/placement.ts';
import type { core, Node } from '../../api/types.ts';
import type { PodDraft } from '../kit/pod-control.ts';

/** Daemons stay on nodes that are in trouble: they are often what would help. */
const daemonTolerations: readonly core.Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const networkToleration: core.Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

export function withDaemonTolerations(spec: core.PodSpec): core.PodSpec {
  const wanted =
    spec.hostNetwork === true ? [...daemonTolerations, networkToleration] : daemonTolerations;
  const own = spec.tolerations ?? [];
  const missing = wanted.filter(
    (toleration) =>
      !own.some(
        (each) =>
          each.key === toleration.key &&
          each.effect === toleration.effect &&
          each.operator === toleration.operator,
      ),
  );
  return { ...spec, tolerations: [...own, ...missing] };
}

export function belongsOn(spec: core.PodSpec, node: Node): { run: boolean; keep: boolean } {
  if (spec.nodeName && spec.nodeName !== node.metadata.name) return { run: false, keep: false };
  if (!matchesNodeAffinity(spec, node)) return { run: false, keep: false };
  const { tolerations } = withDaemonTolerations(spec);
  const taints = node.spec?.taints;
  const keep = untoleratedTaint(tolerations, taints, ['NoExecute']) === undefined;
  return { run: keep && untoleratedTaint(tolerations, taints, ['NoSchedule']) === undefined, keep };
}

/** The pod asks the scheduler for its node by name, so that all other rules hold for it too. */
export function pinTo(draft: PodDraft, node: string): PodDraft {
  const spec = withDaemonTolerations(draft.spec);
  const field = { key: 'metadata.name', operator: 'In', values: [node] };
  const { affinity } = spec;
  return {
    ...draft,
    spec: {
      ...spec,
      affinity: {
        ...affinity,
        nodeAffinity: {
          ...affinity?.nodeAffinity,
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchFields: [field] }],
          },
        },
      },
    },
  };
}

/** The node that a daemon pod is on, or is meant for. */
export function targetNode({ spec }: { spec: core.PodSpec }): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const term of required?.nodeSelectorTerms ?? []) {
    for (const { key, values } of term.matchFields ?? []) {
      if (key === 'metadata.name' && values?.length === 1) return values[0];
    }
  }
  return undefined;
}
