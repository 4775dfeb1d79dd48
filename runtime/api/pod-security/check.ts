/** What one check of a pod is, and what the checks share. */
import type { core } from '../types.ts';

export interface PodToCheck {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: core.PodSpec;
}

export interface Violation {
  /** `privileged` */
  readonly reason: string;
  /** `container "web" must not set securityContext.privileged=true`; may be empty. */
  readonly detail: string;
}

export interface Check {
  readonly id: string;
  /** Of restricted: takes the place of this check of baseline. */
  readonly overrides?: string;
  /** Since Kubernetes 1.N, N ascending: what was checked from then on. */
  readonly versions: readonly { readonly minor: number; readonly run: Run }[];
}

export type Run = (pod: PodToCheck) => Violation | undefined;
export type Container = core.Container;

/** Of every kind, init containers first. */
export function containersOf({ spec }: PodToCheck): Container[] {
  return [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...((spec.ephemeralContainers ?? []) as unknown as Container[]),
  ];
}

/** `container "a"`, `containers "a", "b"` */
export function named(what: string, names: readonly string[]): string {
  return `${plural(what, names.length)} ${quoted(names)}`;
}

export function plural(what: string, count: number): string {
  return count === 1 ? what : `${what}s`;
}

/** `"a", "b"` */
export function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ');
}

export function sorted(values: Iterable<string>): string[] {
  return [...new Set(values)].sort();
}

/** Names of the containers that the test is true of. */
export function namesWhere(pod: PodToCheck, test: (container: Container) => boolean): string[] {
  return containersOf(pod)
    .filter(test)
    .map(({ name }) => name);
}

/** `pod and container "a"`: who sets what is not allowed. */
export function setters(pod: boolean, containers: readonly string[]): string[] {
  return [
    ...(pod ? ['pod'] : []),
    ...(containers.length > 0 ? [named('container', containers)] : []),
  ];
}

export function isWindows({ spec }: PodToCheck): boolean {
  return spec.os?.name === 'windows';
}
