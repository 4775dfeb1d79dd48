import type { Definition } from '../../api/custom/definition.ts';
import { withCondition } from '../../api/custom/definition.ts';
import { part, type Strategy, wholeMetadata } from './strategy.ts';

/** Holds a definition until its objects are gone. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

export const customResourceDefinitionStrategy: Strategy = {
  needsResourceVersion: true,
  generation: true,
  policies: 'later',
  keptByStatus: wholeMetadata,
  prepareForCreate(object) {
    const stored = storageVersion(object as unknown as Definition);
    object.status = {
      conditions: [],
      acceptedNames: { plural: '', kind: '' },
      storedVersions: stored === undefined ? [] : [stored],
    };
  },
  prepareForUpdate(next) {
    const stored = storageVersion(next as unknown as Definition);
    const status = part(next, 'status');
    const before = Array.isArray(status.storedVersions) ? status.storedVersions : [];
    if (stored !== undefined && !before.includes(stored)) {
      status.storedVersions = [...before, stored];
    }
  },
  prepareForDeletion(object, { time }) {
    const { metadata } = object;
    delete metadata.deletionGracePeriodSeconds;
    const finalizers = metadata.finalizers ?? [];
    if (!finalizers.includes(cleanupFinalizer)) {
      metadata.finalizers = [...finalizers, cleanupFinalizer];
    }
    const status = part(object, 'status');
    const terminating = {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message:
        'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    } as const;
    const { conditions = [] } = (object as unknown as Definition).status ?? {};
    status.conditions = withCondition(conditions, terminating, time);
  },
};

/** Validation has not seen it yet: it may have no versions at all. */
function storageVersion({ spec }: Definition): string | undefined {
  const { versions }: Partial<Definition['spec']> = spec;
  return versions?.find(({ storage }) => storage)?.name;
}
