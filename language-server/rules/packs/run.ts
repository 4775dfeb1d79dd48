/** Runs the rules that are on over the objects of a file. */

import { isMap, isSeq } from 'yaml';
import { changeFix } from '../../fixes/set-field.ts';
import type { Lookups, Seen } from '../../references/lookups.ts';
import { nodeAt } from '../../routing/locate.ts';
import {
  gvkOf,
  type ManifestFile,
  nameOf,
  namespaceOf,
  type ParsedResource,
  type Resource,
} from '../../routing/manifest-file.ts';
import { keyRange, valueRange } from '../../routing/ranges.ts';
import type { Catalog } from '../../schemas/catalog.ts';
import type { Problem } from '../problem.ts';
import type { Finding, PackRule } from './pack-rule.ts';
import { podOf, type Subject, type Surroundings } from './subject.ts';

/**
 * What the rules find in the file's objects of built-in kinds.
 * @param rules the same array for as long as the same rules are on
 * @param isSound whether the object has the shape of its kind, so that it can be judged
 */
export function packProblems(
  file: ManifestFile,
  uri: string,
  rules: readonly PackRule[],
  surroundings: Surroundings & { readonly catalog: Catalog; readonly lookups: Lookups },
  isSound: (resource: Resource) => boolean,
): Problem[] {
  if (rules.length === 0) return [];
  return file.resources.flatMap((resource) => {
    const subject = subjectOf(resource, uri, surroundings);
    if (subject === undefined || !isSound(resource)) return [];
    const own = ownFindings(resource, subject, rules);
    const around = aroundFindings(resource, subject, rules, surroundings.lookups);
    return [...own, ...around].map((found) => problemOf(found, resource, file.text));
  });
}

interface Found {
  readonly rule: PackRule;
  readonly finding: Finding;
  /** Counted from where the object's part of the file begins. */
  readonly start: number;
  readonly end: number;
}

/** What rules find in an object alone stands until its text changes, wherever it moves. */
const known = new WeakMap<
  ParsedResource,
  { rules: readonly PackRule[]; found: readonly Found[] }
>();

function ownFindings(
  resource: Resource,
  subject: Subject,
  rules: readonly PackRule[],
): readonly Found[] {
  const before = known.get(resource.parsed);
  if (before?.rules === rules) return before.found;
  const own = rules.filter(({ looksAround }) => looksAround !== true);
  const found = foundBy(own, subject, resource);
  known.set(resource.parsed, { rules, found });
  return found;
}

const knownAround = new WeakMap<
  ParsedResource,
  { rules: readonly PackRule[]; found: readonly Found[]; seen: Seen }
>();

/** What rules find that look at other objects, too, stands until one of those changes. */
function aroundFindings(
  resource: Resource,
  subject: Subject,
  rules: readonly PackRule[],
  lookups: Lookups,
): readonly Found[] {
  const before = knownAround.get(resource.parsed);
  if (before?.rules === rules && lookups.isCurrent(before.seen)) return before.found;
  const around = rules.filter(({ looksAround }) => looksAround === true);
  const { result: found, seen } = lookups.record(() => foundBy(around, subject, resource));
  knownAround.set(resource.parsed, { rules, found, seen });
  return found;
}

function foundBy(rules: readonly PackRule[], subject: Subject, resource: Resource): Found[] {
  return rules.flatMap((rule) =>
    rule.check(subject).map((finding) => {
      const node = nodeAt(resource, finding.path);
      const isBlock = isMap(node) || isSeq(node);
      const range = isBlock ? keyRange : valueRange;
      const [start, end] = range(resource, finding.path);
      return { rule, finding, start: start - resource.base, end: end - resource.base };
    }),
  );
}

function subjectOf(
  resource: Resource,
  uri: string,
  { workspace, cluster, catalog }: Surroundings & { readonly catalog: Catalog },
): Subject | undefined {
  const gvk = gvkOf(resource);
  if (gvk === undefined || !catalog.isBuiltIn(gvk)) return undefined;
  const { value } = resource;
  return {
    ...gvk,
    uri,
    apiVersion: resource.apiVersion ?? '',
    name: nameOf(resource),
    namespace: namespaceOf(resource),
    value,
    pod: podOf(gvk.kind, value),
    workspace,
    cluster,
  };
}

function problemOf(
  { rule, finding: { message, change }, start, end }: Found,
  resource: Resource,
  text: string,
): Problem {
  return {
    rule: rule.id,
    severity: rule.severity,
    message,
    start: start + resource.base,
    end: end + resource.base,
    ...(change === undefined ? {} : { makeFix: () => changeFix(resource, change, text) }),
  };
}
