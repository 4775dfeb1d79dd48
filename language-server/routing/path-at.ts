import { isMap, isSeq } from 'yaml';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { placed } from './locate.ts';
import type { Resource } from './manifest-file.ts';
import { keyText, rangeOf } from './yaml-text.ts';

export interface Spot {
  readonly path: Path;
  /** Whether the offset is on the field's key or in its value. */
  readonly on: 'key' | 'value';
  readonly range: [start: number, end: number];
}

/** The innermost field that stands at `offset`. */
export function spotAt(resource: Resource, offsetInFile: number): Spot | undefined {
  const offset = offsetInFile - resource.base;
  let node: unknown = resource.node;
  let path: Path = [];
  for (;;) {
    const range = placed(node, resource);
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => covers(item.key, offset) || covers(item.value, offset),
      );
      if (pair === undefined) return range && { path, on: 'value', range };
      path = [...path, keyText(pair.key)];
      const key = placed(pair.key, resource);
      if (key !== undefined && covers(pair.key, offset)) return { path, on: 'key', range: key };
      node = pair.value;
    } else if (isSeq(node)) {
      const index = node.items.findIndex((item) => covers(item, offset));
      if (index < 0) return range && { path, on: 'value', range };
      path = [...path, index];
      node = node.items[index];
    } else {
      return range && { path, on: 'value', range };
    }
  }
}

/** The object at `offset`; the space below an object belongs to it until the next one starts. */
export function resourceAt(resources: readonly Resource[], offset: number): Resource | undefined {
  return resources.findLast((resource) => resource.start <= offset) ?? resources[0];
}

function covers(node: unknown, offset: number): boolean {
  const range = rangeOf(node);
  return range !== undefined && range[0] <= offset && offset <= range[1];
}
