/**
 * Pods that the Pod Security level of their namespace does not let in, where the workspace has the
 * namespace: by its labels the API server refuses them, and warns of workloads that make them.
 */
import { describe, podIn, violationsOf } from '../../runtime/api/pod-security/evaluate.ts';
import { nameOf as levelName, policyOf } from '../../runtime/api/pod-security/policy.ts';
import { labelsAt } from '../references/fields.ts';
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

/** @param isSound whether the object has the shape of its kind, so that it can be judged */
export function enforcedLevelProblems(
  file: ManifestFile,
  uri: string,
  { workspace, catalog }: { readonly workspace: Workspace; readonly catalog: Catalog },
  isSound: (resource: Resource) => boolean,
): Problem[] {
  return file.resources.flatMap((resource) => {
    const gvk = gvkOf(resource);
    const name = namespaceOf(resource);
    if (gvk === undefined || name === undefined || !catalog.isBuiltIn(gvk)) return [];
    const [namespace, ...more] = workspace.find('Namespace', name, undefined);
    // Two that say different things are for two clusters.
    if (namespace === undefined || more.length > 0) return [];
    const { enforce } = policyOf(labelsAt(namespace.value, ['metadata', 'labels']) ?? {}).policy;
    if (enforce.level === 'privileged' || !isSound(resource)) return [];
    const violations = violationsIn(resource, enforce);
    if (violations.length === 0) return [];
    const isProved = gvk.kind === 'Pod' && namespace.uri === uri;
    const [start, end] = valueRange(resource, ['metadata', 'name']);
    return {
      rule: 'pod-security-enforced',
      severity: isProved ? 'error' : 'warning',
      message: `Namespace "${name}" enforces ${levelName(enforce)}, and its pods are refused: ${describe(violations)}`,
      start,
      end,
    };
  });
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
