/** Finalizers of custom resources: anybody may write them, so they should say whose they are. */
import type { KubeObject } from '../object.ts';
import { checkQualifiedName } from '../validation/names.ts';
import { list } from '../validation/values.ts';
import type { Warnings } from './collector.ts';

const standard = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** @param previous undefined for a new object; what it has already is not spoken of again */
export function finalizers(
  next: KubeObject,
  previous: KubeObject | undefined,
  warnings: Warnings,
): void {
  const before = new Set(list(previous?.metadata.finalizers));
  for (const name of [...new Set(list(next.metadata.finalizers))].sort()) {
    if (typeof name !== 'string' || before.has(name)) continue;
    const field = 'metadata.finalizers';
    const shown = JSON.stringify(name);
    for (const problem of checkQualifiedName(name)) warnings.at(field, `${shown}: ${problem}`);
    if (name.includes('/') || standard.has(name)) continue;
    const better = 'prefer a domain-qualified finalizer name including a path (/)';
    const reason = 'to avoid accidental conflicts with other finalizer writers';
    warnings.at(field, `${shown}: ${better} ${reason}`);
  }
}
