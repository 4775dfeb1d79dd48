/** The containers of a pod by their part in its life. Pure. */
import { createHash } from 'node:crypto';
import type { core, Pod } from '../../api/types.ts';

/** `init` runs to its end before the next one starts; `sidecar` starts in line and goes on. */
export type ContainerRole = 'init' | 'sidecar' | 'app' | 'ephemeral';

export interface RoledContainer {
  readonly role: ContainerRole;
  readonly spec: core.Container;
  /** Ephemeral containers only: whose processes it sees. */
  readonly target?: string | undefined;
}

/** Init containers and sidecars, in their order. */
export function initContainersOf(pod: Pod): RoledContainer[] {
  return (pod.spec.initContainers ?? []).map((spec) => ({
    role: isSidecar(spec) ? 'sidecar' : 'init',
    spec,
  }));
}

export function appContainersOf(pod: Pod): RoledContainer[] {
  return pod.spec.containers.map((spec) => ({ role: 'app', spec }));
}

export function ephemeralContainersOf(pod: Pod): RoledContainer[] {
  return (pod.spec.ephemeralContainers ?? []).map((spec) => ({
    role: 'ephemeral',
    spec: spec as core.Container,
    target: spec.targetContainerName,
  }));
}

/** All of them: init, app, ephemeral. */
export function allContainersOf(pod: Pod): RoledContainer[] {
  return [...initContainersOf(pod), ...appContainersOf(pod), ...ephemeralContainersOf(pod)];
}

export function isSidecar(container: core.Container): boolean {
  return container.restartPolicy === 'Always';
}

/** The signal that the container wants in place of its image's; newer than the types (KEP-4960). */
export function stopSignalOf({ lifecycle }: core.Container): { stopSignal?: string } {
  const { stopSignal } = (lifecycle ?? {}) as { stopSignal?: string };
  return stopSignal ? { stopSignal } : {};
}

/** `spec.containers{web}`: how events name a container. */
export function fieldPathOf({ role, spec }: RoledContainer): string {
  const field =
    role === 'app' ? 'containers' : role === 'ephemeral' ? 'ephemeralContainers' : 'initContainers';
  return `spec.${field}{${spec.name}}`;
}

/** Changes when a running container must be replaced: of what may be edited that is the image. */
export function hashOf(spec: core.Container): string {
  return createHash('sha256')
    .update(JSON.stringify([spec.name, spec.image]))
    .digest('hex')
    .slice(0, 16);
}

/** `name_namespace(uid)`, as messages name a pod. */
export function podText({ metadata }: Pod): string {
  return `${metadata.name}_${metadata.namespace}(${metadata.uid})`;
}

/** True once the pod has ended for good. */
export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
