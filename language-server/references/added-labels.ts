/** Puts the labels that kustomizations add where kustomize would. */
import type { KubeObject } from '../../runtime/api/object.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { isRecord } from '../routing/manifest-file.ts';
import { podSpecPath } from './fields.ts';
import type { AddedLabels } from './kustomizations.ts';

/** Where selectors are made if there are none; those of others are only added to. */
const selectorPaths: Readonly<Record<string, Path>> = {
  Deployment: ['spec', 'selector', 'matchLabels'],
  StatefulSet: ['spec', 'selector', 'matchLabels'],
  DaemonSet: ['spec', 'selector', 'matchLabels'],
  ReplicaSet: ['spec', 'selector', 'matchLabels'],
  ReplicationController: ['spec', 'selector'],
  Service: ['spec', 'selector'],
};

/**
 * Changes the object. What has not the shape of its kind is left.
 * https://github.com/kubernetes-sigs/kustomize (commonLabels in builtinconfig)
 */
export function addLabels(object: KubeObject, { selectors, pods }: AddedLabels): void {
  const { kind } = object;
  const selector = Object.hasOwn(selectorPaths, kind) ? selectorPaths[kind] : undefined;
  if (selector !== undefined) fill(object, selector, selectors);
  const podSpec = podSpecPath(kind);
  if (podSpec === undefined) return;
  fill(object, [...podSpec.slice(0, -1), 'metadata', 'labels'], pods);
}

function fill(root: object, path: Path, labels: Readonly<Record<string, string>>): void {
  if (Object.keys(labels).length === 0) return;
  let at: Record<string, unknown> = root as Record<string, unknown>;
  for (const name of path) {
    const next = at[name] ?? {};
    if (!isRecord(next)) return;
    // What was decoded may be shared with nobody else.
    at[name] = next;
    at = next;
  }
  Object.assign(at, labels);
}
