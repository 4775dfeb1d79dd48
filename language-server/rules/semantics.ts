/** What the server would refuse: the API server's own validation, on the object as written. */
import { applyDefaults } from '../../runtime/api/defaults/defaults.ts';
import type { KubeObject } from '../../runtime/api/object.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { validateCreate } from '../../runtime/api/validation/validate.ts';
import { isRecord, type Resource } from '../routing/manifest-file.ts';
import { valueRange } from '../routing/ranges.ts';
import type { Problem } from './problem.ts';

/**
 * @param namespaced whether the kind lives in a namespace; one is made up where none is given
 * @param reported paths of fields that are known to be wrong already
 */
export function semanticProblems(
  resource: Resource,
  namespaced: boolean,
  reported: readonly Path[],
): Problem[] {
  const object = asSent(resource, namespaced);
  if (object === undefined) return [];
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const { field = '', message = '' } of causesOf(object)) {
    const path = parseFieldPath(field);
    const known = reported.some((wrong) => wrong.every((part, index) => path[index] === part));
    if (known || seen.has(`${field} ${message}`)) continue;
    seen.add(`${field} ${message}`);
    const [start, end] = valueRange(resource, path);
    const text = message.startsWith(field) || field === '' ? message : `${field}: ${message}`;
    problems.push({ rule: 'invalid-object', severity: 'error', message: text, start, end });
  }
  return problems;
}

/** Validation expects the right structure; an object that has not may make it stumble. */
function causesOf(object: KubeObject) {
  try {
    applyDefaults(object);
    return validateCreate(object);
  } catch {
    return [];
  }
}

/** The object as a server would decode it: a copy, without nulls, in some namespace. */
function asSent(resource: Resource, namespaced: boolean): KubeObject | undefined {
  const { apiVersion, kind } = resource;
  const copy = withoutNulls(resource.value);
  if (apiVersion === undefined || kind === undefined || !isRecord(copy)) return undefined;
  const metadata = isRecord(copy.metadata) ? copy.metadata : {};
  const place = namespaced ? { namespace: 'default' } : {};
  return { ...copy, apiVersion, kind, metadata: { ...place, ...metadata } };
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(
    ([, child]) => child !== null && child !== undefined,
  );
  return Object.fromEntries(entries.map(([name, child]) => [name, withoutNulls(child)]));
}

/** `spec.containers[0].env[1].name` and `metadata.labels[example.com/a]` as paths. */
export function parseFieldPath(field: string): Path {
  const path: (string | number)[] = [];
  for (const [, index, key, name] of field.matchAll(/\[(\d+)\]|\[([^\]]*)\]|([^.[\]]+)/g)) {
    path.push(index !== undefined ? Number(index) : (key ?? name ?? ''));
  }
  return path;
}
