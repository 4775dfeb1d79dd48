/** Where to underline: never more of the text than the reader needs. */
import { isMap } from 'yaml';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { locate, nodeAt, placed } from './locate.ts';
import type { Resource } from './manifest-file.ts';

/** The field's key. */
export function keyRange(resource: Resource, path: Path): [number, number] {
  const located = locate(resource, path);
  return located?.key ?? located?.value ?? headRange(resource, path.slice(0, -1));
}

/** The field's value, or its key where it has none. */
export function valueRange(resource: Resource, path: Path): [number, number] {
  const located = locate(resource, path);
  const value = located?.value;
  if (value !== undefined && value[1] > value[0]) return value;
  return located?.key ?? headRange(resource, path.slice(0, -1));
}

/** Where to point for a whole object: its key, or the first key in it; never the whole block. */
export function headRange(resource: Resource, path: Path): [number, number] {
  const located = locate(resource, path);
  if (located === undefined) {
    return path.length === 0
      ? firstKey(resource.node, resource)
      : headRange(resource, path.slice(0, -1));
  }
  return located.key ?? firstKey(nodeAt(resource, path), resource);
}

function firstKey(node: unknown, resource: Resource): [number, number] {
  const first = isMap(node) ? placed(node.items[0]?.key, resource) : undefined;
  return first ?? placed(node, resource) ?? [resource.start, resource.start];
}
