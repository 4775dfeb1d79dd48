/** What each way of writing an object may change; everything else stays as it is. */
import type { UnknownObject } from '../../api/object.ts';
import { apiError } from '../../api/status.ts';
import type { core, Namespace, Pod } from '../../api/types.ts';
import { copyJson, sameJson } from '../registry/json.ts';
import type { ServedResource } from '../registry/served.ts';

/** Puts back what a write to this subresource may not touch. */
export function restrictTo(
  subresource: string,
  served: ServedResource,
  next: UnknownObject,
  previous: UnknownObject,
): void {
  switch (subresource) {
    case 'binding':
      return;
    case 'status':
      keepAllBut(next, previous, ['metadata', 'status']);
      for (const field of served.strategy.keptByStatus ?? []) {
        restore(next.metadata, previous.metadata, field);
      }
      return;
    case 'approval':
      keepApproval(next, previous);
      return;
    case 'finalize': {
      const finalizers = (next as unknown as Namespace).spec?.finalizers ?? [];
      const metadata = next.metadata;
      keepAllBut(next, previous, ['metadata']);
      next.metadata = {
        ...copyJson(previous.metadata),
        managedFields: metadata.managedFields ?? [],
      };
      next.spec = { ...(next.spec as object | undefined), finalizers };
      return;
    }
    case 'ephemeralcontainers':
      keepButEphemeral(next, previous);
      return;
    case 'resize':
      keepButResources(next, previous);
      return;
    default:
      if (served.hasSubresource('status')) restore(next, previous, 'status');
  }
}

/** The general rules of updates forbid what these subresources are for. */
export function mayChangeAnything(subresource: string): boolean {
  return ['binding', 'ephemeralcontainers', 'resize', 'finalize', 'approval'].includes(subresource);
}

function keepAllBut(next: UnknownObject, previous: UnknownObject, free: readonly string[]): void {
  for (const field of Object.keys({ ...previous, ...next })) {
    if (!free.includes(field)) restore(next, previous, field);
  }
}

function restore(target: object, source: object, field: string): void {
  const value = (source as Record<string, unknown>)[field];
  if (value === undefined) delete (target as Record<string, unknown>)[field];
  // A copy, because defaults and admission may still write into it.
  else (target as Record<string, unknown>)[field] = copyJson(value);
}

/** Approvers may set conditions and nothing else. */
function keepApproval(next: UnknownObject, previous: UnknownObject): void {
  const given = (next.status ?? {}) as { conditions?: object[] };
  keepAllBut(next, previous, ['metadata']);
  next.status = { ...(next.status as object | undefined), conditions: given.conditions ?? [] };
}

function keepButEphemeral(next: UnknownObject, previous: UnknownObject): void {
  const given = (next as unknown as Pod).spec?.ephemeralContainers ?? [];
  const before = (previous as unknown as Pod).spec.ephemeralContainers ?? [];
  for (const old of before) {
    const same = given.find((container) => container.name === old.name);
    if (same === undefined || !sameJson(same, old)) {
      throw apiError(
        'Invalid',
        `Pod "${previous.metadata.name}" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers "${old.name}" may not be ${same === undefined ? 'removed' : 'changed'}\n`,
      );
    }
  }
  keepAllBut(next, previous, ['metadata']);
  if (given.length > 0) next.spec = { ...(next.spec as object), ephemeralContainers: given };
}

function keepButResources(next: UnknownObject, previous: UnknownObject): void {
  const given = (next as unknown as Pod).spec;
  keepAllBut(next, previous, ['metadata']);
  const spec = (next as unknown as Pod).spec;
  const take = (own: core.Container[] | undefined, from: core.Container[] | undefined) =>
    own?.map((container) => {
      const wanted = from?.find((other) => other.name === container.name);
      return wanted === undefined
        ? container
        : {
            ...container,
            ...(wanted.resources === undefined ? {} : { resources: wanted.resources }),
            ...(wanted.resizePolicy === undefined ? {} : { resizePolicy: wanted.resizePolicy }),
          };
    });
  spec.containers = take(spec.containers, given.containers) ?? [];
  const initial = take(spec.initContainers, given.initContainers);
  if (initial !== undefined) spec.initContainers = initial;
}
