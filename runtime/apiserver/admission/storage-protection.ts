import { type AdmissionPlugin, concerns } from './admission.ts';

/** Volumes and claims in use are not lost to a hasty deletion. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  mutate(attributes) {
    if (attributes.operation !== 'CREATE' || attributes.object === undefined) return;
    const finalizer = concerns(attributes, '', 'persistentvolumeclaims')
      ? 'kubernetes.io/pvc-protection'
      : concerns(attributes, '', 'persistentvolumes')
        ? 'kubernetes.io/pv-protection'
        : undefined;
    if (finalizer === undefined) return;
    const { metadata } = attributes.object;
    metadata.finalizers ??= [];
    if (!metadata.finalizers.includes(finalizer)) metadata.finalizers.push(finalizer);
  },
};
