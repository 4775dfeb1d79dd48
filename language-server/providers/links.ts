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
  helmCharts: ['valuesFile', 'additionalValuesFiles'],
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
  const pathsOf = readerFor(document.uri);
  if (pathsOf === undefined) return [];
  const links: DocumentLink[] = [];
  for (const { start, part } of manifest.parts) {
    for (const { contents } of part.documents) {
      for (const { node, path } of pathsOf(contents)) {
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

interface NamedPath {
  readonly node: unknown;
  readonly path: string;
}

function readerFor(uri: string): ((root: unknown) => Generator<NamedPath>) | undefined {
  if (isKustomizationUri(uri)) return pathsIn;
  return uri.endsWith('/Chart.yaml') ? chartsIn : undefined;
}

/** Charts of a folder that a chart depends on: `repository: file://../common`. */
function* chartsIn(root: unknown): Generator<NamedPath> {
  for (const item of isMap(root) ? itemsOf(root.get('dependencies', true)) : []) {
    for (const { node, path } of isMap(item) ? textsIn(item.get('repository', true)) : []) {
      const folder = /^file:\/\/(.+?)\/?$/.exec(path)?.[1];
      if (folder !== undefined) yield { node, path: `${folder}/Chart.yaml` };
    }
  }
}

function* pathsIn(root: unknown): Generator<NamedPath> {
  if (!isMap(root)) return;
  const openapi = root.get('openapi', true);
  if (isMap(openapi)) yield* textsIn(openapi.get('path', true));
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

function* textsIn(node: unknown): Generator<NamedPath> {
  for (const item of isSeq(node) ? node.items : [node]) {
    if (isScalar(item) && typeof item.value === 'string' && !item.value.includes('\n')) {
      yield { node: item, path: item.value };
    }
  }
}
