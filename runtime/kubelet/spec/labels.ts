/**
 * Names and labels of a pod's containers on the engine. A new kubelet knows what it finds by these
 * alone. Pure.
 */
import { graceSecondsOf } from '../../api/grace.ts';
import type { Pod } from '../../api/types.ts';
import { type ContainerInfo, engineLabels } from '../../engine/engine.ts';
import { hashOf, type RoledContainer } from './containers.ts';

/** Labels of the kubelet's own, besides engineLabels. */
export const kubeletLabels = {
  /** Of the container's spec, to see that it must be replaced. */
  hash: 'skiff.hash',
  /** The id of the sandbox that the container was started in. */
  sandbox: 'skiff.sandbox',
  /** What the pod says of stopping, for pods that are gone when they must be stopped. */
  graceSeconds: 'skiff.grace-seconds',
} as const;

interface Place {
  readonly cluster: string;
  readonly node: string;
}

/** What all containers of a pod carry. */
export function podLabels(pod: Pod, { cluster, node }: Place): Record<string, string> {
  return {
    [engineLabels.cluster]: cluster,
    [engineLabels.node]: node,
    [engineLabels.podUid]: pod.metadata.uid,
    [engineLabels.podName]: pod.metadata.name,
    [engineLabels.podNamespace]: pod.metadata.namespace ?? 'default',
    [kubeletLabels.graceSeconds]: String(graceSecondsOf(pod.spec)),
  };
}

export function sandboxLabels(pod: Pod, place: Place, attempt: number): Record<string, string> {
  return {
    ...podLabels(pod, place),
    [engineLabels.role]: 'sandbox',
    [engineLabels.attempt]: String(attempt),
  };
}

export function containerLabels(
  pod: Pod,
  place: Place,
  { spec }: RoledContainer,
  { attempt, sandboxId }: { attempt: number; sandboxId: string },
): Record<string, string> {
  return {
    ...podLabels(pod, place),
    [engineLabels.role]: 'container',
    [engineLabels.container]: spec.name,
    [engineLabels.attempt]: String(attempt),
    [kubeletLabels.hash]: hashOf(spec),
    [kubeletLabels.sandbox]: sandboxId,
  };
}

/** `k8s_<container>_<pod>_<namespace>_<uid>_<attempt>`; the sandbox's container is called POD. */
export function containerName(pod: Pod, container: string, attempt: number): string {
  const { name, namespace, uid } = pod.metadata;
  return ['k8s', container, name, namespace, uid, attempt].join('_');
}

export function attemptOf({ labels }: ContainerInfo): number {
  return Number(labels[engineLabels.attempt] ?? 0);
}
