/** Runs the rules that are on over the objects of a file. */

import { isMap, isSeq } from 'yaml';
import { changeFix } from '../../fixes/set-field.ts';
import {
  gvkOf,
  type ManifestFile,
  nameOf,
  namespaceOf,
  nodeAt,
  type Resource,
} from '../../routing/manifest-file.ts';
import { keyRange, valueRange } from '../../routing/ranges.ts';
import type { Catalog } from '../../schemas/catalog.ts';
import type { Problem } from '../problem.ts';
import type { Finding, PackRule } from './pack-rule.ts';
import { podOf, type Subject, type Surroundings } from './subject.ts';

/**
 * What the rules find in the file's objects of built-in kinds.
 * @param isSound whether the object has the shape of its kind, so that it can be judged
 */
export function packProblems(
  file: ManifestFile,
  rules: readonly PackRule[],
  surroundings: Surroundings & { readonly catalog: Catalog },
  isSound: (resource: Resource) => boolean,
): Problem[] {
  if (rules.length === 0) return [];
  return file.resources.flatMap((resource) => {
    const subject = subjectOf(resource, surroundings);
    if (subject === undefined || !isSound(resource)) return [];
    return rules.flatMap((rule) =>
      rule.check(subject).map((finding) => problemOf(finding, rule, resource, file.text)),
    );
  });
}

function subjectOf(
  resource: Resource,
  { workspace, cluster, catalog }: Surroundings & { readonly catalog: Catalog },
): Subject | undefined {
  const gvk = gvkOf(resource);
  if (gvk === undefined || !catalog.isBuiltIn(gvk)) return undefined;
  const { value } = resource;
  return {
    ...gvk,
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
  { path, message, change }: Finding,
  { id, severity }: PackRule,
  resource: Resource,
  text: string,
): Problem {
  const node = nodeAt(resource, path);
  const isBlock = isMap(node) || isSeq(node);
  const [start, end] = isBlock ? keyRange(resource, path) : valueRange(resource, path);
  return {
    rule: id,
    severity,
    message,
    start,
    end,
    ...(change === undefined ? {} : { makeFix: () => changeFix(resource, change, text) }),
  };
}
