/** The objects that parameterize a policy: of its paramKind, as a binding's paramRef names them. */
import { parseApiVersion, type UnknownObject } from '../../../api/object.ts';
import { labelSelectorOf, matchesLabels } from '../../../api/selector.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Attributes } from '../admission.ts';
import type { Binding, Policy } from './policy.ts';

/**
 * One evaluation for each of them; undefined stands for none where none are wanted. Throws Error, in
 * the original's words, if the binding cannot be put to use.
 */
export async function paramsOf(
  registry: Registry,
  attributes: Attributes,
  { spec: { paramKind } }: Policy,
  { spec: { paramRef } }: Binding,
): Promise<(UnknownObject | undefined)[]> {
  if (paramKind === undefined || paramRef === undefined) return [undefined];
  const { group, version } = parseApiVersion(paramKind.apiVersion);
  const served = registry.served.all.find(
    ({ kind }) => kind.group === group && kind.version === version && kind.kind === paramKind.kind,
  );
  if (served === undefined) {
    throw new Error(
      `failed to find resource referenced by paramKind: '${group === '' ? '' : `${group}/`}${version}, Kind=${paramKind.kind}'`,
    );
  }
  let namespace = '';
  if (served.kind.namespaced) {
    namespace = paramRef.namespace || attributes.place.namespace;
    if (namespace === '') {
      throw new Error(
        'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
      );
    }
  } else if (paramRef.namespace) {
    throw new Error('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  }
  await registry.cache.fresh();
  const cache = registry.cache.resource(served.storageName);
  const selector = paramRef.selector && labelSelectorOf(paramRef.selector);
  const keys = paramRef.name
    ? [served.key(namespace, paramRef.name)]
    : selector === undefined
      ? []
      : cache.keys(served.key(namespace));
  const found: UnknownObject[] = [];
  for (const key of keys) {
    const item = cache.get(key);
    if (item === undefined) continue;
    if (selector !== undefined && !matchesLabels(selector, item.object.metadata.labels ?? {})) {
      continue;
    }
    found.push((await served.read(item)).object);
  }
  if (found.length === 0 && paramRef.parameterNotFoundAction === 'Deny') {
    throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction');
  }
  return found;
}
