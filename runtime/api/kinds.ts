/**
 * The kinds that a server of our level has, as a table: what discovery says of them and where they
 * are served. Facts of the API reference, https://kubernetes.io/docs/reference/kubernetes-api/.
 */
import { coreKinds } from './kinds/core.ts';
import { groupKinds } from './kinds/groups.ts';
import type { GroupVersionKind } from './object.ts';

export type Verb =
  | 'create'
  | 'get'
  | 'list'
  | 'watch'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection';

export interface Subresource {
  /** `status`, `scale`, `exec`, … */
  readonly name: string;
  readonly verbs: readonly Verb[];
  /** The body's kind where it is not the parent's (`Scale`, `Eviction`, `TokenRequest`, …). */
  readonly kind?: GroupVersionKind;
}

export interface Kind extends GroupVersionKind {
  /** The plural, as in URLs. */
  readonly resource: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  /** `all` for what `kubectl get all` lists. */
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  readonly subresources: readonly Subresource[];
}

/**
 * Every built-in kind: the core group first, then the named groups in discovery's order, a group's
 * preferred version before its others.
 */
export const kinds: readonly Kind[] = [...coreKinds, ...groupKinds];

const byKind = new Map(kinds.map((kind) => [keyOf(kind.group, kind.version, kind.kind), kind]));
const byResource = new Map(
  kinds.map((kind) => [keyOf(kind.group, kind.version, kind.resource), kind]),
);

/** The built-in kind, or undefined for one that is not served. */
export function findKind(gvk: GroupVersionKind): Kind | undefined {
  return byKind.get(keyOf(gvk.group, gvk.version, gvk.kind));
}

/** The built-in kind that is served under this plural, or undefined. */
export function findResource(group: string, version: string, resource: string): Kind | undefined {
  return byResource.get(keyOf(group, version, resource));
}

function keyOf(group: string, version: string, name: string): string {
  return `${group}/${version}/${name}`;
}
