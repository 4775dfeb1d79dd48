/** Which persistent volume a claim can have. Pure. */
import { compare, parseQuantity } from '../../api/quantity.ts';
import { labelSelectorOf, matchesLabels } from '../../api/selector.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../api/types.ts';

/** The volume is bound, or promised, to this very claim. */
export function isFor(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { claimRef } = volume.spec;
  return (
    claimRef !== undefined &&
    claimRef.namespace === claim.metadata.namespace &&
    claimRef.name === claim.metadata.name &&
    (claimRef.uid === undefined || claimRef.uid === '' || claimRef.uid === claim.metadata.uid)
  );
}

/** The promised volume, or else the smallest free one that is large enough. */
export function findVolume(
  volumes: readonly PersistentVolume[],
  claim: PersistentVolumeClaim,
): PersistentVolume | undefined {
  const promised = volumes.find((volume) => isFor(volume, claim));
  if (promised !== undefined) return promised;
  const wanted = claim.spec.resources?.requests?.storage ?? '0';
  return volumes
    .filter(({ spec }) => spec.claimRef === undefined)
    .filter((volume) => fits(volume, claim) && compareSizes(sizeOf(volume), wanted) >= 0)
    .sort((a, b) => compareSizes(sizeOf(a), sizeOf(b)))[0];
}

export function sizeOf(volume: PersistentVolume): string {
  return volume.spec.capacity?.storage ?? '0';
}

function fits({ spec, metadata }: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  if ((spec.storageClassName ?? '') !== (claim.spec.storageClassName ?? '')) return false;
  if ((spec.volumeMode ?? 'Filesystem') !== (claim.spec.volumeMode ?? 'Filesystem')) return false;
  const modes = spec.accessModes ?? [];
  if (!(claim.spec.accessModes ?? []).every((mode) => modes.includes(mode))) return false;
  const { selector } = claim.spec;
  return selector === undefined || matchesLabels(labelSelectorOf(selector), metadata.labels ?? {});
}

function compareSizes(a: string, b: string): number {
  const [left, right] = [parseQuantity(a), parseQuantity(b)];
  return left === undefined || right === undefined ? 0 : compare(left, right);
}
