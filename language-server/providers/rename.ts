/** Gives an object another name, wherever the workspace names it. */
import type { Position, Range, WorkspaceEdit } from 'vscode-languageserver';
import type { Place } from '../references/indexed-object.ts';
import type { Workspace } from '../references/workspace.ts';
import { innerNameAt } from './inner-names.ts';
import { spotOf, targetAt } from './navigation.ts';
import type { OpenFile } from './open-file.ts';

/** The name under the cursor, if it is one that can be changed. */
export function renameRangeAt(
  file: OpenFile,
  position: Position,
  workspace: Workspace,
): Range | undefined {
  return placesOf(file, position, workspace).find(
    ({ uri, range }) =>
      uri === file.document.uri &&
      range.start.line === position.line &&
      range.start.character <= position.character &&
      position.character <= range.end.character,
  )?.range;
}

/** The edits; undefined where there is nothing to rename. */
export function renameAt(
  file: OpenFile,
  position: Position,
  newName: string,
  workspace: Workspace,
): WorkspaceEdit | undefined {
  const changes: NonNullable<WorkspaceEdit['changes']> = {};
  for (const { uri, range } of placesOf(file, position, workspace)) {
    changes[uri] ??= [];
    changes[uri].push({ range, newText: newName });
  }
  return Object.keys(changes).length === 0 ? undefined : { changes };
}

/** The definition and all references, each place once; none if the object is not in the workspace. */
function placesOf(file: OpenFile, position: Position, workspace: Workspace): readonly Place[] {
  const at = spotOf(file, position);
  const inner = at && innerNameAt(at.resource, at.path, file.document.uri, workspace);
  if (inner !== undefined) {
    const { definitions, references, isName } = inner;
    return isName && definitions.length > 0 ? [...definitions, ...references] : [];
  }
  const target = targetAt(file, position);
  if (target === undefined) return [];
  const definitions = workspace.find(target.kind, target.name, target.namespace);
  if (definitions.length === 0) return [];
  const places = new Map<string, Place>();
  for (const { uri, range } of [...definitions, ...workspace.referencesTo(target)]) {
    places.set(`${uri} ${range.start.line}:${range.start.character}`, { uri, range });
  }
  return [...places.values()];
}
