import type { PersistentVolumeClaim, StorageClass } from '../../api/types.ts';
import { type AdmissionPlugin, concerns } from './admission.ts';

const annotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** A claim that names no class gets the default one; of several the newest. */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  mutate(attributes, registry) {
    if (attributes.operation !== 'CREATE') return;
    if (!concerns(attributes, '', 'persistentvolumeclaims')) return;
    const claim = attributes.object as unknown as PersistentVolumeClaim;
    const named = claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'];
    if (claim.spec.storageClassName !== undefined || named !== undefined) return;
    const classes: StorageClass[] = [];
    for (const item of registry.cache.resource('storage.k8s.io/storageclasses').items()) {
      const found = item.object as unknown as StorageClass;
      if (annotations.some((name) => found.metadata.annotations?.[name] === 'true')) {
        classes.push(found);
      }
    }
    classes.sort(
      (a, b) =>
        b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp) ||
        a.metadata.name.localeCompare(b.metadata.name),
    );
    const [newest] = classes;
    if (newest !== undefined) claim.spec.storageClassName = newest.metadata.name;
  },
};
