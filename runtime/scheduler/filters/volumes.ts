/**
 * Persistent volumes and the nodes from which they can be reached. Claims that are bound pin the
 * pod to their volume's nodes; claims that wait for their first consumer must be satisfiable from
 * the node, by a volume that is free or by one that will be made.
 * https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode
 */
import { matchesNodeSelector, matchesTerm } from '../../api/placement.ts';
import { compare, parseQuantity } from '../../api/quantity.ts';
import { labelSelectorOf, matchesLabels } from '../../api/selector.ts';
import type {
  core,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
} from '../../api/types.ts';
import type { NodeState } from '../cluster-state.ts';
import { type Filter, helpless, pass, test } from './filter.ts';

/** Where the filter reads storage from; the scheduler backs it with informers. */
export interface StorageView {
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
  volumes(): readonly PersistentVolume[];
  storageClass(name: string): StorageClass | undefined;
}

/** What has to be written before the pod can be bound to a node. */
export interface VolumeDecisions {
  /** Free volumes chosen for claims. */
  readonly static: readonly { claim: PersistentVolumeClaim; volume: PersistentVolume }[];
  /** Claims whose volume will be made for the node. */
  readonly dynamic: readonly PersistentVolumeClaim[];
}

const none: VolumeDecisions = { static: [], dynamic: [] };

/** The names of the claims that the pod's volumes use. */
export function claimNames(pod: Pod): { name: string; ephemeral: boolean }[] {
  return (pod.spec.volumes ?? []).flatMap((volume): { name: string; ephemeral: boolean }[] => {
    if (volume.persistentVolumeClaim !== undefined) {
      return [{ name: volume.persistentVolumeClaim.claimName, ephemeral: false }];
    }
    return volume.ephemeral === undefined
      ? []
      : [{ name: `${pod.metadata.name}-${volume.name}`, ephemeral: true }];
  });
}

export function volumeBinding(view: StorageView): Filter {
  return {
    name: 'VolumeBinding',
    prepare: ({ pod }) => {
      const named = claimNames(pod);
      if (named.length === 0) return pass;
      const claims: PersistentVolumeClaim[] = [];
      for (const { name, ephemeral } of named) {
        const claim = view.claim(pod.metadata.namespace ?? '', name);
        const reason = problemOf(claim, name, ephemeral, view);
        if (claim === undefined || reason !== undefined) {
          return { kind: 'hopeless', reason: reason ?? '' };
        }
        claims.push(claim);
      }
      return test((node) => {
        const outcome = decideVolumes(claims, node, view);
        return typeof outcome === 'string' ? helpless(outcome) : undefined;
      });
    },
  };
}

/** Why no node can do, if the claim is to blame. */
function problemOf(
  claim: PersistentVolumeClaim | undefined,
  name: string,
  ephemeral: boolean,
  view: StorageView,
): string | undefined {
  if (claim === undefined) {
    return ephemeral
      ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
      : `persistentvolumeclaim "${name}" not found`;
  }
  if (claim.metadata.deletionTimestamp !== undefined) {
    return `persistentvolumeclaim "${name}" is being deleted`;
  }
  if (claim.status?.phase === 'Lost') {
    return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec.volumeName}"`;
  }
  return isBound(claim) || waitsForConsumer(claim, view)
    ? undefined
    : 'pod has unbound immediate PersistentVolumeClaims';
}

const bindCompleted = 'pv.kubernetes.io/bind-completed';

export function isBound(claim: PersistentVolumeClaim): boolean {
  const { volumeName } = claim.spec;
  if (volumeName === undefined || volumeName === '') return false;
  return (
    claim.metadata.annotations?.[bindCompleted] !== undefined || claim.status?.phase === 'Bound'
  );
}

function waitsForConsumer(claim: PersistentVolumeClaim, view: StorageView): boolean {
  if (claim.spec.volumeName) return false;
  const storageClass = view.storageClass(claim.spec.storageClassName ?? '');
  return storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
}

/** How the claims would be satisfied on the node, or why they cannot be. */
export function decideVolumes(
  claims: readonly PersistentVolumeClaim[],
  { node }: NodeState,
  view: StorageView,
): VolumeDecisions | string {
  const open = claims.filter((claim) => !isBound(claim));
  for (const claim of claims) {
    if (!isBound(claim)) continue;
    const volume = view.volume(claim.spec.volumeName ?? '');
    if (volume === undefined) {
      return 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';
    }
    if (!reachable(volume, node)) return 'node(s) had volume node affinity conflict';
  }
  if (open.length === 0) return none;
  const taken = new Set<string>();
  const decisions = {
    static: [] as { claim: PersistentVolumeClaim; volume: PersistentVolume }[],
    dynamic: [] as PersistentVolumeClaim[],
  };
  for (const claim of open) {
    const volume = findFree(claim, node, view, taken);
    if (volume !== undefined) {
      taken.add(volume.metadata.name);
      decisions.static.push({ claim, volume });
    } else if (canProvision(claim, node, view)) decisions.dynamic.push(claim);
    else return "node(s) didn't find available persistent volumes to bind";
  }
  return decisions;
}

function reachable(volume: PersistentVolume, node: Node): boolean {
  const required = volume.spec.nodeAffinity?.required;
  return required === undefined || matchesNodeSelector(required, node);
}

/** The smallest free volume that the claim could have. */
function findFree(
  claim: PersistentVolumeClaim,
  node: Node,
  view: StorageView,
  taken: ReadonlySet<string>,
): PersistentVolume | undefined {
  const fitting = view
    .volumes()
    .filter((volume) => !taken.has(volume.metadata.name))
    .filter((volume) => fits(volume, claim) && reachable(volume, node));
  return fitting.sort((a, b) => compareStorage(sizeOf(a), sizeOf(b)))[0];
}

function fits(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { spec, status } = volume;
  if (spec.claimRef !== undefined) {
    const { namespace, name, uid } = spec.claimRef;
    if (namespace !== claim.metadata.namespace || name !== claim.metadata.name) return false;
    if (uid !== undefined && uid !== claim.metadata.uid) return false;
  } else if (status?.phase !== 'Available') return false;
  if ((spec.storageClassName ?? '') !== (claim.spec.storageClassName ?? '')) return false;
  if ((spec.volumeMode ?? 'Filesystem') !== (claim.spec.volumeMode ?? 'Filesystem')) return false;
  const modes = spec.accessModes ?? [];
  if (!(claim.spec.accessModes ?? []).every((mode) => modes.includes(mode))) return false;
  const { selector } = claim.spec;
  if (
    selector !== undefined &&
    !matchesLabels(labelSelectorOf(selector), volume.metadata.labels ?? {})
  ) {
    return false;
  }
  const wanted = claim.spec.resources?.requests?.storage ?? '0';
  return compareStorage(sizeOf(volume), wanted) >= 0;
}

function sizeOf(volume: PersistentVolume): string {
  return volume.spec.capacity?.storage ?? '0';
}

function compareStorage(a: string, b: string): number {
  const [left, right] = [parseQuantity(a), parseQuantity(b)];
  return left === undefined || right === undefined ? 0 : compare(left, right);
}

function canProvision(claim: PersistentVolumeClaim, node: Node, view: StorageView): boolean {
  const storageClass = view.storageClass(claim.spec.storageClassName ?? '');
  if (storageClass === undefined) return false;
  const { provisioner, allowedTopologies = [] } = storageClass;
  if (provisioner === '' || provisioner === 'kubernetes.io/no-provisioner') return false;
  return allowedTopologies.length === 0 || allowedTopologies.some((term) => allows(term, node));
}

function allows(term: core.TopologySelectorTerm, node: Node): boolean {
  const matchExpressions = (term.matchLabelExpressions ?? []).map(({ key, values }) => ({
    key,
    operator: 'In',
    values,
  }));
  return matchExpressions.length === 0 || matchesTerm({ matchExpressions }, node);
}
