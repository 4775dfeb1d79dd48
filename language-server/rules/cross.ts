/**
 * What only shows when several objects are looked at together. An error is only what is proved: by
 * the same file, which is deployed as one, or by the connected cluster. A name that is nowhere in
 * the workspace may well be in a cluster that we do not see, so it is a hint at most, unless a near
 * one is here.
 */
import { editDistance, nearest } from '../../runtime/api/nearest.ts';
import type { Cluster } from '../references/cluster.ts';
import { factsOf } from '../references/facts.ts';
import { at, type Reference } from '../references/fields.ts';
import type { IndexedObject } from '../references/indexed-object.ts';
import type { GeneratedObject, Workspace } from '../references/workspace.ts';
import { gvkOf, type ManifestFile, namespaceOf, type Resource } from '../routing/manifest-file.ts';
import { valueRange } from '../routing/ranges.ts';
import { listAt, selectorProblems } from './cross-selectors.ts';
import { type Problem, replaceFix, type Severity } from './problem.ts';

export interface Surroundings {
  readonly workspace: Workspace;
  readonly cluster: Cluster;
}

/** Kinds whose objects usually stand beside those that name them. */
const expectedNearby = new Set([
  'ConfigMap',
  'Secret',
  'PersistentVolumeClaim',
  'Service',
  'ServiceAccount',
  'Role',
  'Deployment',
  'StatefulSet',
]);

/** Without these a pod cannot run, or the object is refused; others may come later. */
const needed = new Set([
  'ConfigMap',
  'Secret',
  'PersistentVolumeClaim',
  'ServiceAccount',
  'PriorityClass',
  'RuntimeClass',
  'Namespace',
]);

/** Objects that every cluster or namespace has. */
const givenNames = new Set([
  'ServiceAccount/default',
  'ConfigMap/kube-root-ca.crt',
  'PriorityClass/system-cluster-critical',
  'PriorityClass/system-node-critical',
  'Namespace/default',
  'Namespace/kube-system',
  'Namespace/kube-public',
  'Namespace/kube-node-lease',
]);

export function crossProblems(
  file: ManifestFile,
  uri: string,
  surroundings: Surroundings,
): Problem[] {
  return file.resources.flatMap((resource) => {
    const gvk = gvkOf(resource);
    if (gvk === undefined) return [];
    const { references } = factsOf(gvk.kind, resource.value);
    return [
      ...references.flatMap((reference) =>
        referenceProblems(reference, resource, uri, surroundings),
      ),
      ...selectorProblems(gvk, resource, uri, surroundings.workspace),
    ];
  });
}

function referenceProblems(
  reference: Reference,
  resource: Resource,
  uri: string,
  surroundings: Surroundings,
): Problem[] {
  const { workspace, cluster } = surroundings;
  const namespace = reference.namespace ?? namespaceOf(resource);
  const targets = workspace.find(reference.kind, reference.name, namespace);
  if (targets.length > 0) {
    const severity = severityOf(targets, uri);
    return [
      ...missingKey(reference, resource, targets, severity, workspace),
      ...missingPort(reference, resource, targets, severity),
    ];
  }
  const generated = workspace.generated(reference.kind, reference.name);
  if (generated.length > 0) return missingGeneratedKey(reference, resource, generated);
  const live = cluster.find(reference.kind, reference.name, namespace);
  if (live === undefined) return dangling(reference, resource, surroundings, namespace);
  const { key, optional, kind, name } = reference;
  if (key === undefined || optional || live.keys === undefined || live.keys.includes(key.name)) {
    return [];
  }
  return [noSuchKey(key, `${kind} "${name}"`, live.keys, resource, 'error')];
}

/** What is in the same file goes to the same cluster; another file may be for another one. */
function severityOf(targets: readonly IndexedObject[], uri: string): Severity {
  return targets.every((target) => target.uri === uri) ? 'error' : 'warning';
}

function dangling(
  reference: Reference,
  resource: Resource,
  { workspace, cluster }: Surroundings,
  namespace: string | undefined,
): Problem[] {
  const { kind, name, path } = reference;
  // The entry with the key repeats the name; once is enough.
  if (reference.optional || (reference.key !== undefined && !path.includes('valueFrom'))) return [];
  if (givenNames.has(`${kind}/${name}`)) return [];
  const isProved =
    cluster.knows(kind, namespace) && (kind === 'Namespace' || isThere(namespace, cluster));
  const near =
    nearestName(name, workspace.names(kind, namespace)) ??
    nearestName(name, cluster.names(kind, namespace));
  if (!isProved && near === undefined && !expectedNearby.has(kind)) return [];
  const [start, end] = valueRange(resource, path);
  const where = isProved ? `in this workspace or in "${cluster.context}"` : 'in this workspace';
  const meant = near === undefined ? '' : `; did you mean "${near}"?`;
  const severity = isProved ? provedSeverity(reference) : near === undefined ? 'hint' : 'warning';
  const base = { rule: 'dangling-reference', severity, start, end } as const;
  return [
    {
      ...base,
      message: `No ${kind} "${name}" ${where}${meant}`,
      missing: { kind, name, namespace },
      ...(near === undefined ? {} : { fix: replaceFix(near, start, end) }),
    },
  ];
}

/** What goes to a namespace that is yet to be made finds nothing in the cluster. */
function isThere(namespace: string | undefined, cluster: Cluster): boolean {
  return namespace === undefined || cluster.find('Namespace', namespace, undefined) !== undefined;
}

/** Certificates of an Ingress and pull secrets are often made later, by others. */
function provedSeverity({ kind, path }: Reference): Severity {
  const later = path.includes('tls') || path.includes('imagePullSecrets');
  return needed.has(kind) && !later ? 'error' : 'warning';
}

/** Where more names than these are alike, they are numbered, and every one is near to all. */
const manyNames = 200;

/** Most names of a large workspace are nowhere near, which is cheaper to see than to measure. */
function nearestName(name: string, names: readonly string[]): string | undefined {
  const alike = names.filter(
    (each) =>
      Math.abs(each.length - name.length) <= 3 &&
      (each[0] === name[0] || each.at(-1) === name.at(-1)) &&
      !isNumbered(each, name),
  );
  const half = Math.ceil(name.length / 2);
  const closer = alike.filter(
    (each) => each.startsWith(name.slice(0, half)) && each.endsWith(name.slice(-1)),
  );
  const near = nearest(name, alike.length > manyNames ? closer : alike);
  // Names have much in common by nature (`mysql-config`, `nginx-config`); a slip is small.
  const most = name.length > 5 ? 2 : name.length > 2 ? 1 : 0;
  return near !== undefined && editDistance(name, near) <= most ? near : undefined;
}

/** `gp2` and `gp3`, `worker-1` and `worker-12` are two of a kind, not one misspelled. */
function isNumbered(a: string, b: string): boolean {
  return a.replace(/\d+/g, '#') === b.replace(/\d+/g, '#');
}

/** K3s puts the names of its nodes into the ConfigMap that it ships without them. */
const addedByK3s = 'ConfigMap/coredns/NodeHosts';

function missingKey(
  { key, kind, name, optional }: Reference,
  resource: Resource,
  targets: readonly IndexedObject[],
  severity: Severity,
  workspace: Workspace,
): Problem[] {
  if (key === undefined || optional || targets.some((target) => target.hasKey(key.name))) return [];
  if (`${kind}/${name}/${key.name}` === addedByK3s) return [];
  // A kustomization may add to what is written.
  if (workspace.generated(kind, name).length > 0) return [];
  const known = targets.flatMap(({ keys }) => keys);
  const namespace = targets[0]?.namespace ?? namespaceOf(resource);
  const problem = noSuchKey(key, `${kind} "${name}"`, known, resource, severity);
  return [{ ...problem, missingKey: { kind, name, namespace, key: key.name } }];
}

/** What kustomizations make has the keys that they say, if they say all of them. */
function missingGeneratedKey(
  { key, kind, name, optional }: Reference,
  resource: Resource,
  generated: readonly GeneratedObject[],
): Problem[] {
  const keys = generated.flatMap((each) => each.keys.map((own) => own.name));
  const isOpen = generated.some(({ open }) => open);
  if (key === undefined || optional || isOpen || keys.includes(key.name)) return [];
  return [noSuchKey(key, `${kind} "${name}"`, keys, resource, 'warning')];
}

function noSuchKey(
  key: NonNullable<Reference['key']>,
  owner: string,
  known: readonly string[],
  resource: Resource,
  severity: Severity,
): Problem {
  const near = nearest(key.name, known);
  const [start, end] = valueRange(resource, key.path);
  const has = known.length === 0 ? 'has no keys' : `has ${known.map((k) => `"${k}"`).join(', ')}`;
  return {
    rule: 'missing-key',
    severity,
    message: `${owner} has no key "${key.name}"; it ${has}`,
    start,
    end,
    ...(near === undefined ? {} : { fix: replaceFix(near, start, end) }),
  };
}

function missingPort(
  { port, name, kind }: Reference,
  resource: Resource,
  targets: readonly IndexedObject[],
  severity: Severity,
): Problem[] {
  if (port === undefined || kind !== 'Service') return [];
  const isName = port.path.at(-1) === 'name';
  // A number in quotes is another rule's business.
  if (isName !== (typeof port.value === 'string')) return [];
  const ports = targets.flatMap(({ value }) => listAt(value, ['spec', 'ports']));
  const known = ports
    .map((each) => at(each, [isName ? 'name' : 'port']))
    .filter((value) => value !== undefined);
  if (ports.length === 0 || known.includes(port.value)) return [];
  const [start, end] = valueRange(resource, port.path);
  const has = known.length === 0 ? 'its ports have no names' : `it has ${known.join(', ')}`;
  const near = isName ? nearest(String(port.value), known.map(String)) : undefined;
  const only = known.length === 1 ? String(known[0]) : undefined;
  const better = near ?? only;
  return [
    {
      rule: 'unknown-port',
      severity,
      message: `Service "${name}" has no port ${port.value}; ${has}`,
      start,
      end,
      ...(better === undefined ? {} : { fix: replaceFix(better, start, end) }),
    },
  ];
}
