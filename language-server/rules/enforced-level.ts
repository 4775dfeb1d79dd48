/**
 * Pods that the Pod Security level of their namespace does not let in, where the workspace or the
 * cluster has the namespace: by its labels the API server refuses them, and warns of workloads that
 * make them.
 */
import { describe, podIn, violationsOf } from '../../runtime/api/pod-security/evaluate.ts';
import { nameOf as levelName, policyOf } from '../../runtime/api/pod-security/policy.ts';
import type { Cluster } from '../references/cluster.ts';
import { labelsAt, podSpecPath } from '../references/fields.ts';
import type { Workspace } from '../references/workspace.ts';
import {
  gvkOf,
  isRecord,
  type ManifestFile,
  namespaceOf,
  type Resource,
} from '../routing/manifest-file.ts';
import { valueRange } from '../routing/ranges.ts';
import type { Catalog } from '../schemas/catalog.ts';
import type { Problem } from './problem.ts';

interface Sources {
  readonly workspace: Workspace;
  readonly cluster: Cluster;
  readonly catalog: Catalog;
}

/** @param isSound whether the object has the shape of its kind, so that it can be judged */
export function enforcedLevelProblems(
  file: ManifestFile,
  uri: string,
  sources: Sources,
  isSound: (resource: Resource) => boolean,
): Problem[] {
  return file.resources.flatMap((resource) => {
    const gvk = gvkOf(resource);
    if (gvk === undefined || !sources.catalog.isBuiltIn(gvk)) return [];
    if (podSpecPath(gvk.kind) === undefined) return [];
    const found = policyFor(namespaceOf(resource), uri, sources);
    if (found === undefined || !isSound(resource)) return [];
    const { name, labels, isProved } = found;
    const { enforce } = policyOf(labels).policy;
    const violations = violationsIn(resource, enforce);
    if (violations.length === 0) return [];
    const [start, end] = valueRange(resource, ['metadata', 'name']);
    return {
      rule: 'pod-security-enforced',
      severity: isProved && gvk.kind === 'Pod' ? 'error' : 'warning',
      message: `Namespace "${name}" enforces ${levelName(enforce)}, and its pods are refused: ${describe(violations)}`,
      start,
      end,
    };
  });
}

interface Policy {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** By the same file, which is applied as one, or by the cluster. */
  readonly isProved: boolean;
}

/** What the namespace is to be goes before what it is. */
function policyFor(
  namespace: string | undefined,
  uri: string,
  { workspace, cluster }: Sources,
): Policy | undefined {
  const written = namespace === undefined ? [] : workspace.find('Namespace', namespace, undefined);
  const [only, ...more] = written;
  // Two that say different things are for two clusters.
  if (more.length > 0) return undefined;
  if (only !== undefined) {
    const labels = labelsAt(only.value, ['metadata', 'labels']) ?? {};
    return { name: only.name, labels, isProved: only.uri === uri };
  }
  if (cluster.context === undefined) return undefined;
  const live = cluster.find('Namespace', namespace ?? cluster.namespace, undefined);
  if (live?.podSecurity === undefined) return undefined;
  return { name: live.name, labels: live.podSecurity, isProved: true };
}

function violationsIn(
  { apiVersion = '', kind = '', value }: Resource,
  level: Parameters<typeof violationsOf>[1],
): ReturnType<typeof violationsOf> {
  const clean = withoutNulls(value);
  const pod = podIn({ ...(isRecord(clean) ? clean : {}), apiVersion, kind });
  return pod === undefined ? [] : violationsOf(pod, level);
}

/** A field without a value is not given, to the server as well. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([, child]) => child !== null);
  return Object.fromEntries(entries.map(([name, child]) => [name, withoutNulls(child)]));
}
