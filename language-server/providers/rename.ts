/** Gives an object another name, wherever the workspace names it. */
import type { Position, Range, WorkspaceEdit } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { stringify } from 'yaml';
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
  const found = placesOf(file, position, workspace).find(
    ({ uri, range }) =>
      uri === file.document.uri &&
      range.start.line === position.line &&
      range.start.character <= position.character &&
      position.character <= range.end.character,
  );
  return found && nameIn(found.range, file.document).range;
}

/** The edits; undefined where there is nothing to rename. */
export function renameAt(
  file: OpenFile,
  position: Position,
  newName: string,
  workspace: Workspace,
): WorkspaceEdit | undefined {
  const changes: NonNullable<WorkspaceEdit['changes']> = {};
  const documentOf = documentsOf(file, workspace);
  // Unless it is quoted already.
  const plain = stringify(newName, { version: '1.1', lineWidth: 0 }).trimEnd();
  for (const { uri, range } of placesOf(file, position, workspace)) {
    const document = documentOf(uri);
    const name = document && nameIn(range, document);
    const edit =
      name?.quoted === true ? { range: name.range, newText: newName } : { range, newText: plain };
    changes[uri] ??= [];
    changes[uri].push(edit);
  }
  return Object.keys(changes).length === 0 ? undefined : { changes };
}

/** The name without the quotes that it stands in. */
function nameIn(range: Range, document: TextDocument): { range: Range; quoted: boolean } {
  const { start, end } = range;
  const quoted = /^(["']).*\1$/.test(document.getText(range));
  if (!quoted) return { range, quoted };
  const inner = {
    start: { ...start, character: start.character + 1 },
    end: { ...end, character: end.character - 1 },
  };
  return { range: inner, quoted };
}

/** Files of the workspace as they are known, by URI. */
function documentsOf(
  { document }: OpenFile,
  workspace: Workspace,
): (uri: string) => TextDocument | undefined {
  const known = new Map([[document.uri, document]]);
  return (uri) => {
    if (known.has(uri)) return known.get(uri);
    for (const object of workspace.objects()) {
      if (object.uri !== uri) continue;
      const found = object.read()?.document;
      if (found !== undefined) known.set(uri, found);
      break;
    }
    return known.get(uri);
  };
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
