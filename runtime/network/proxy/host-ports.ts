/**
 * Ports of pods that are to be open on the address of their node (`hostPort`). Pure.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Container
 */
import type { core, Pod } from '../../api/types.ts';
import type { Backend, Protocol } from './backends.ts';

export interface HostPort {
  readonly namespace: string;
  readonly pod: string;
  readonly protocol: Protocol;
  /** On the node. */
  readonly port: number;
  /** On which address of the node; undefined: on all of them. */
  readonly address: string | undefined;
  /** The pod and its own port. */
  readonly backend: Backend;
}

/** Of pods that have an address, in an order that does not change; a pod that shares its node's network needs none. */
export function hostPorts(pods: readonly Pod[]): HostPort[] {
  return pods
    .filter(hasHostPorts)
    .flatMap(portsOf)
    .sort((a, b) => keyOf(a).localeCompare(keyOf(b)));
}

function keyOf({ namespace, pod, protocol, port, address = '' }: HostPort): string {
  return `${namespace}/${pod}/${protocol}/${port}/${address}`;
}

/** True if the pod's coming and going changes anything. */
export function hasHostPorts({ spec }: Pod): boolean {
  return !spec.hostNetwork && runningContainers(spec).some(({ ports = [] }) => ports.some(isOpen));
}

function isOpen({ hostPort }: core.ContainerPort): boolean {
  return hostPort !== undefined && hostPort > 0;
}

/** Those that go on running; init containers come to an end before anybody may call. */
function runningContainers({ containers, initContainers = [] }: core.PodSpec): core.Container[] {
  return [
    ...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always'),
    ...containers,
  ];
}

function portsOf({ metadata, spec, status = {} }: Pod): HostPort[] {
  const { phase, podIP } = status;
  if (!podIP || phase === 'Succeeded' || phase === 'Failed') return [];
  return runningContainers(spec).flatMap(({ ports = [] }) =>
    ports.filter(isOpen).map(({ hostPort = 0, containerPort, hostIP, protocol = 'TCP' }) => ({
      namespace: metadata.namespace ?? '',
      pod: metadata.name,
      protocol: protocol.toLowerCase() as Protocol,
      port: hostPort,
      address: hostIP === undefined || ['', '0.0.0.0', '::'].includes(hostIP) ? undefined : hostIP,
      backend: { address: podIP, port: containerPort, node: spec.nodeName ?? '' },
    })),
  );
}
