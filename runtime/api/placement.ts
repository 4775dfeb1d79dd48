/**
 * Whether a pod may stand on a node, as far as labels, fields and taints say: shared by the
 * scheduler, the DaemonSet controller and taint eviction. Pure.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
 */
import type { core, Node } from './types.ts';

/** True if one of the terms matches; a selector without terms matches nothing. */
export function matchesNodeSelector(selector: core.NodeSelector, node: Node): boolean {
  return selector.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

/** All requirements of the term hold; a term without requirements matches nothing. */
export function matchesTerm(term: core.NodeSelectorTerm, node: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  return (
    matchExpressions.every((requirement) => holds(requirement, labels[requirement.key])) &&
    matchFields.every((requirement) =>
      holds(requirement, requirement.key === 'metadata.name' ? node.metadata.name : undefined),
    )
  );
}

function holds(requirement: core.NodeSelectorRequirement, value: string | undefined): boolean {
  const { operator, values = [] } = requirement;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return isInteger(value) && isInteger(values[0]) && BigInt(value) > BigInt(values[0]);
    case 'Lt':
      return isInteger(value) && isInteger(values[0]) && BigInt(value) < BigInt(values[0]);
    default:
      return false;
  }
}

function isInteger(value: string | undefined): value is string {
  return value !== undefined && /^-?\d+$/.test(value);
}

/** The pod's nodeSelector and required node affinity allow the node. */
export function matchesNodeAffinity(spec: core.PodSpec, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) {
    if (labels[key] !== value) return false;
  }
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || matchesNodeSelector(required, node);
}

export function toleratesTaint(
  tolerations: readonly core.Toleration[] | undefined,
  taint: core.Taint,
): boolean {
  return findToleration(tolerations, taint) !== undefined;
}

/** The first toleration of the taint. */
export function findToleration(
  tolerations: readonly core.Toleration[] | undefined,
  taint: core.Taint,
): core.Toleration | undefined {
  return tolerations?.find((toleration) => {
    const { effect = '', key = '', operator = 'Equal', value = '' } = toleration;
    if (effect !== '' && effect !== taint.effect) return false;
    // An empty key with Exists tolerates everything.
    if (key !== '' && key !== taint.key) return false;
    if (operator === 'Exists') return true;
    return key !== '' && operator === 'Equal' && value === (taint.value ?? '');
  });
}

/** The first taint with one of the effects that nothing tolerates. */
export function untoleratedTaint(
  tolerations: readonly core.Toleration[] | undefined,
  taints: readonly core.Taint[] | undefined,
  effects: readonly string[],
): core.Taint | undefined {
  return taints?.find(
    (taint) => effects.includes(taint.effect) && !toleratesTaint(tolerations, taint),
  );
}
