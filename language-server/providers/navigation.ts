/** From a name to the object that it means, from a selector to what it selects, and back. */
import type { Location, Position } from 'vscode-languageserver';
import { visit } from 'yaml';
import { labelSelectorOfMap, matchesLabels } from '../../runtime/api/selector.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { factsOf } from '../references/facts.ts';
import { labelsAt, podSpecPath, type Reference } from '../references/fields.ts';
import type { IndexedObject, Place } from '../references/indexed-object.ts';
import { type GeneratedObject, sameNamespace, type Workspace } from '../references/workspace.ts';
import { placed } from '../routing/locate.ts';
import { gvkOf, isRecord, nameOf, namespaceOf, type Resource } from '../routing/manifest-file.ts';
import { resourceAt, spotAt } from '../routing/path-at.ts';
import { valueRange } from '../routing/ranges.ts';
import { followAlias } from '../routing/yaml-walk.ts';
import { listAt, selectorPathOf } from '../rules/cross-selectors.ts';
import { finish, type Steps } from '../slices.ts';
import { type FoundReference, referenceIn } from './found-reference.ts';
import { innerNameAt } from './inner-names.ts';
import { type OpenFile, rangeIn } from './open-file.ts';

/** The objects (or the key, port or labels of one) that what is under the cursor means. */
export function definitionAt(file: OpenFile, position: Position, workspace: Workspace): Location[] {
  const anchor = anchorAt(file, position);
  if (anchor !== undefined) return [anchor];
  const at = spotOf(file, position);
  if (at === undefined) return [];
  const { resource, path } = at;
  const found = referenceIn(resource, path);
  if (found !== undefined) return referenced(found, resource, workspace);
  const inner = innerNameAt(resource, path, file.document.uri, workspace);
  if (inner !== undefined) return inner.definitions.map(locationOf);
  return [
    ...selectedBy(resource, path, workspace),
    ...ownTemplate(file, resource, path),
    ...definitionOfKind(resource, path, workspace),
  ];
}

/** What an alias (`*name`) stands for. */
function anchorAt({ document, manifest }: OpenFile, position: Position): Location | undefined {
  const offset = document.offsetAt(position);
  let target: [start: number, end: number] | undefined;
  const { start: base = 0, part } = manifest.parts.findLast(({ start }) => start <= offset) ?? {};
  for (const yaml of part?.documents ?? []) {
    visit(yaml, {
      Alias(_, alias) {
        const range = placed(alias, { base });
        if (range === undefined || offset < range[0] || range[1] < offset) return undefined;
        target = placed(followAlias(alias, yaml), { base });
        return visit.BREAK;
      },
    });
  }
  return target && { uri: document.uri, range: rangeIn(document, target[0], target[1]) };
}

function referenced(
  { reference, on }: FoundReference,
  resource: Resource,
  workspace: Workspace,
): Location[] {
  const namespace = reference.namespace ?? namespaceOf(resource);
  const targets = workspace.find(reference.kind, reference.name, namespace);
  const generated = workspace.generated(reference.kind, reference.name);
  if (on === 'key') {
    const name = reference.key?.name ?? '';
    const written = targets.flatMap((target) => {
      const range = target.rangeOfKey(name);
      return range === undefined ? [] : { uri: target.uri, range };
    });
    return [...written, ...generated.flatMap((each) => generatedKey(each, name))];
  }
  if (on === 'port') return targets.flatMap((target) => servicePort(target, reference));
  return [...targets.map(locationOf), ...generated.map((each) => each.place())];
}

/** The file that a kustomization reads the key's value from, or the line with the value. */
function generatedKey(object: GeneratedObject, name: string): Location[] {
  const top = { line: 0, character: 0 };
  return object.keys
    .filter((key) => key.name === name)
    .map((key) =>
      key.file === undefined
        ? object.placeOf(key)
        : { uri: key.file, range: { start: top, end: top } },
    );
}

/** The entry of a Service's ports that an Ingress or a route means. */
function servicePort(target: IndexedObject, { port }: Reference): Location[] {
  const field = typeof port?.value === 'number' ? 'port' : 'name';
  return listAt(target.value, ['spec', 'ports']).flatMap((each, index) =>
    isRecord(each) && each[field] === port?.value
      ? { uri: target.uri, range: target.rangeOf(['spec', 'ports', index, field]) }
      : [],
  );
}

/** From the selector of a Service, a budget or a policy to what makes the pods. */
function selectedBy(resource: Resource, path: Path, workspace: Workspace): Location[] {
  const selector = selectorAround(resource, path);
  if (selector === undefined) return [];
  const labels = labelsAt(resource.value, selector) ?? {};
  if (Object.keys(labels).length === 0) return [];
  const objects = workspace.selected(labelSelectorOfMap(labels), labels, namespaceOf(resource));
  return objects.map(locationOf);
}

/** The path of the pairs of the selector that the place is in. */
function selectorAround(resource: Resource, path: Path): Path | undefined {
  const gvk = gvkOf(resource);
  const own = gvk && selectorPathOf(gvk);
  if (own !== undefined && startsWith(path, own.slice(0, 2))) return own;
  // Of peers of a policy, affinities, and the like.
  const index = path.findLastIndex((part) => part === 'podSelector' || part === 'labelSelector');
  return index < 0 ? undefined : [...path.slice(0, index + 1), 'matchLabels'];
}

/** From a workload's own selector to the labels in its template. */
function ownTemplate({ document }: OpenFile, resource: Resource, path: Path): Location[] {
  const spec = podSpecPath(resource.kind ?? '');
  if (spec === undefined || spec.length < 2 || !startsWith(path, ['spec', 'selector'])) return [];
  const labels: Path = [...spec.slice(0, -1), 'metadata', 'labels'];
  const label = path.at(-1);
  const has = labelsAt(resource.value, labels);
  if (has === undefined) return [];
  const exact = typeof label === 'string' && has[label] !== undefined ? [...labels, label] : labels;
  const [start, end] = valueRange(resource, exact);
  return [{ uri: document.uri, range: rangeIn(document, start, end) }];
}

/** From a custom resource's kind to the definition of the kind. */
function definitionOfKind(resource: Resource, path: Path, workspace: Workspace): Location[] {
  const gvk = gvkOf(resource);
  if (gvk === undefined || path.length !== 1 || !['kind', 'apiVersion'].includes(String(path[0]))) {
    return [];
  }
  return workspace
    .ofKind('CustomResourceDefinition')
    .filter(({ value }) => definesKind(value, gvk))
    .map(locationOf);
}

function definesKind(value: unknown, { group, kind }: { group: string; kind: string }): boolean {
  const spec = isRecord(value) ? value.spec : undefined;
  const names = isRecord(spec) ? spec.names : undefined;
  return isRecord(spec) && isRecord(names) && spec.group === group && names.kind === kind;
}

/** All places that name the object under the cursor, whether it is named there or defined there. */
export function referencesAt(
  file: OpenFile,
  position: Position,
  workspace: Workspace,
  includeDeclaration: boolean,
): Location[] {
  return finish(referencesInSteps(file, position, workspace, includeDeclaration));
}

/**
 * As `referencesAt`, one place after the other.
 * @param found told of some at a time, in place of the result, which then has none of those
 */
export function* referencesInSteps(
  file: OpenFile,
  position: Position,
  workspace: Workspace,
  includeDeclaration: boolean,
  found?: (locations: Location[]) => void,
): Steps<Location[]> {
  const at = spotOf(file, position);
  if (at === undefined) return [];
  const inner = innerNameAt(at.resource, at.path, file.document.uri, workspace);
  if (inner !== undefined) {
    const { definitions, references } = inner;
    return (includeDeclaration ? [...definitions, ...references] : references).map(locationOf);
  }
  const target = targetIn(at.resource, at.path);
  if (target === undefined) return selecting(at.resource, at.path, workspace);
  const declarations = includeDeclaration
    ? workspace.find(target.kind, target.name, target.namespace)
    : [];
  const instances =
    target.kind === 'CustomResourceDefinition' ? instancesOf(target, workspace) : [];
  const named = [...declarations, ...(yield* workspace.referencesInSteps(target, found))];
  return [...named.map(locationOf), ...instances];
}

/** From the labels of a pod template to the selectors that they satisfy. */
function selecting(resource: Resource, path: Path, workspace: Workspace): Location[] {
  const { kind = '' } = resource;
  const spec = podSpecPath(kind);
  const { podLabels } = factsOf(kind, resource.value);
  if (spec === undefined || podLabels === undefined) return [];
  if (!startsWith(path, [...spec.slice(0, -1), 'metadata', 'labels'])) return [];
  return ['Service', 'PodDisruptionBudget', 'NetworkPolicy'].flatMap((each) =>
    workspace.ofKind(each).flatMap((object) => {
      const selector = selectorPathOf(object);
      const labels = selector && labelsAt(object.value, selector);
      if (selector === undefined || labels === undefined || Object.keys(labels).length === 0) {
        return [];
      }
      if (!sameNamespace(object.namespace, namespaceOf(resource))) return [];
      if (!matchesLabels(labelSelectorOfMap(labels), podLabels)) return [];
      return {
        uri: object.uri,
        range: object.rangeOf([...selector, Object.keys(labels)[0] ?? '']),
      };
    }),
  );
}

function instancesOf(target: Target, workspace: Workspace): Location[] {
  return workspace
    .find(target.kind, target.name, undefined)
    .flatMap(({ value }) => {
      const spec = isRecord(value.spec) ? value.spec : {};
      const names = isRecord(spec.names) ? spec.names : {};
      return workspace.ofKind(String(names.kind)).filter(({ group }) => group === spec.group);
    })
    .map(locationOf);
}

export interface Target {
  kind: string;
  name: string;
  namespace: string | undefined;
}

/** The object whose name is under the cursor, where it is defined or where it is referred to. */
export function targetAt(file: OpenFile, position: Position): Target | undefined {
  const at = spotOf(file, position);
  return at && targetIn(at.resource, at.path);
}

/** The object that the field at `path` names, its own or another. */
export function targetIn(resource: Resource, path: Path): Target | undefined {
  const { kind } = resource;
  const own = nameOf(resource);
  if (path.join('.') === 'metadata.name' && kind !== undefined && own !== undefined) {
    return { kind, name: own, namespace: namespaceOf(resource) };
  }
  const found = referenceIn(resource, path);
  if (found === undefined || found.on === 'port') return undefined;
  const { kind: named, name, namespace } = found.reference;
  return { kind: named, name, namespace: namespace ?? namespaceOf(resource) };
}

/** The field under the cursor. */
export function spotOf(
  { document, manifest }: OpenFile,
  position: Position,
): { resource: Resource; path: Path } | undefined {
  const offset = document.offsetAt(position);
  const resource = resourceAt(manifest.resources, offset);
  const spot = resource === undefined ? undefined : spotAt(resource, offset);
  return resource === undefined || spot === undefined ? undefined : { resource, path: spot.path };
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((part, index) => path[index] === part);
}

function locationOf({ uri, range }: Place): Location {
  return { uri, range };
}
