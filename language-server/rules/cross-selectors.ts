/** Selectors that select nothing, and ports by name that the selected pods do not have. */
import { editDistance, nearest } from '../../runtime/api/nearest.ts';
import type { GroupVersionKind } from '../../runtime/api/object.ts';
import { type LabelSelector, labelSelectorOfMap } from '../../runtime/api/selector.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { at, labelsAt, podSpecPath } from '../references/fields.ts';
import type { IndexedObject } from '../references/indexed-object.ts';
import type { Workspace } from '../references/workspace.ts';
import { namespaceOf, type Resource } from '../routing/manifest-file.ts';
import { valueRange } from '../routing/ranges.ts';
import { type Problem, replaceFix } from './problem.ts';

/** Where kinds that select pods of others have their labels; workloads select their own. */
const selectorPaths: Readonly<Record<string, Path>> = {
  Service: ['spec', 'selector'],
  ReplicationController: ['spec', 'selector'],
  PodDisruptionBudget: ['spec', 'selector', 'matchLabels'],
  NetworkPolicy: ['spec', 'podSelector', 'matchLabels'],
};

/** The path of the pairs by which the kind selects pods that it does not make itself. */
export function selectorPathOf({ kind, group }: { kind: string; group: string }): Path | undefined {
  if (kind === 'ReplicationController' || (kind === 'Service' && group !== '')) return undefined;
  return Object.hasOwn(selectorPaths, kind) ? selectorPaths[kind] : undefined;
}

export function selectorProblems(
  gvk: GroupVersionKind,
  resource: Resource,
  uri: string,
  workspace: Workspace,
): Problem[] {
  const path = selectorPathOf(gvk);
  const labels = path && labelsAt(resource.value, path);
  if (path === undefined || labels === undefined || Object.keys(labels).length === 0) return [];
  if (at(resource.value, ['spec', 'type']) === 'ExternalName') return [];
  const namespace = namespaceOf(resource);
  // What kustomizations put into all pods is nothing that these would have to say themselves.
  const added = workspace.labelsFor(uri)?.pods ?? {};
  const asked = Object.fromEntries(
    Object.entries(labels).filter(([key, value]) => added[key] !== value),
  );
  if (Object.keys(asked).length === 0) return [];
  const selected = workspace.selected(labelSelectorOfMap(asked), asked, namespace);
  if (selected.length > 0) {
    return gvk.kind === 'Service' ? targetPortProblems(resource, selected, uri) : [];
  }
  return selectsNothing(resource, path, asked, {
    uri,
    workspace,
    selector: labelSelectorOfMap(asked),
  });
}

interface Search {
  readonly uri: string;
  readonly workspace: Workspace;
  readonly selector: LabelSelector;
}

function selectsNothing(
  resource: Resource,
  path: Path,
  labels: Readonly<Record<string, string>>,
  { uri, workspace, selector }: Search,
): Problem[] {
  const namespace = namespaceOf(resource);
  const keyed = Object.keys(labels).flatMap((key) => workspace.withPodLabel(key, namespace));
  const slip = keyed.find(({ podLabels }) => isSlip(labels, podLabels ?? {}));
  const isService = resource.kind === 'Service';
  // A budget or a policy for what is elsewhere is nothing unusual.
  if (!isService && slip === undefined) return [];
  const [abroad] = workspace
    .selected(selector, labels, undefined)
    .filter((each) => each.uri === uri);
  const near = slip ?? keyed.find((each) => each.uri === uri) ?? keyed[0];
  if (abroad === undefined && near === undefined) {
    if (workspace.workloads(namespace).length === 0) return [];
  }
  const [start, end] = valueRange(resource, [...path, Object.keys(labels)[0] ?? '']);
  const fix = near === undefined ? undefined : selectorFix(resource, path, labels, near);
  const isMeant = abroad ?? slip ?? (near?.uri === uri ? near : undefined);
  return [
    {
      rule: 'selector-matches-nothing',
      severity: isMeant === undefined ? 'information' : 'warning',
      message: `No pods in this workspace have the labels that this ${resource.kind} selects${helpOf(abroad, near)}`,
      start,
      end,
      ...(fix === undefined || abroad !== undefined ? {} : { fix }),
    },
  ];
}

function helpOf(abroad: IndexedObject | undefined, near: IndexedObject | undefined): string {
  if (abroad !== undefined) {
    const { kind, name, namespace } = abroad;
    return `; those of ${kind} "${name}" do, which are in the namespace "${namespace}"`;
  }
  return near === undefined ? '' : `; those of ${near.kind} "${near.name}" have ${show(near)}`;
}

/** Every label that differs does so by a letter or two, not by a number. */
function isSlip(
  labels: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(labels).every(([key, value]) => {
    const other = own[key];
    if (other === undefined || other === value) return other === value;
    const isNumbered = other.replace(/\d+/g, '#') === value.replace(/\d+/g, '#');
    return !isNumbered && editDistance(other, value, 3) <= (value.length > 4 ? 2 : 1);
  });
}

/** Takes over the values of the labels that both name. */
function selectorFix(
  resource: Resource,
  path: Path,
  labels: Readonly<Record<string, string>>,
  { kind, name, podLabels = {} }: IndexedObject,
): Problem['fix'] {
  const wrong = Object.entries(labels).filter(([key, value]) => podLabels[key] !== value);
  if (wrong.some(([key]) => podLabels[key] === undefined)) return undefined;
  const edits = wrong.map(([key]) => {
    const [start, end] = valueRange(resource, [...path, key]);
    return { start, end, text: podLabels[key] ?? '' };
  });
  return { title: `Select the pods of ${kind} "${name}"`, edits };
}

function show({ podLabels = {} }: IndexedObject): string {
  return Object.entries(podLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

/** A targetPort by name must be the name of a port of the pods. */
function targetPortProblems(
  resource: Resource,
  selected: readonly IndexedObject[],
  uri: string,
): Problem[] {
  const named = new Set(selected.flatMap(portNamesOf));
  const isProved = selected.every((each) => each.uri === uri);
  const problems: Problem[] = [];
  for (const [index, port] of listAt(resource.value, ['spec', 'ports']).entries()) {
    const target = at(port, ['targetPort']);
    if (typeof target !== 'string') {
      if (isProved) problems.push(...undeclaredPort(resource, selected, port, index));
      continue;
    }
    if (/^\d+$/.test(target) || named.has(target)) continue;
    const [start, end] = valueRange(resource, ['spec', 'ports', index, 'targetPort']);
    const near = nearest(target, named) ?? (named.size === 1 ? [...named][0] : undefined);
    const has =
      named.size === 0 ? 'their ports have no names' : `they have ${[...named].join(', ')}`;
    problems.push({
      rule: 'unknown-port',
      severity: isProved ? 'error' : 'warning',
      message: `The selected pods have no port named "${target}"; ${has}`,
      start,
      end,
      ...(near === undefined ? {} : { fix: replaceFix(near, start, end) }),
    });
  }
  return problems;
}

/** A number that no container lists, though all list some: they may well listen on it all the same. */
function undeclaredPort(
  resource: Resource,
  selected: readonly IndexedObject[],
  port: unknown,
  index: number,
): Problem[] {
  const given = at(port, ['targetPort']);
  const target = given ?? at(port, ['port']);
  const lists = selected.map((each) => containerPorts(each).map(({ number }) => number));
  if (typeof target !== 'number' || target === 0) return [];
  if (lists.some((numbers) => numbers.length === 0 || numbers.includes(target))) return [];
  const declared = [...new Set(lists.flat())];
  // Of one port that leads past the one that there is, most are mistakes.
  const isOne = declared.length === 1 && listAt(resource.value, ['spec', 'ports']).length === 1;
  const isAlone = selected.every((each) => containerCount(each) === 1);
  const path: Path = ['spec', 'ports', index, given === undefined ? 'port' : 'targetPort'];
  const [start, end] = valueRange(resource, path);
  const only = declared.length === 1 && given !== undefined ? declared[0] : undefined;
  return [
    {
      rule: 'unknown-port',
      severity: isAlone && isOne ? 'information' : 'hint',
      message: `The selected pods list no port ${target}; they list ${declared.join(', ')}`,
      start,
      end,
      ...(only === undefined ? {} : { fix: replaceFix(String(only), start, end) }),
    },
  ];
}

function containerCount({ kind, value }: IndexedObject): number {
  const spec = podSpecPath(kind);
  return spec === undefined ? 0 : listAt(value, [...spec, 'containers']).length;
}

export function portNamesOf(object: IndexedObject): string[] {
  return containerPorts(object).flatMap(({ name }) => name ?? []);
}

export interface NamedPort {
  readonly name?: string;
  readonly number?: number;
  /** Of the name. */
  readonly path: Path;
}

/** Ports of the pods that the object makes. */
export function containerPorts({ kind, value }: IndexedObject): NamedPort[] {
  const spec = podSpecPath(kind);
  if (spec === undefined) return [];
  return ['containers', 'initContainers'].flatMap((list) =>
    listAt(value, [...spec, list]).flatMap((container, index) =>
      listAt(container, ['ports']).map((port, at_) => {
        const name = at(port, ['name']);
        const number = at(port, ['containerPort']);
        return {
          path: [...spec, list, index, 'ports', at_, 'name'],
          ...(typeof name === 'string' ? { name } : {}),
          ...(typeof number === 'number' ? { number } : {}),
        };
      }),
    ),
  );
}

export function listAt(value: unknown, path: Path): unknown[] {
  const list = at(value, path);
  return Array.isArray(list) ? list : [];
}
