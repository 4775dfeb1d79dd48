/** Small changes to YAML trees. */
import { isMap, Pair, type YAMLMap } from 'yaml';
import { keyText } from '../routing/yaml-text.ts';

export function mapOf(node: unknown): YAMLMap | undefined {
  return isMap(node) ? node : undefined;
}

/** Keeps the field's place and its comments. */
export function renameKey(map: YAMLMap, from: string, to: string): void {
  for (const pair of map.items) {
    if (keyText(pair.key) !== from) continue;
    const { key } = pair;
    if (typeof key === 'object' && key !== null && 'value' in key) key.value = to;
  }
}

export function entryOf(key: string, value: unknown, create: (value: unknown) => unknown): Pair {
  return new Pair(create(key), value);
}
