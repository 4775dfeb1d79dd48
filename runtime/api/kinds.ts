/**
 * The kinds that a server of our level has, as a table: what discovery says of them and where they
 * are served. Facts of the API reference, https://kubernetes.io/docs/reference/kubernetes-api/.
 */
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
