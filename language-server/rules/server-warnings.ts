/** What the server would warn of: its own warnings, on the object as written. */
import { isMap, isSeq } from 'yaml';
import type { KubeObject } from '../../runtime/api/object.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { ingressClassAnnotation } from '../../runtime/api/warnings/network.ts';
import { betaClass } from '../../runtime/api/warnings/storage.ts';
import { type Warning, warningsOnCreate } from '../../runtime/api/warnings/warnings.ts';
import { at } from '../references/fields.ts';
import { nodeAt } from '../routing/locate.ts';
import type { Resource } from '../routing/manifest-file.ts';
import { headRange, keyRange, valueRange } from '../routing/ranges.ts';
import { listAt } from './cross-selectors.ts';
import type { Change, FieldChange } from './packs/pack-rule.ts';
import type { Problem } from './problem.ts';
import { isWithin, parseFieldPath, type Refusal } from './semantics.ts';

/**
 * @param object the resource as a server would have it, of the right structure
 * @param custom whether a CustomResourceDefinition defines its kind
 * @param refusals what the server would not even take
 * @param reported fields that are not of the right structure
 */
export function warningProblems(
  resource: Resource,
  object: KubeObject,
  {
    custom,
    refusals,
    reported,
  }: { custom: boolean; refusals: readonly Refusal[]; reported: readonly Path[] },
): Problem[] {
  return warningsOnCreate(object, custom).flatMap((warning) => {
    const path = pathOf(warning.field, resource);
    const isRefused = refusals.some(
      (refusal) => isWithin(path, refusal.path) && isWithin(refusal.path, path),
    );
    const isBroken = reported.some((wrong) => isWithin(path, wrong) || isWithin(wrong, path));
    if (isRefused || isBroken) return [];
    const [start, end] = rangeOf(warning.field, path, resource);
    const change = changeFor(warning, path, resource);
    return {
      rule: warning.deprecated ? 'deprecated-api' : 'server-warning',
      severity: 'warning',
      message: warning.text,
      start,
      end,
      ...(warning.deprecated ? { deprecated: true } : {}),
      ...(change === undefined ? {} : { change }),
    };
  });
}

/** The field as it is written: a server has what `stringData` says in `data`. */
function pathOf(field: string, { value }: Resource): Path {
  const path = parseFieldPath(field);
  if (path[0] !== 'data' || at(value, ['stringData']) === undefined) return path;
  const written = ['stringData', field.slice('data.'.length)];
  return at(value, written) === undefined ? path : written;
}

function rangeOf(field: string, path: Path, resource: Resource): [start: number, end: number] {
  const node = nodeAt(resource, path);
  if (isMap(node) || isSeq(node)) return headRange(resource, path);
  return isEntry(field) ? keyRange(resource, path) : valueRange(resource, path);
}

/** `metadata.annotations[a/b]`: an entry of a map, which its key is the name of. */
function isEntry(field: string): boolean {
  return /\[[^\]]*[^\]\d][^\]]*\]$/.test(field);
}

function changeFor(warning: Warning, path: Path, resource: Resource): Change | undefined {
  const { field, instead, text } = warning;
  if (instead !== undefined) {
    const title = `Change to ${instead}`;
    const renamed: FieldChange = { rename: path, to: instead };
    const given: FieldChange = { set: path, to: instead };
    return { title, fields: [isEntry(field) ? renamed : given] };
  }
  if (field.endsWith(`[${ingressClassAnnotation}]`)) {
    return moved(resource, path, ['spec', 'ingressClassName']);
  }
  if (field.endsWith(`[${betaClass}]`)) return moved(resource, path, ['spec', 'storageClassName']);
  if (/hides previous definition/.test(text)) return withoutHidden(resource, path);
  const bytes = /fractional byte value/.test(text) ? at(resource.value, path) : undefined;
  if (typeof bytes === 'string' && /^\d+m$/.test(bytes)) {
    // Thousandths of a byte are nothing that anybody wants.
    const meant = bytes.replace('m', 'Mi');
    return { title: `Change to ${meant}`, fields: [{ set: path, to: meant }] };
  }
  if (/non-functional|is ignored/.test(text)) {
    return { title: 'Remove what does nothing', fields: [{ remove: path }] };
  }
  return undefined;
}

/** An annotation whose value has a field of its own now. */
function moved(resource: Resource, from: Path, to: Path): Change {
  const value = at(resource.value, from);
  const given = at(resource.value, to) !== undefined;
  const set: FieldChange[] = given ? [] : [{ set: to, to: value }];
  return { title: `Say it in ${to.join('.')}`, fields: [...set, { remove: from }] };
}

/** The definition that a later one of the same name hides. */
function withoutHidden(resource: Resource, path: Path): Change | undefined {
  const index = path.at(-1);
  const list = path.slice(0, -1);
  if (typeof index !== 'number') return undefined;
  const variables = listAt(resource.value, list);
  const name = at(variables[index], ['name']);
  const hidden = variables.slice(0, index).findLastIndex((each) => at(each, ['name']) === name);
  if (hidden < 0) return undefined;
  return { title: 'Remove the one that is hidden', fields: [{ remove: [...list, hidden] }] };
}
