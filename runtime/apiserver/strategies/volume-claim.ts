/**
 * Claims: what a volume is to be filled from is said in `dataSource`, or in `dataSourceRef`, which came later
 * and can say more. Each is filled in from the other.
 * https://github.com/kubernetes/enhancements/tree/master/keps/sig-storage/1495-volume-populators
 */
import type { UnknownObject } from '../../api/object.ts';
import type { core } from '../../api/types.ts';
import { isOldSource } from '../../api/validation/storage.ts';
import type { Strategy } from './strategy.ts';

type Spec = core.PersistentVolumeClaimSpec;

export const volumeClaimStrategy: Strategy = {
  returnsDeleted: true,
  prepareForCreate(object) {
    object.status = { phase: 'Pending' };
    settleSources(specOf(object), undefined);
  },
  prepareForUpdate(next, previous) {
    settleSources(specOf(next), specOf(previous));
  },
};

function specOf({ spec }: UnknownObject): Spec {
  return (spec ?? {}) as Spec;
}

/** What `dataSource` could not say of old was dropped without a word, and still is. */
function settleSources(spec: Spec, before: Spec | undefined): void {
  if (before?.dataSource === undefined && spec.dataSource && !isOldSource(spec.dataSource)) {
    delete spec.dataSource;
  }
  // A claim that is there may not change, and those of earlier releases have the one alone.
  if (before !== undefined && !before.dataSourceRef !== !before.dataSource) return;
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource };
  if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { namespace: _, ...source } = dataSourceRef;
    spec.dataSource = source;
  }
}
