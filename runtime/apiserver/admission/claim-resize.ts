import { compare, parseQuantity } from '../../api/quantity.ts';
import type { PersistentVolumeClaim, StorageClass } from '../../api/types.ts';
import type { Registry } from '../registry/registry.ts';
import { forbidden } from '../verbs/errors.ts';
import { type AdmissionPlugin, concerns } from './admission.ts';

/** A claim grows only once it is bound, and if its class lets volumes grow. */
export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  validate(attributes, registry) {
    const { operation, object, previous, served, place } = attributes;
    if (operation !== 'UPDATE' || !concerns(attributes, '', 'persistentvolumeclaims')) return;
    const next = object as unknown as PersistentVolumeClaim;
    const before = previous as unknown as PersistentVolumeClaim;
    const wanted = sizeOf(next);
    const size = sizeOf(before);
    if (wanted === undefined || size === undefined || compare(wanted, size) <= 0) return;
    if (before.status?.phase !== 'Bound') {
      throw forbidden(served, place.name, 'Only bound persistent volume claims can be expanded');
    }
    if (classOf(next) !== classOf(before) || !mayGrow(registry, next)) {
      throw forbidden(
        served,
        place.name,
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
      );
    }
  },
};

function sizeOf({ spec }: PersistentVolumeClaim) {
  const text = (spec.resources?.requests as Record<string, string> | undefined)?.storage;
  return text === undefined ? undefined : parseQuantity(text);
}

function classOf({ metadata, spec }: PersistentVolumeClaim): string | undefined {
  return metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName;
}

function mayGrow(registry: Registry, claim: PersistentVolumeClaim): boolean {
  const name = classOf(claim);
  if (!name) return false;
  const cache = registry.cache.resource('storage.k8s.io/storageclasses');
  const found = cache.get(`${cache.prefix}${name}`)?.object as unknown as StorageClass | undefined;
  return found?.allowVolumeExpansion === true;
}
