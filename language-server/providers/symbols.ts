import { type DocumentSymbol, type SymbolInformation, SymbolKind } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { isMap, isPair, isSeq, type Pair } from 'yaml';
import type { IndexedObject } from '../references/indexed-object.ts';
import type { Workspace } from '../references/workspace.ts';
import { placed } from '../routing/locate.ts';
import { nameOf, type Resource } from '../routing/manifest-file.ts';
import { keyRange } from '../routing/ranges.ts';
import { keyText } from '../routing/yaml-text.ts';
import { finish, type Steps } from '../slices.ts';
import { type OpenFile, rangeIn } from './open-file.ts';

/** One entry an object, with its fields below it; the breadcrumbs of the editor are these. */
export function symbolsOf(file: OpenFile): DocumentSymbol[] {
  return finish(symbolsInSteps(file));
}

/** As `symbolsOf`, bit by bit. */
export function* symbolsInSteps(file: OpenFile): Steps<DocumentSymbol[]> {
  const symbols: DocumentSymbol[] = [];
  const budget = { left: mostFields };
  for (const resource of file.manifest.resources) {
    if (resource.kind !== undefined) symbols.push(yield* symbolOf(resource, file, budget));
    yield;
  }
  return symbols;
}

/** Of a file so many fields are told of; to send megabytes of them would hold up everybody. */
const mostFields = 5000;

interface Budget {
  left: number;
}

function* symbolOf(
  resource: Resource,
  { document }: OpenFile,
  budget: Budget,
): Steps<DocumentSymbol> {
  const range = rangeIn(document, resource.start, resource.end);
  const [start, end] = keyRange(resource, ['metadata', 'name']);
  const children = yield* fieldSymbols(resource.node, resource, document, budget, 0);
  const inside = start >= resource.start && end <= resource.end;
  return {
    name: `${resource.kind} ${nameOf(resource) ?? ''}`.trim(),
    detail: resource.apiVersion ?? '',
    kind: SymbolKind.Class,
    range,
    selectionRange: inside ? rangeIn(document, start, end) : range,
    children: children.filter(({ name }) => name !== 'apiVersion' && name !== 'kind'),
  };
}

/** Down to the fields of containers in a CronJob; what is deeper nobody looks for in an outline. */
const maxDepth = 9;

function* fieldSymbols(
  node: unknown,
  resource: Resource,
  document: TextDocument,
  budget: Budget,
  depth: number,
): Steps<DocumentSymbol[]> {
  const symbols: DocumentSymbol[] = [];
  if (depth >= maxDepth || (!isSeq(node) && !isMap(node))) return symbols;
  for (const [index, child] of node.items.entries()) {
    if (budget.left <= 0) break;
    if (budget.left % fieldsInStep === 0) yield;
    const symbol = isPair(child)
      ? fieldSymbol(child, resource, document)
      : itemSymbol(child, index, resource, document);
    if (symbol === undefined) continue;
    budget.left -= 1;
    const below = isPair(child) ? child.value : child;
    symbol.children = yield* fieldSymbols(below, resource, document, budget, depth + 1);
    symbols.push(symbol);
  }
  return symbols;
}

/** So many fields are told of in one step. */
const fieldsInStep = 200;

function fieldSymbol(
  { key, value }: Pair,
  resource: Resource,
  document: TextDocument,
): DocumentSymbol | undefined {
  const name = keyText(key);
  const keyAt = placed(key, resource);
  if (keyAt === undefined || name === '') return undefined;
  const valueAt = placed(value, resource) ?? keyAt;
  return {
    name,
    kind: isMap(value) || isSeq(value) ? SymbolKind.Namespace : SymbolKind.Field,
    range: rangeIn(document, keyAt[0], Math.max(keyAt[1], valueAt[1])),
    selectionRange: rangeIn(document, keyAt[0], keyAt[1]),
  };
}

function itemSymbol(
  item: unknown,
  index: number,
  resource: Resource,
  document: TextDocument,
): DocumentSymbol | undefined {
  const at = placed(item, resource);
  if (!isMap(item) || at === undefined) return undefined;
  const name = item.get('name');
  return {
    name: typeof name === 'string' && name !== '' ? name : `[${index}]`,
    kind: SymbolKind.Object,
    range: rangeIn(document, at[0], at[1]),
    selectionRange: rangeIn(document, at[0], at[0]),
  };
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
