/** Storage as the volume filter reads it, from shared informers. */
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../api/types.ts';
import type { Informer, Informers } from '../client/informer.ts';
import { persistentVolumeClaims, persistentVolumes, storageClasses } from '../client/resources.ts';
import type { StorageView } from './filters/volumes.ts';

export interface Storage extends StorageView {
  readonly claims: Informer<PersistentVolumeClaim>;
  readonly informers: readonly Pick<Informer<never>, 'synced'>[];
  /** Calls back when a claim, volume or class has appeared or changed. */
  onChange(callback: () => void): void;
}

export function createStorageView(informers: Informers): Storage {
  const claims = informers.for<PersistentVolumeClaim>(persistentVolumeClaims);
  const volumes = informers.for<PersistentVolume>(persistentVolumes);
  const classes = informers.for<StorageClass>(storageClasses);
  return {
    claims,
    informers: [claims, volumes, classes],
    claim: (namespace, name) => claims.get(name, namespace),
    volume: (name) => volumes.get(name),
    volumes: () => volumes.list(),
    storageClass: (name) => classes.get(name),
    onChange(callback) {
      const handler = { added: callback, updated: callback };
      claims.subscribe(handler);
      volumes.subscribe(handler);
      classes.subscribe(handler);
    },
  };
}
