/** Files that a kustomization or a chart names, as links. */
import type { DocumentLink } from 'vscode-languageserver';
import { isMap, isScalar, isSeq } from 'yaml';
import { isKustomizationUri } from '../references/kustomizations.ts';
import { rangeOf } from '../routing/yaml-text.ts';
import { type OpenFile, rangeIn } from './open-file.ts';

/** Lists of paths, and lists of objects with a path in a field. */
const pathLists = [
  'resources',
  'bases',
  'components',
  'crds',
  'configurations',
  'generators',
  'transformers',
  'patchesStrategicMerge',
];
const pathFields: Readonly<Record<string, readonly string[]>> = {
  patches: ['path'],
  patchesJson6902: ['path'],
  replacements: ['path'],
  helmCharts: ['valuesFile'],
};
const fileLists = ['configMapGenerator', 'secretGenerator'];

/**
 * @param find where a path leads that is a folder: to the kustomization in it; undefined for what
 * is not there
 */
export function linksOf(
  { document, manifest }: OpenFile,
  find: (path: URL) => URL | undefined,
): DocumentLink[] {
  if (!isKustomizationUri(document.uri)) return [];
  const links: DocumentLink[] = [];
  for (const { start, part } of manifest.parts) {
    for (const { contents } of part.documents) {
      for (const { node, path } of pathsIn(contents)) {
        const range = rangeOf(node);
        const target = URL.canParse(path, document.uri) ? new URL(path, document.uri) : undefined;
        if (range === undefined || target?.protocol !== 'file:') continue;
        const found = find(target);
        if (found === undefined) continue;
        links.push({
          range: rangeIn(document, start + range[0], start + range[1]),
          target: found.href,
        });
      }
    }
  }
  return links;
}

function* pathsIn(root: unknown): Generator<{ node: unknown; path: string }> {
  if (!isMap(root)) return;
  for (const name of pathLists) yield* textsIn(root.get(name, true));
  for (const [name, fields] of Object.entries(pathFields)) {
    for (const item of itemsOf(root.get(name, true))) {
      for (const field of isMap(item) ? fields : []) {
        if (isMap(item)) yield* textsIn(item.get(field, true));
      }
    }
  }
  for (const name of fileLists) {
    for (const item of itemsOf(root.get(name, true))) {
      if (!isMap(item)) continue;
      for (const field of ['files', 'envs', 'env']) {
        for (const { node, path } of textsIn(item.get(field, true))) {
          // `key=path`, or the path alone.
          yield { node, path: path.slice(path.indexOf('=') + 1) };
        }
      }
    }
  }
}

function itemsOf(node: unknown): unknown[] {
  return isSeq(node) ? node.items : [];
}

function* textsIn(node: unknown): Generator<{ node: unknown; path: string }> {
  for (const item of isSeq(node) ? node.items : [node]) {
    if (isScalar(item) && typeof item.value === 'string' && !item.value.includes('\n')) {
      yield { node: item, path: item.value };
    }
  }
}
