/** What a node may say of itself. */
import type { Node } from '../../../api/types.ts';
import { sameJson } from '../../registry/json.ts';
import type { Attributes } from '../admission.ts';
import { refuse } from './refuse.ts';

/** Labels in the cluster's own namespaces that kubelets set. */
const kubeletLabels = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
]);
const kubeletNamespaces = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
/** Labels here say what administrators think of a node; it must not say so itself. */
const administrators = 'node-restriction.kubernetes.io';

/** Throws Forbidden. */
export function restrictNode(node: string, attributes: Attributes): void {
  const { operation, place } = attributes;
  const next = attributes.object as Node | undefined;
  const previous = attributes.previous as Node | undefined;
  if (operation === 'CREATE') {
    const labels = forbiddenLabels(next?.metadata.labels ?? {}, {});
    if (labels !== '') {
      throw refuse(attributes, `is not allowed to set the following labels: ${labels}`);
    }
  }
  const name = operation === 'CREATE' ? next?.metadata.name : place.name;
  if (name !== node)
    throw refuse(attributes, `node "${node}" is not allowed to modify node "${name}"`);
  if (
    next?.metadata.ownerReferences !== undefined ||
    previous?.metadata.ownerReferences !== undefined
  ) {
    const owners = previous?.metadata.ownerReferences ?? [];
    if (next !== undefined && !sameJson(next.metadata.ownerReferences ?? [], owners)) {
      throw refuse(attributes, `node "${node}" is not allowed to modify ownerReferences`);
    }
  }
  if (operation !== 'UPDATE' || next === undefined || previous === undefined) return;
  if (!sameJson(next.spec?.taints ?? [], previous.spec?.taints ?? [])) {
    throw refuse(attributes, `node "${node}" is not allowed to modify taints`);
  }
  const labels = forbiddenLabels(next.metadata.labels ?? {}, previous.metadata.labels ?? {});
  if (labels !== '') throw refuse(attributes, `is not allowed to modify labels: ${labels}`);
}

type Labels = Readonly<Record<string, string>>;

/** The labels that were set, changed or removed and are not the node's to change, sorted. */
function forbiddenLabels(next: Labels, previous: Labels): string {
  return Object.keys({ ...previous, ...next })
    .filter((label) => next[label] !== previous[label] && !isOwn(label))
    .sort()
    .join(', ');
}

function isOwn(label: string): boolean {
  const namespace = label.includes('/') ? label.slice(0, label.indexOf('/')) : '';
  const within = (domain: string) => namespace === domain || namespace.endsWith(`.${domain}`);
  if (within(administrators)) return false;
  if (!within('kubernetes.io') && !within('k8s.io')) return true;
  return kubeletLabels.has(label) || kubeletNamespaces.some(within);
}
