/** A key that is named and that the ConfigMap or Secret has not, to be added where that is written. */
import type { TextEdit } from 'vscode-languageserver';
import type { Workspace } from '../references/workspace.ts';
import type { Problem } from '../rules/problem.ts';
import { changeFix } from './set-field.ts';

export interface RemoteFix {
  readonly title: string;
  readonly uri: string;
  readonly edits: TextEdit[];
}

/** One for each object of the workspace that could have the key. */
export function keyFixes({ missingKey }: Problem, workspace: Workspace): RemoteFix[] {
  if (missingKey === undefined) return [];
  const { kind, name, namespace, key } = missingKey;
  return workspace.find(kind, name, namespace).flatMap((object) => {
    const place = object.read();
    if (place === undefined) return [];
    const field = kind === 'Secret' && object.value.data === undefined ? 'stringData' : 'data';
    const title = `Add key "${key}" to ${kind} "${name}"`;
    const change = { title, fields: [{ set: [field], to: { [key]: '' } }] };
    const fix = changeFix(place.resource, change, place.document.getText());
    if (fix === undefined) return [];
    const edits = fix.edits.map(({ start, end, text }) => ({
      range: { start: place.document.positionAt(start), end: place.document.positionAt(end) },
      newText: text,
    }));
    return { title, uri: object.uri, edits };
  });
}
