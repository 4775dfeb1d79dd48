/**
 * The chain of objects: what an object needs (what it names, what it selects) and what needs it, as
 * the calls of a call hierarchy, through as many files as there are.
 */
import {
  type CallHierarchyIncomingCall,
  type CallHierarchyItem,
  type CallHierarchyOutgoingCall,
  type Position,
  type Range,
  SymbolKind,
} from 'vscode-languageserver';
import { matchesLabels } from '../../runtime/api/selector.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import type { IndexedObject } from '../references/indexed-object.ts';
import type { Workspace } from '../references/workspace.ts';
import { sameNamespace } from '../references/workspace.ts';
import { nameOf, namespaceOf } from '../routing/manifest-file.ts';
import { resourceAt } from '../routing/path-at.ts';
import { selectorPathOf } from '../rules/cross-selectors.ts';
import { selectorAt, selectorOfPairs } from '../rules/packs/subject.ts';
import { targetAt } from './navigation.ts';
import type { OpenFile } from './open-file.ts';

/** The object that is named under the cursor, or else the one that the cursor is in. */
export function hierarchyAt(
  file: OpenFile,
  position: Position,
  workspace: Workspace,
): CallHierarchyItem[] {
  const named = targetAt(file, position);
  const found = named && workspace.find(named.kind, named.name, named.namespace);
  if (found !== undefined && found.length > 0) return found.map(itemOf);
  const { document, manifest } = file;
  const own = resourceAt(manifest.resources, document.offsetAt(position));
  return workspace
    .find(own?.kind ?? '', (own && nameOf(own)) ?? '', own && namespaceOf(own))
    .filter(({ uri }) => uri === document.uri)
    .map(itemOf);
}

/** What needs the object: what names it, what selects its pods. */
export function neededBy(
  item: CallHierarchyItem,
  workspace: Workspace,
): CallHierarchyIncomingCall[] {
  return objectsOf(item, workspace).flatMap((object) => {
    const naming = workspace
      .referring(object)
      .map(({ object: from, reference }) => ({ from, path: reference.path }));
    const selecting = ['Service', 'PodDisruptionBudget', 'NetworkPolicy'].flatMap((kind) =>
      workspace
        .ofKind(kind)
        .flatMap((from) => (selects(from, object) ? { from, path: selectorPath(from) } : [])),
    );
    return grouped([...naming, ...selecting]).map(({ object: from, ranges }) => ({
      from: itemOf(from),
      fromRanges: ranges,
    }));
  });
}

/** What the object needs: what it names, and what makes the pods that it selects. */
export function needs(item: CallHierarchyItem, workspace: Workspace): CallHierarchyOutgoingCall[] {
  return objectsOf(item, workspace).flatMap((object) => {
    const named = object.references.flatMap(({ kind, name, namespace, path }) =>
      workspace
        .find(kind, name, namespace ?? object.namespace)
        .map((to) => ({ to, range: object.rangeOf(path) })),
    );
    const selected =
      selectorPathOf(object) === undefined
        ? []
        : workspace
            .workloads(object.namespace)
            .filter((workload) => selects(object, workload))
            .map((to) => ({ to, range: object.rangeOf(selectorPath(object)) }));
    const calls = new Map<IndexedObject, Range[]>();
    for (const { to, range } of [...named, ...selected]) {
      calls.set(to, [...(calls.get(to) ?? []), range]);
    }
    return [...calls].map(([to, fromRanges]) => ({ to: itemOf(to), fromRanges }));
  });
}

function selects(from: IndexedObject, workload: IndexedObject): boolean {
  if (workload.podLabels === undefined || from === workload) return false;
  if (!sameNamespace(from.namespace, workload.namespace)) return false;
  const path = selectorPath(from);
  const selector =
    from.kind === 'Service' ? selectorOfPairs(from.value, path) : selectorAt(from.value, path);
  return selector !== undefined && matchesLabels(selector, workload.podLabels);
}

function selectorPath({ kind }: IndexedObject): Path {
  return kind === 'NetworkPolicy' ? ['spec', 'podSelector'] : ['spec', 'selector'];
}

function objectsOf(
  { data, uri }: CallHierarchyItem,
  workspace: Workspace,
): readonly IndexedObject[] {
  if (!isNamed(data)) return [];
  return workspace
    .find(data.kind, data.name, data.namespace)
    .filter((object) => object.uri === uri);
}

function isNamed(
  data: unknown,
): data is { kind: string; name: string; namespace: string | undefined } {
  return typeof data === 'object' && data !== null && 'kind' in data && 'name' in data;
}

function grouped(
  uses: readonly { from: IndexedObject; path: Path }[],
): { object: IndexedObject; ranges: Range[] }[] {
  const ranges = new Map<IndexedObject, Range[]>();
  for (const { from, path } of uses) {
    ranges.set(from, [...(ranges.get(from) ?? []), from.rangeOf(path)]);
  }
  return [...ranges].map(([object, all]) => ({ object, ranges: all }));
}

function itemOf(object: IndexedObject): CallHierarchyItem {
  const { kind, name, namespace, uri, range } = object;
  return {
    name: `${kind} ${name}`,
    kind: SymbolKind.Class,
    detail: namespace ?? '',
    uri,
    range,
    selectionRange: range,
    data: { kind, name, namespace },
  };
}
