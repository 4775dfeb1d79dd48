import type { CodeLens } from 'vscode-languageserver';
import { isKubernetes } from '../routing/manifest-file.ts';
import type { OpenFile } from './open-file.ts';

/** `Deploy` above the first line of a file with Kubernetes objects; the extension has the command. */
export function codeLensesOf({ document, manifest }: OpenFile): CodeLens[] {
  if (!isKubernetes(manifest)) return [];
  const top = { line: 0, character: 0 };
  return [
    {
      range: { start: top, end: top },
      command: { title: '$(rocket) Deploy', command: 'skiff.deploy', arguments: [document.uri] },
    },
  ];
}
