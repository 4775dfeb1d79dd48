/**
 * What only shows when several objects are looked at together. A name that is nowhere in the
 * workspace may well be in the cluster, so it is a hint at most, unless a near one is here.
 */
import { nearest } from '../../runtime/api/nearest.ts';
import { labelSelectorOfMap } from '../../runtime/api/selector.ts';
import { factsOf } from '../references/facts.ts';
import { at, podSpecPath, type Reference } from '../references/fields.ts';
import type { IndexedObject } from '../references/indexed-object.ts';
import { serviceSelectorOf, type Workspace } from '../references/workspace.ts';
import { gvkOf, type ManifestFile, namespaceOf, type Resource } from '../routing/manifest-file.ts';
import { valueRange } from '../routing/ranges.ts';
import type { Problem } from './problem.ts';

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

/** Objects that every cluster or namespace has. */
const givenNames = new Set(['ServiceAccount/default', 'ConfigMap/kube-root-ca.crt']);

export function crossProblems(file: ManifestFile, workspace: Workspace): Problem[] {
  return file.resources.flatMap((resource) => {
    const gvk = gvkOf(resource);
    if (gvk === undefined) return [];
    const { references } = factsOf(gvk.kind, resource.value);
    return [
      ...references.flatMap((reference) => referenceProblems(reference, resource, workspace)),
      ...(gvk.kind === 'Service' && gvk.group === '' ? serviceProblems(resource, workspace) : []),
    ];
  });
}

function referenceProblems(
  reference: Reference,
  resource: Resource,
  workspace: Workspace,
): Problem[] {
  const namespace = reference.namespace ?? namespaceOf(resource);
  const targets = workspace.find(reference.kind, reference.name, namespace);
  if (targets.length === 0) return dangling(reference, resource, workspace, namespace);
  return [
    ...missingKey(reference, resource, targets),
    ...missingPort(reference, resource, targets),
  ];
}

function dangling(
  reference: Reference,
  resource: Resource,
  workspace: Workspace,
  namespace: string | undefined,
): Problem[] {
  const { kind, name, path } = reference;
  // The entry with the key repeats the name; once is enough.
  if (reference.optional || (reference.key !== undefined && !path.includes('valueFrom'))) return [];
  if (!expectedNearby.has(kind) || givenNames.has(`${kind}/${name}`)) return [];
  if (workspace.isGenerated(name)) return [];
  const [start, end] = valueRange(resource, path);
  const near = nearest(name, workspace.names(kind, namespace));
  if (near === undefined) {
    const message = `No ${kind} "${name}" in this workspace`;
    return [{ rule: 'dangling-reference', severity: 'hint', message, start, end }];
  }
  return [
    {
      rule: 'dangling-reference',
      severity: 'warning',
      message: `No ${kind} "${name}" in this workspace; did you mean "${near}"?`,
      start,
      end,
      fix: { title: `Change to "${near}"`, edits: [{ start, end, text: near }] },
    },
  ];
}

function missingKey(
  { key, kind, name, optional }: Reference,
  resource: Resource,
  targets: readonly IndexedObject[],
): Problem[] {
  if (key === undefined || optional || targets.some((target) => target.hasKey(key.name))) return [];
  const known = targets.flatMap(({ keys }) => keys);
  const near = nearest(key.name, known);
  const [start, end] = valueRange(resource, key.path);
  const has = known.length === 0 ? 'has no keys' : `has ${known.map((k) => `"${k}"`).join(', ')}`;
  return [
    {
      rule: 'missing-key',
      severity: 'warning',
      message: `${kind} "${name}" has no key "${key.name}"; it ${has}`,
      start,
      end,
      ...(near === undefined
        ? {}
        : { fix: { title: `Change to "${near}"`, edits: [{ start, end, text: near }] } }),
    },
  ];
}

function missingPort(
  { port, name }: Reference,
  resource: Resource,
  targets: readonly IndexedObject[],
): Problem[] {
  if (port === undefined) return [];
  const ports = targets.flatMap(({ value }) => listAt(value, ['spec', 'ports']));
  const field = typeof port.value === 'number' ? 'port' : 'name';
  const known = ports.map((each) => at(each, [field])).filter((value) => value !== undefined);
  if (ports.length === 0 || known.includes(port.value)) return [];
  const [start, end] = valueRange(resource, port.path);
  const has = known.length === 0 ? 'its ports have no names' : `it has ${known.join(', ')}`;
  return [
    {
      rule: 'unknown-port',
      severity: 'warning',
      message: `Service "${name}" has no port ${port.value}; ${has}`,
      start,
      end,
    },
  ];
}

function serviceProblems(resource: Resource, workspace: Workspace): Problem[] {
  const labels = serviceSelectorOf(resource.value);
  if (labels === undefined || at(resource.value, ['spec', 'type']) === 'ExternalName') return [];
  const namespace = namespaceOf(resource);
  const selected = workspace.selected(labelSelectorOfMap(labels), labels, namespace);
  if (selected.length > 0) return targetPortProblems(resource, selected);
  const near = Object.keys(labels).flatMap((key) => workspace.withPodLabel(key, namespace))[0];
  if (near === undefined && workspace.workloads(namespace).length === 0) return [];
  const help =
    near === undefined ? '' : `; those of ${near.kind} "${near.name}" have ${show(near)}`;
  const [start, end] = valueRange(resource, ['spec', 'selector', Object.keys(labels)[0] ?? '']);
  return [
    {
      rule: 'selector-matches-nothing',
      severity: near === undefined ? 'information' : 'warning',
      message: `No pods in this workspace have the labels that this Service selects${help}`,
      start,
      end,
    },
  ];
}

function show({ podLabels = {} }: IndexedObject): string {
  return Object.entries(podLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

/** A targetPort by name must be the name of a port of the pods. */
function targetPortProblems(resource: Resource, selected: readonly IndexedObject[]): Problem[] {
  const named = new Set(selected.flatMap(portNamesOf));
  const problems: Problem[] = [];
  for (const [index, port] of listAt(resource.value, ['spec', 'ports']).entries()) {
    const target = at(port, ['targetPort']);
    if (typeof target !== 'string' || /^\d+$/.test(target) || named.has(target)) continue;
    const [start, end] = valueRange(resource, ['spec', 'ports', index, 'targetPort']);
    const near = nearest(target, named);
    const has =
      named.size === 0 ? 'their ports have no names' : `they have ${[...named].join(', ')}`;
    problems.push({
      rule: 'unknown-port',
      severity: 'warning',
      message: `The selected pods have no port named "${target}"; ${has}`,
      start,
      end,
      ...(near === undefined
        ? {}
        : { fix: { title: `Change to "${near}"`, edits: [{ start, end, text: near }] } }),
    });
  }
  return problems;
}

function portNamesOf({ kind, value }: IndexedObject): string[] {
  const spec = podSpecPath(kind);
  if (spec === undefined) return [];
  const containers = [
    ...listAt(value, [...spec, 'containers']),
    ...listAt(value, [...spec, 'initContainers']),
  ];
  return containers
    .flatMap((container) => listAt(container, ['ports']))
    .map((port) => at(port, ['name']))
    .filter((name): name is string => typeof name === 'string');
}

function listAt(value: unknown, path: readonly (string | number)[]): unknown[] {
  const list = at(value, path);
  return Array.isArray(list) ? list : [];
}
