import { type DocumentSymbol, SymbolKind, type WorkspaceSymbol } from 'vscode-languageserver';
import { isMap } from 'yaml';
import type { Workspace } from '../references/workspace.ts';
import { nameOf, placed, type Resource } from '../routing/manifest-file.ts';
import { keyRange } from '../routing/ranges.ts';
import { keyText } from '../routing/yaml-text.ts';
import { type OpenFile, rangeIn } from './open-file.ts';

/** One entry an object, with its top fields below it. */
export function symbolsOf(file: OpenFile): DocumentSymbol[] {
  return file.manifest.resources
    .filter(({ kind }) => kind !== undefined)
    .map((resource) => symbolOf(resource, file));
}

function symbolOf(resource: Resource, { document }: OpenFile): DocumentSymbol {
  const range = rangeIn(document, resource.start, resource.end);
  const [start, end] = keyRange(resource, ['metadata', 'name']);
  const inside = start >= resource.start && end <= resource.end;
  return {
    name: `${resource.kind} ${nameOf(resource) ?? ''}`.trim(),
    detail: resource.apiVersion ?? '',
    kind: SymbolKind.Class,
    range,
    selectionRange: inside ? rangeIn(document, start, end) : range,
    children: resource.node.items.flatMap(({ key, value }) => {
      const name = keyText(key);
      const keyAt = placed(key, resource);
      if (keyAt === undefined || name === '' || ['apiVersion', 'kind'].includes(name)) return [];
      const valueAt = placed(value, resource) ?? keyAt;
      return {
        name,
        kind: isMap(value) ? SymbolKind.Namespace : SymbolKind.Field,
        range: rangeIn(document, keyAt[0], Math.max(keyAt[1], valueAt[1])),
        selectionRange: rangeIn(document, keyAt[0], keyAt[1]),
      };
    }),
  };
}

const maxSymbols = 500;

/** Objects anywhere in the workspace whose `Kind name` has the letters of `query` in this order. */
export function workspaceSymbolsOf(query: string, workspace: Workspace): WorkspaceSymbol[] {
  const letters = [...query.toLowerCase().replace(/\s+/g, '')];
  const symbols: WorkspaceSymbol[] = [];
  for (const { kind, name, namespace, uri, range } of workspace.objects()) {
    if (!hasInOrder(`${kind}${name}`.toLowerCase(), letters)) continue;
    symbols.push({
      name: `${kind} ${name}`,
      kind: SymbolKind.Class,
      location: { uri, range },
      ...(namespace === undefined ? {} : { containerName: namespace }),
    });
    if (symbols.length >= maxSymbols) break;
  }
  return symbols;
}

function hasInOrder(text: string, letters: readonly string[]): boolean {
  let from = 0;
  return letters.every((letter) => {
    const at = text.indexOf(letter, from);
    from = at + 1;
    return at >= 0;
  });
}
