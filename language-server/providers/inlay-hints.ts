/** The values that the server fills in where the author left a field out, behind the field above. */
import { type InlayHint, InlayHintKind, type Range } from 'vscode-languageserver';
import { isMap } from 'yaml';
import { applyDefaults } from '../../runtime/api/defaults/defaults.ts';
import type { KubeObject } from '../../runtime/api/object.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { locate, nodeAt } from '../routing/locate.ts';
import { gvkOf, isRecord, type Resource } from '../routing/manifest-file.ts';
import type { Catalog } from '../schemas/catalog.ts';
import { finish, type Steps } from '../slices.ts';
import type { OpenFile } from './open-file.ts';

/** What VS Code shows of the hints on a line, less the sign that there are more. */
const longest = 40;

/** One hint for each object or list item within `range` that gets defaults, at the end of its line. */
export function inlayHintsOf(file: OpenFile, range: Range, catalog: Catalog): InlayHint[] {
  return finish(inlayHintsInSteps(file, range, catalog));
}

/** As `inlayHintsOf`, one object after the other. */
export function* inlayHintsInSteps(
  file: OpenFile,
  range: Range,
  catalog: Catalog,
): Steps<InlayHint[]> {
  const { document, manifest } = file;
  const from = document.offsetAt(range.start);
  const to = document.offsetAt(range.end);
  const hints: InlayHint[] = [];
  for (const resource of manifest.resources) {
    if (resource.start > to || from > resource.end) continue;
    hints.push(...hintsOf(resource, file, catalog));
    yield;
  }
  return hints.filter(
    ({ position: { line } }) => line >= range.start.line && line <= range.end.line,
  );
}

function hintsOf(resource: Resource, { document }: OpenFile, catalog: Catalog): InlayHint[] {
  const gvk = gvkOf(resource);
  if (gvk === undefined || !catalog.isBuiltIn(gvk)) return [];
  const full = withDefaults(resource);
  if (full === undefined) return [];
  const hints: InlayHint[] = [];
  for (const { path, added } of additions(resource.value, full, [])) {
    const located = locate(resource, path);
    const node = nodeAt(resource, path);
    if (located === undefined || !isMap(node) || node.flow === true) continue;
    const offset = located.key?.[1] ?? located.value?.[0] ?? resource.start;
    const { line } = document.positionAt(offset);
    const text = document.getText({
      start: { line, character: 0 },
      end: { line: line + 1, character: 0 },
    });
    const pairs = added.map(([name, value]) => `${name}: ${String(value)}`);
    hints.push({
      position: { line, character: text.trimEnd().length },
      label: shortened(pairs),
      kind: InlayHintKind.Parameter,
      paddingLeft: true,
      tooltip: `Filled in by the server: ${pairs.join(', ')}`,
    });
  }
  return hints;
}

/** As many whole fields as editors show of a hint; the tooltip has them all. */
function shortened(pairs: readonly string[]): string {
  let label = '';
  for (const pair of pairs) {
    const longer = label === '' ? pair : `${label}, ${pair}`;
    if (longer.length > longest && label !== '') return `${label}, …`;
    label = longer;
  }
  return label;
}

/** The object as the server would keep it; undefined for one that has no defaults. */
export function withDefaults({
  apiVersion = '',
  kind = '',
  value,
}: Pick<Resource, 'apiVersion' | 'kind' | 'value'>): unknown {
  try {
    const object: KubeObject = {
      metadata: {},
      ...plain(value),
      apiVersion,
      kind,
    };
    applyDefaults(object);
    return object;
  } catch {
    // An object of the wrong shape has no defaults; what is wrong with it is said elsewhere.
    return undefined;
  }
}

/** A copy without what JSON has not. */
function plain(value: Readonly<Record<string, unknown>>): object {
  return JSON.parse(JSON.stringify(value));
}

/** Fields with plain values that `full` has and `written` has not, by the object they are in. */
function* additions(
  written: unknown,
  full: unknown,
  path: Path,
): Generator<{ path: Path; added: [string, unknown][] }> {
  if (Array.isArray(written) && Array.isArray(full)) {
    for (const [index, item] of written.entries()) {
      yield* additions(item, full[index], [...path, index]);
    }
  } else if (isRecord(written) && isRecord(full)) {
    const added = Object.entries(full).filter(
      ([name, value]) =>
        written[name] === undefined &&
        value !== undefined &&
        typeof value !== 'object' &&
        value !== '' &&
        path[0] !== 'status',
    );
    if (added.length > 0 && path.length > 0) yield { path, added };
    for (const [name, value] of Object.entries(written)) {
      yield* additions(value, full[name], [...path, name]);
    }
  }
}
