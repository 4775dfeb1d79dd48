/** Reading what is made for the reader alone: nothing of it is stored, so nothing can be watched. */
import type { UnknownObject } from '../../api/object.ts';
import type { Place, Registry } from '../registry/registry.ts';
import type { Computed, ServedResource, View } from '../registry/served.ts';
import { missing } from './errors.ts';
import type { ListAnswer, ListRequest } from './list.ts';

/** Throws NotFound. */
export async function getComputed(
  served: ServedResource,
  computed: Computed,
  { namespace, name }: Place,
): Promise<View> {
  const all = await computed.list();
  const found = all.find(
    ({ metadata }) => metadata.name === name && (metadata.namespace ?? '') === namespace,
  );
  if (found === undefined) throw missing(served, name);
  return viewOf(found);
}

export async function listComputed(
  registry: Registry,
  served: ServedResource,
  computed: Computed,
  { namespace, selection }: ListRequest,
): Promise<ListAnswer> {
  const all = await computed.list();
  const wanted = all.filter(
    (object) =>
      (namespace === '' || !served.kind.namespaced || object.metadata.namespace === namespace) &&
      (selection === undefined || selection.matches(object)),
  );
  return {
    revision: registry.cache.revision,
    views: wanted.map(viewOf),
  };
}

function viewOf(object: UnknownObject): View {
  return { revision: 0, object, wire: Buffer.from(JSON.stringify(object)) };
}
