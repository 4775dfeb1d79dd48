import type { Kind, Subresource, Verb } from '../kinds.ts';
import type { GroupVersionKind } from '../object.ts';

/** What `all` means in the tables: everything that a stored kind can do. */
export const allVerbs: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

export const onlyCreate: readonly Verb[] = ['create'];

interface Options {
  readonly short?: readonly string[];
  readonly categories?: readonly string[];
  readonly clusterScoped?: boolean;
  readonly verbs?: readonly Verb[];
  readonly sub?: readonly Subresource[];
}

export type Define = (kind: string, resource: string, options?: Options) => Kind;

/** Makes the function that writes the rows of one group and version. */
export function rowsOf(group: string, version: string): Define {
  return (kind, resource, options = {}) => ({
    group,
    version,
    kind,
    resource,
    singular: kind.toLowerCase(),
    shortNames: options.short ?? [],
    categories: options.categories ?? [],
    namespaced: options.clusterScoped !== true,
    verbs: options.verbs ?? allVerbs,
    subresources: options.sub ?? [],
  });
}

/** A part of the object that is read and written under a path of its own. */
export function part(name: string): Subresource {
  return { name, verbs: ['get', 'patch', 'update'] };
}

export const status = part('status');

export const scale: Subresource = {
  name: 'scale',
  verbs: ['get', 'patch', 'update'],
  kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
};

/** Something done to the object by POSTing another kind. */
export function action(name: string, kind: GroupVersionKind): Subresource {
  return { name, verbs: ['create'], kind };
}

/** A stream: GET for WebSocket clients, POST for SPDY ones. */
export function stream(name: string, kind: string): Subresource {
  return { name, verbs: ['create', 'get'], kind: { group: '', version: 'v1', kind } };
}

/** Requests handed on to what runs behind the object. */
export function proxy(kind: string): Subresource {
  return {
    name: 'proxy',
    verbs: ['create', 'delete', 'get', 'patch', 'update'],
    kind: { group: '', version: 'v1', kind },
  };
}
