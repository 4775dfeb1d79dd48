/** The reference to another object that a field is part of. */
import type { Path } from '../../runtime/api/structure-problem.ts';
import { factsOf } from '../references/facts.ts';
import type { Reference } from '../references/fields.ts';
import { gvkOf, type Resource } from '../routing/manifest-file.ts';

export interface FoundReference {
  readonly reference: Reference;
  readonly on: 'name' | 'key' | 'port';
}

export function referenceIn(resource: Resource, path: Path): FoundReference | undefined {
  const gvk = gvkOf(resource);
  if (gvk === undefined) return undefined;
  const where = path.join('/');
  for (const reference of factsOf(gvk.kind, resource.value).references) {
    if (reference.key?.path.join('/') === where) return { reference, on: 'key' };
    if (reference.port?.path.join('/') === where) return { reference, on: 'port' };
    if (reference.path.join('/') === where) return { reference, on: 'name' };
  }
  return undefined;
}
