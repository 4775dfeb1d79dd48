/** Built-in kinds that are still served and have successors. */
import { apiVersionOf, type GroupVersionKind } from '../object.ts';

/** Since the prerelease lifecycle of each (`k8s.io/api/core/v1/zz_generated.prerelease-lifecycle`). */
const kinds: Readonly<Record<string, string>> = {
  'v1 Endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  'v1 ComponentStatus': 'v1 ComponentStatus is deprecated in v1.19+',
};

/** What clients are told with every answer about the kind; undefined where there is nothing to tell. */
export function kindWarning(gvk: GroupVersionKind): string | undefined {
  return kinds[`${apiVersionOf(gvk)} ${gvk.kind}`];
}

/** The same for a version that a CustomResourceDefinition calls deprecated. */
export function customKindWarning(
  gvk: GroupVersionKind,
  version: { readonly deprecated?: unknown; readonly deprecationWarning?: unknown },
): string | undefined {
  if (version.deprecated !== true) return undefined;
  return typeof version.deprecationWarning === 'string'
    ? version.deprecationWarning
    : `${gvk.group}/${gvk.version} ${gvk.kind} is deprecated`;
}
