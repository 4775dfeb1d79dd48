import { type DocumentSymbol, type SymbolInformation, SymbolKind } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { isMap, isSeq } from 'yaml';
import type { IndexedObject } from '../references/indexed-object.ts';
import type { Workspace } from '../references/workspace.ts';
import { nameOf, placed, type Resource } from '../routing/manifest-file.ts';
import { keyRange } from '../routing/ranges.ts';
import { keyText } from '../routing/yaml-text.ts';
import { finish, type Steps } from '../slices.ts';
import { type OpenFile, rangeIn } from './open-file.ts';

/** One entry an object, with its fields below it; the breadcrumbs of the editor are these. */
export function symbolsOf(file: OpenFile): DocumentSymbol[] {
  return finish(symbolsInSteps(file));
}

/** As `symbolsOf`, one object after the other. */
export function* symbolsInSteps(file: OpenFile): Steps<DocumentSymbol[]> {
  const symbols: DocumentSymbol[] = [];
  const budget = { left: mostFields };
  for (const resource of file.manifest.resources) {
    if (resource.kind !== undefined) symbols.push(symbolOf(resource, file, budget));
    yield;
  }
  return symbols;
}

/** Of a file so many fields are told of; to send megabytes of them would hold up everybody. */
const mostFields = 5000;

interface Budget {
  left: number;
}

function symbolOf(resource: Resource, { document }: OpenFile, budget: Budget): DocumentSymbol {
  const range = rangeIn(document, resource.start, resource.end);
  const [start, end] = keyRange(resource, ['metadata', 'name']);
  const inside = start >= resource.start && end <= resource.end;
  return {
    name: `${resource.kind} ${nameOf(resource) ?? ''}`.trim(),
    detail: resource.apiVersion ?? '',
    kind: SymbolKind.Class,
    range,
    selectionRange: inside ? rangeIn(document, start, end) : range,
    children: fieldSymbols(resource.node, resource, document, budget, 0).filter(
      (child) => child.name !== 'apiVersion' && child.name !== 'kind',
    ),
  };
}

/** Down to the fields of containers in a CronJob; what is deeper nobody looks for in an outline. */
const maxDepth = 9;

function fieldSymbols(
  node: unknown,
  resource: Resource,
  document: TextDocument,
  budget: Budget,
  depth: number,
): DocumentSymbol[] {
  if (depth >= maxDepth) return [];
  if (isSeq(node)) {
    return node.items.flatMap((item, index) => {
      const at = budget.left > 0 ? placed(item, resource) : undefined;
      if (!isMap(item) || at === undefined) return [];
      budget.left -= 1;
      const name = item.get('name');
      const range = rangeIn(document, at[0], at[1]);
      return {
        name: typeof name === 'string' && name !== '' ? name : `[${index}]`,
        kind: SymbolKind.Object,
        range,
        selectionRange: rangeIn(document, at[0], at[0]),
        children: fieldSymbols(item, resource, document, budget, depth + 1),
      };
    });
  }
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) => {
    const name = keyText(key);
    const keyAt = budget.left > 0 ? placed(key, resource) : undefined;
    if (keyAt === undefined || name === '') return [];
    budget.left -= 1;
    const valueAt = placed(value, resource) ?? keyAt;
    return {
      name,
      kind: isMap(value) || isSeq(value) ? SymbolKind.Namespace : SymbolKind.Field,
      range: rangeIn(document, keyAt[0], Math.max(keyAt[1], valueAt[1])),
      selectionRange: rangeIn(document, keyAt[0], keyAt[1]),
      children: fieldSymbols(value, resource, document, budget, depth + 1),
    };
  });
}

const maxSymbols = 500;

/**
 * Objects anywhere in the workspace whose `Kind name` has the letters of `query` in this order, up
 * to 500 of them, bit by bit.
 * @param found told of some at a time, in place of the result, which then is empty
 */
export function* workspaceSymbolsInSteps(
  query: string,
  workspace: Workspace,
  found?: (symbols: SymbolInformation[]) => void,
): Steps<SymbolInformation[]> {
  const letters = [...query.toLowerCase().replace(/\s+/g, '')];
  let symbols: SymbolInformation[] = [];
  let looked = 0;
  let count = 0;
  for (const object of workspace.objects()) {
    looked += 1;
    if (looked % objectsInStep === 0) yield;
    if (!hasInOrder(`${object.kind}${object.name}`.toLowerCase(), letters)) continue;
    symbols.push(workspaceSymbolOf(object));
    count += 1;
    if (found !== undefined && symbols.length >= toldAtOnce) {
      found(symbols);
      symbols = [];
    }
    if (count >= maxSymbols) break;
  }
  if (found === undefined) return symbols;
  if (symbols.length > 0) found(symbols);
  return [];
}

/** So many objects are looked at in one step. */
const objectsInStep = 50;
const toldAtOnce = 50;

function workspaceSymbolOf({
  kind,
  name,
  namespace,
  uri,
  range,
}: IndexedObject): SymbolInformation {
  return {
    name: `${kind} ${name}`,
    kind: SymbolKind.Class,
    location: { uri, range },
    ...(namespace === undefined ? {} : { containerName: namespace }),
  };
}

function hasInOrder(text: string, letters: readonly string[]): boolean {
  let from = 0;
  return letters.every((letter) => {
    const at = text.indexOf(letter, from);
    from = at + 1;
    return at >= 0;
  });
}
