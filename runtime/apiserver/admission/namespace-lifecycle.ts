import { ApiError, apiError, notFound } from '../../api/status.ts';
import { type Registry, readObject } from '../registry/registry.ts';
import { forbidden } from '../verbs/errors.ts';
import type { AdmissionPlugin, Attributes } from './admission.ts';
import { namespaceOf } from './dynamic/match.ts';

const immortal = ['default', 'kube-system', 'kube-public'];

/** Nothing is created in a namespace that is not there or that is going. */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  mutate(attributes, registry) {
    const { operation, served, place, subresource } = attributes;
    const { kind, resource, group } = served.kind;
    if (group === '' && kind === 'Namespace') {
      if (operation === 'DELETE' && immortal.includes(place.name)) {
        throw forbidden(served, place.name, 'this namespace may not be deleted');
      }
      return;
    }
    if (place.namespace === '' || operation !== 'CREATE') return;
    // Rights must be questioned even where nothing may be created.
    if (resource === 'localsubjectaccessreviews' || subresource !== '') return;
    const known = registry.cache.isFresh ? namespaceOf(registry, place.namespace) : undefined;
    if (known !== undefined && known.metadata.deletionTimestamp === undefined) return;
    return refuseUnlessThere(attributes, registry);
  },
};

async function refuseUnlessThere({ served, place }: Attributes, registry: Registry): Promise<void> {
  const at = { namespace: '', name: place.namespace };
  const namespace = await readObject(registry, '', 'v1', 'namespaces', at);
  if (namespace === undefined) throw notFound('', 'namespaces', place.namespace);
  if (namespace.metadata.deletionTimestamp === undefined) return;
  const refusal = forbidden(
    served,
    place.name,
    `unable to create new content in namespace ${place.namespace} because it is being terminated`,
  );
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${place.namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  const details = { ...refusal.status.details, causes: [cause] };
  throw new ApiError({ ...apiError('Forbidden', refusal.message).status, details });
}
