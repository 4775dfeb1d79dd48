/** YAML by the full parser, which reads everything, slowly, in one step. */
import {
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';
import { kubernetesTags } from '../../api/yaml-numbers.ts';

export interface Decoded {
  readonly value: unknown;
  /** Members that the text has twice. */
  readonly duplicates: readonly string[];
}

/** A text that is not of its media type; the message is the decoder's. */
export class Unreadable extends Error {}

/** Throws Unreadable. */
export function readFullYaml(text: string): Decoded {
  const document = parseDocument(text, {
    version: '1.1',
    uniqueKeys: false,
    lineCounter: new LineCounter(),
    customTags: kubernetesTags,
  });
  const [error] = document.errors;
  if (error !== undefined) throw unreadableYaml(error);
  const duplicates: string[] = [];
  if (document.contents !== null) collectDuplicates(document.contents as Node, '', duplicates);
  try {
    return { value: document.toJS({ maxAliasCount: 1000 }) as unknown, duplicates };
  } catch (problem) {
    // Aliases that mean too much, or that nobody has named.
    throw unreadableYaml(problem as Error);
  }
}

/** The line in front, as the original's decoder has it; the words are those of the one here. */
function unreadableYaml(problem: Error): Unreadable {
  const [place] = (problem as Partial<YAMLError>).linePos ?? [];
  const [what = ''] = problem.message.split('\n');
  const line = place === undefined ? '' : `line ${place.line}: `;
  return new Unreadable(`yaml: ${line}${what.replace(/ at line \d+, column \d+:$/, '')}`);
}

function collectDuplicates(node: Node | null, path: string, found: string[]): void {
  if (isMap(node)) {
    const names = new Set<string>();
    for (const { key, value } of node.items) {
      if (isCollection(key)) throw unreadableYaml(new Error('invalid map key'));
      const name = isScalar(key) ? String(key.value) : String(key);
      const whole = path === '' ? name : `${path}.${name}`;
      if (names.has(name)) found.push(whole);
      names.add(name);
      collectDuplicates(value as Node | null, whole, found);
    }
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      collectDuplicates(item as Node | null, `${path}[${index}]`, found);
    }
  }
}
