/**
 * The order in which manifests are brought to a cluster. What others need comes first: each wave begins
 * when the one before it has ended, and within a wave objects are sent side by side.
 */
import type { ManifestDocument } from './manifests.ts';

const waveKinds: readonly (readonly string[])[] = [
  [
    'Namespace',
    'CustomResourceDefinition',
    'PriorityClass',
    'StorageClass',
    'RuntimeClass',
    'IngressClass',
  ],
  // Limits and quotas are those of what comes after them; a binding asks for its role.
  ['ResourceQuota', 'LimitRange', 'ServiceAccount', 'ClusterRole', 'Role'],
  // A claim without its volume would have another one made.
  ['ClusterRoleBinding', 'RoleBinding', 'Secret', 'ConfigMap', 'PersistentVolume'],
  ['PersistentVolumeClaim', 'NetworkPolicy', 'PodDisruptionBudget'],
  // Pods learn the services that are there from their environment.
  ['Service', 'Endpoints', 'EndpointSlice'],
  [
    'DaemonSet',
    'Pod',
    'ReplicationController',
    'ReplicaSet',
    'Deployment',
    'StatefulSet',
    'Job',
    'CronJob',
  ],
  ['HorizontalPodAutoscaler', 'Ingress'],
];
/** A webhook whose service is not up yet would refuse everything that comes after it. */
const lastKinds = [
  'APIService',
  'ValidatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
];
const firstKinds = waveKinds.flat();

/** Documents in the order in which they are told of; equals keep their order. */
export function applyOrder(documents: readonly ManifestDocument[]): ManifestDocument[] {
  return [...documents].sort((a, b) => rankOf(a) - rankOf(b));
}

function rankOf({ object }: ManifestDocument): number {
  const first = firstKinds.indexOf(object.kind);
  return first >= 0 ? first : firstKinds.length + 1 + lastKinds.indexOf(object.kind);
}

/**
 * What may be sent side by side, in the order of `applyOrder`. Kinds that are not listed (custom resources)
 * go by themselves before the last; an object that is written down twice is applied twice, one after the other.
 * @param namespace of objects that name none
 */
export function applyWaves(
  documents: readonly ManifestDocument[],
  namespace: string,
): ManifestDocument[][] {
  const waves: ManifestDocument[][] = [];
  let [wave, names] = [-1, new Set<string>()];
  for (const document of applyOrder(documents)) {
    const [next, name] = [waveOf(document), nameOf(document, namespace)];
    if (next !== wave || names.has(name)) {
      waves.push([]);
      names = new Set();
    }
    wave = next;
    names.add(name);
    waves.at(-1)?.push(document);
  }
  return waves;
}

/** Each of the last kinds is a wave of its own. */
function waveOf(document: ManifestDocument): number {
  const wave = waveKinds.findIndex((kinds) => kinds.includes(document.object.kind));
  return wave >= 0 ? wave : rankOf(document);
}

/** The same for two documents of one object, whichever versions of its group they are in. */
function nameOf({ object }: ManifestDocument, fallback: string): string {
  const { apiVersion, kind, metadata } = object;
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return [group, kind, metadata.namespace || fallback, metadata.name].join('/');
}
