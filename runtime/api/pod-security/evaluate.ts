/**
 * What a pod, or the template of pods in a workload, breaks of a pod security level. Pure: the API
 * server refuses by it, and the editor can tell before.
 */
import { baselineChecks } from './baseline.ts';
import type { Check, PodToCheck, Run, Violation } from './check.ts';
import type { LevelVersion } from './policy.ts';
import { restrictedChecks } from './restricted.ts';

/** In the original's order: the checks of baseline by name, then those of restricted. */
export function violationsOf(pod: PodToCheck, level: LevelVersion): Violation[] {
  return checksOf(level).flatMap(({ run }) => run(pod) ?? []);
}

/** What a level checks, by the names of the checks; what another one overrides is left out. */
export function checksOf({ level, minor }: LevelVersion): { id: string; run: Run }[] {
  if (level === 'privileged') return [];
  const checks = [...baselineChecks, ...(level === 'restricted' ? restrictedChecks : [])];
  const active = checks.flatMap((check) => {
    const run = runOf(check, minor);
    return run === undefined ? [] : { check, run };
  });
  const overridden = new Set(active.map(({ check }) => check.overrides));
  return active
    .filter(({ check }) => !overridden.has(check.id))
    .map(({ check, run }) => ({ id: check.id, run }));
}

function runOf(check: Check, minor: number | undefined): Run | undefined {
  return check.versions.findLast((version) => minor === undefined || version.minor <= minor)?.run;
}

/** `privileged (container "a" must not set securityContext.privileged=true), hostPort (…)` */
export function describe(violations: readonly Violation[]): string {
  return violations
    .map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`))
    .join(', ');
}

const templates: Readonly<Record<string, readonly string[]>> = {
  'v1/Pod': [],
  'v1/PodTemplate': ['template'],
  'v1/ReplicationController': ['spec', 'template'],
  'apps/v1/ReplicaSet': ['spec', 'template'],
  'apps/v1/Deployment': ['spec', 'template'],
  'apps/v1/DaemonSet': ['spec', 'template'],
  'apps/v1/StatefulSet': ['spec', 'template'],
  'batch/v1/Job': ['spec', 'template'],
  'batch/v1/CronJob': ['spec', 'jobTemplate', 'spec', 'template'],
};

/** The pod itself, or the template of the pods that a workload makes; undefined for other kinds. */
export function podIn(object: {
  readonly apiVersion: string;
  readonly kind: string;
}): PodToCheck | undefined {
  const path = templates[`${object.apiVersion}/${object.kind}`];
  if (path === undefined) return undefined;
  let at: unknown = object;
  for (const name of path) at = (at as Record<string, unknown> | undefined)?.[name];
  const { metadata, spec } = (at ?? {}) as Partial<PodToCheck>;
  return spec === undefined ? undefined : { metadata: metadata ?? {}, spec };
}
