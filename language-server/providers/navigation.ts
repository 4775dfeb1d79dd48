/** From a name to the object that it means, and back. */
import type { Location, Position } from 'vscode-languageserver';
import { visit } from 'yaml';
import { referencesOf } from '../references/fields.ts';
import type { Place } from '../references/indexed-object.ts';
import type { Workspace } from '../references/workspace.ts';
import { gvkOf, nameOf, namespaceOf, placed, type Resource } from '../routing/manifest-file.ts';
import { resourceAt, spotAt } from '../routing/path-at.ts';
import { type OpenFile, rangeIn } from './open-file.ts';

/** The objects (or the key of one) that the name under the cursor means. */
export function definitionAt(file: OpenFile, position: Position, workspace: Workspace): Location[] {
  const anchor = anchorAt(file, position);
  if (anchor !== undefined) return [anchor];
  const found = referenceAt(file, position);
  if (found === undefined) return [];
  const { reference, onKey, namespace } = found;
  const targets = workspace.find(reference.kind, reference.name, reference.namespace ?? namespace);
  if (!onKey || reference.key === undefined) return targets.map(locationOf);
  const { name } = reference.key;
  return targets.flatMap((target) => {
    const range = target.rangeOfKey(name);
    return range === undefined ? [] : { uri: target.uri, range };
  });
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
        target = placed(alias.resolve(yaml), { base });
        return visit.BREAK;
      },
    });
  }
  return target && { uri: document.uri, range: rangeIn(document, target[0], target[1]) };
}

/** All places that name the object under the cursor, whether it is named there or defined there. */
export function referencesAt(
  file: OpenFile,
  position: Position,
  workspace: Workspace,
  includeDeclaration: boolean,
): Location[] {
  const target = targetAt(file, position);
  if (target === undefined) return [];
  const declarations = includeDeclaration
    ? workspace.find(target.kind, target.name, target.namespace)
    : [];
  return [...declarations, ...workspace.referencesTo(target)].map(locationOf);
}

export interface Target {
  kind: string;
  name: string;
  namespace: string | undefined;
}

/** The object whose name is under the cursor, where it is defined or where it is referred to. */
export function targetAt(file: OpenFile, position: Position): Target | undefined {
  return definedAt(file, position) ?? referencedAt(file, position);
}

function definedAt(file: OpenFile, position: Position): Target | undefined {
  const at = spotOf(file, position);
  if (at === undefined || at.path.join('.') !== 'metadata.name') return undefined;
  const { kind } = at.resource;
  const name = nameOf(at.resource);
  if (kind === undefined || name === undefined) return undefined;
  return { kind, name, namespace: namespaceOf(at.resource) };
}

function referencedAt(file: OpenFile, position: Position): Target | undefined {
  const found = referenceAt(file, position);
  if (found === undefined) return undefined;
  const { kind, name, namespace } = found.reference;
  return { kind, name, namespace: namespace ?? found.namespace };
}

function referenceAt(file: OpenFile, position: Position) {
  const at = spotOf(file, position);
  const gvk = at === undefined ? undefined : gvkOf(at.resource);
  if (at === undefined || gvk === undefined) return undefined;
  const path = at.path.join('/');
  const namespace = namespaceOf(at.resource);
  for (const reference of referencesOf(gvk.kind, at.resource.value)) {
    const onKey = reference.key?.path.join('/') === path;
    if (onKey || reference.path.join('/') === path) return { reference, onKey, namespace };
  }
  return undefined;
}

function spotOf(
  { document, manifest }: OpenFile,
  position: Position,
): { resource: Resource; path: readonly (string | number)[] } | undefined {
  const offset = document.offsetAt(position);
  const resource = resourceAt(manifest.resources, offset);
  const spot = resource === undefined ? undefined : spotAt(resource, offset);
  return resource === undefined || spot === undefined ? undefined : { resource, path: spot.path };
}

function locationOf({ uri, range }: Place): Location {
  return { uri, range };
}
