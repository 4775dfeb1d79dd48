/** Variables and ports of a pod's containers. */
import type { core } from '../types.ts';
import { indexed } from '../validation/values.ts';
import type { Warnings } from './collector.ts';

export interface PlacedContainer {
  readonly container: core.Container;
  /** `spec.containers[0]` */
  readonly field: string;
}

/** In the order in which the original visits them. */
export function containersOf(spec: core.PodSpec, field: string): PlacedContainer[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((name) =>
    [...indexed(spec[name])].map(([i, container]) => ({
      container: container as core.Container,
      field: `${field}.${name}[${i}]`,
    })),
  );
}

/** A variable that is set twice, other than by adding to what it was. */
export function variables({ container, field }: PlacedContainer, warnings: Warnings): void {
  const seen = new Set<string>();
  for (const [i, { name, value = '', valueFrom }] of indexed(container.env)) {
    if (typeof name !== 'string' || !seen.has(name)) {
      seen.add(name);
      continue;
    }
    const before = `$(${name})`;
    const adds = typeof value === 'string' && value.includes(before) && value !== before;
    if (adds && valueFrom === undefined) continue;
    const said = `hides previous definition of ${JSON.stringify(name)}`;
    warnings.at(`${field}.env[${i}]`, `${said}, which may be dropped when using apply`);
  }
}

interface PlacedPort {
  readonly port: core.ContainerPort;
  readonly field: string;
}

/** Ports of all containers, which share the pod's address. */
export function ports(containers: readonly PlacedContainer[], warnings: Warnings): void {
  /** Those of one number and protocol: no others can be in each other's way. */
  const before = new Map<string, PlacedPort[]>();
  const named = new Map<string, string>();
  for (const { container, field } of containers) {
    for (const [i, port] of indexed(container.ports)) {
      const placed = { port, field: `${field}.ports[${i}]` };
      const { name, hostIP = '', hostPort = 0 } = port;
      if (hostIP !== '' && hostPort === 0) {
        warnings.at(placed.field, `hostIP set without hostPort: ${printed(port)}`);
      }
      const first = name ? named.get(name) : undefined;
      if (first !== undefined) {
        const said = `duplicate port name ${JSON.stringify(name)} with ${first}`;
        const which = `services and probes that select ports by name will use ${first}`;
        warnings.at(placed.field, `${said}, ${which}`);
      } else if (name) named.set(name, placed.field);
      const place = `${port.containerPort}/${protocolOf(port)}`;
      const others = before.get(place) ?? [];
      for (const other of others) {
        const conflict = conflictOf(port, other.port);
        if (conflict !== undefined) {
          warnings.at(placed.field, `${conflict} port definition with ${other.field}`);
        }
      }
      // Each would be held against all, and thousands of one number are a mistake told often enough.
      if (others.length < mostAlike) before.set(place, [...others, placed]);
    }
  }
}

const mostAlike = 32;

function protocolOf({ protocol }: core.ContainerPort): string {
  return protocol ?? 'TCP';
}

/** Of two of the same number and protocol. */
function conflictOf(a: core.ContainerPort, b: core.ContainerPort): string | undefined {
  const [hostA, hostB] = [a.hostPort ?? 0, b.hostPort ?? 0];
  const [ipA, ipB] = [a.hostIP ?? '', b.hostIP ?? ''];
  if (hostA === hostB && ipA === ipB) return 'duplicate';
  // Redundant rather than dangerous.
  if (hostA === 0 || hostB === 0) return 'overlapping';
  return hostA === hostB && (ipA === '') !== (ipB === '') ? 'dangerously ambiguous' : undefined;
}

/** As Go prints a struct. */
function printed({ name, hostPort, containerPort, protocol, hostIP }: core.ContainerPort): string {
  return `{Name:${name ?? ''} HostPort:${hostPort ?? 0} ContainerPort:${containerPort} Protocol:${protocol ?? ''} HostIP:${hostIP ?? ''}}`;
}
