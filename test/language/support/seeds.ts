/**
 * Mistakes as data: `seeds/*.txt`. A line is the base (an object of `seeds/bases.yaml`), what the
 * mistake is called, and what is changed: `spec.replicas = -1`, `spec.selector gone`, several of them
 * with `;;` between. `writing.txt` and `across.txt` hold whole texts under headings.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Path } from '../../../runtime/api/structure-problem.ts';

const folder = resolve(import.meta.dirname, '../seeds');
const wholeTexts = ['writing.txt', 'across.txt'];

export interface Seed {
  readonly name: string;
  readonly text: string;
  /** What was changed; nothing of whole texts. */
  readonly paths: readonly Path[];
}

/** All seeds, by the file that they are in. */
export function seedsByFile(): Map<string, Seed[]> {
  const bases = readBases();
  const names = readdirSync(folder).filter((name) => name.endsWith('.txt'));
  return new Map(
    names.sort().map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const seeds = wholeTexts.includes(name) ? textsOf(text) : changesOf(text, bases);
      return [name.replace(/\.txt$/, ''), seeds];
    }),
  );
}

function readBases(): Map<string, string> {
  const text = readFileSync(join(folder, 'bases.yaml'), 'utf8');
  return new Map(
    text.split('---\n').map((part) => [/^# (\w+)/.exec(part)?.[1] ?? '', part] as const),
  );
}

function textsOf(text: string): Seed[] {
  return text
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      return { name: part.slice(0, end), text: part.slice(end + 1), paths: [] };
    });
}

function changesOf(text: string, bases: ReadonlyMap<string, string>): Seed[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, base = '', name = '', changes = ''] = /^(\w+) \| (.*?) \| (.*)$/.exec(line) ?? [];
      const given = bases.get(base);
      if (given === undefined) throw new Error(`no base for the seed ${line}`);
      const object: unknown = parse(given);
      const paths = changes.split(' ;; ').map((change) => applyTo(object, change));
      return { name: `${base}: ${name}`, text: stringify(object), paths };
    });
}

/** Makes one change and says where. */
function applyTo(object: unknown, change: string): Path {
  const gone = / gone$/.exec(change);
  const equals = change.indexOf(' = ');
  const path = pathOf(change.slice(0, gone === null ? equals : gone.index));
  let at = object;
  for (const part of path.slice(0, -1)) at = (at as Record<string | number, unknown>)[part];
  const parent = at as Record<string | number, unknown>;
  const last = path.at(-1) ?? '';
  if (gone !== null) delete parent[last];
  else parent[last] = JSON.parse(change.slice(equals + 3));
  return path;
}

/** `spec.containers[0]`, `metadata.labels["a b"]` */
function pathOf(text: string): Path {
  return [...text.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([\w-]+)/g)].map(
    ([, index, key, name]) => (index === undefined ? (key ?? name ?? '') : Number(index)),
  );
}
