import type {
  core,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from '../../../api/types.ts';
import { textAt, valueAt } from '../../registry/json.ts';
import { ageColumn, at, type Column, nameColumn, text, wide, yesNo } from './column.ts';

/** The part that is shown. */
interface CSIDriver {
  readonly spec: {
    readonly attachRequired?: boolean;
    readonly podInfoOnMount?: boolean;
    readonly storageCapacity?: boolean;
    readonly tokenRequests?: readonly { readonly audience: string }[];
    readonly requiresRepublish?: boolean;
    readonly volumeLifecycleModes?: readonly string[];
  };
}

const shortModes: Record<string, string> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

const defaultAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

function modes(list: readonly string[] | undefined): string {
  return Object.entries(shortModes)
    .filter(([mode]) => list?.includes(mode))
    .map(([, short]) => short)
    .join(',');
}

function classOf(
  spec: { storageClassName?: string },
  annotations?: Record<string, string>,
): string {
  return annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName ?? '';
}

function claimPhase(claim: PersistentVolumeClaim): string {
  return claim.metadata.deletionTimestamp === undefined
    ? (claim.status?.phase ?? '')
    : 'Terminating';
}

function claimRef(reference: core.ObjectReference | undefined): string {
  return reference === undefined ? '' : `${reference.namespace}/${reference.name}`;
}

const attributesClass = text(
  'VolumeAttributesClass',
  (object: object) => textAt(object, 'spec', 'volumeAttributesClassName') || '<unset>',
);

export const storageColumns: Record<string, readonly Column[]> = {
  '/PersistentVolume': [
    nameColumn,
    text('Capacity', (volume: PersistentVolume) => String(volume.spec.capacity?.storage ?? '')),
    text('Access Modes', (volume: PersistentVolume) => modes(volume.spec.accessModes)),
    text(
      'Reclaim Policy',
      (volume: PersistentVolume) => volume.spec.persistentVolumeReclaimPolicy ?? '',
    ),
    text('Status', (volume: PersistentVolume) =>
      volume.metadata.deletionTimestamp === undefined
        ? (volume.status?.phase ?? '')
        : 'Terminating',
    ),
    text('Claim', (volume: PersistentVolume) => claimRef(volume.spec.claimRef)),
    text('StorageClass', (volume: PersistentVolume) =>
      classOf(volume.spec, volume.metadata.annotations),
    ),
    attributesClass,
    text('Reason', (volume: PersistentVolume) => volume.status?.reason ?? ''),
    ageColumn,
    wide(text('VolumeMode', (object: object) => textAt(object, 'spec', 'volumeMode') || '<unset>')),
  ],
  '/PersistentVolumeClaim': [
    nameColumn,
    text('Status', claimPhase),
    text('Volume', (claim: PersistentVolumeClaim) => claim.spec.volumeName ?? ''),
    text('Capacity', (claim: PersistentVolumeClaim) =>
      claim.spec.volumeName ? String(claim.status?.capacity?.storage ?? '') : '',
    ),
    text('Access Modes', (claim: PersistentVolumeClaim) =>
      claim.spec.volumeName ? modes(claim.status?.accessModes) : '',
    ),
    text('StorageClass', (claim: PersistentVolumeClaim) =>
      classOf(claim.spec, claim.metadata.annotations),
    ),
    attributesClass,
    ageColumn,
    wide(text('VolumeMode', (object: object) => textAt(object, 'spec', 'volumeMode') || '<unset>')),
  ],
  'storage.k8s.io/StorageClass': [
    {
      ...nameColumn,
      cell: ({ metadata }) =>
        defaultAnnotations.some((name) => metadata.annotations?.[name] === 'true')
          ? `${metadata.name} (default)`
          : metadata.name,
    },
    text('Provisioner', (storage: StorageClass) => storage.provisioner),
    text('ReclaimPolicy', (storage: StorageClass) => storage.reclaimPolicy ?? 'Delete'),
    text('VolumeBindingMode', (storage: StorageClass) => storage.volumeBindingMode ?? 'Immediate'),
    text('AllowVolumeExpansion', (storage: StorageClass) => storage.allowVolumeExpansion ?? false),
    ageColumn,
  ],
  'storage.k8s.io/VolumeAttachment': [
    nameColumn,
    { ...text('Attacher', at('spec', 'attacher')), format: 'name' },
    text('PV', (object: object) => textAt(object, 'spec', 'source', 'persistentVolumeName')),
    text('Node', at('spec', 'nodeName')),
    yesNo('Attached', (object: object) => valueAt(object, 'status', 'attached') === true),
    ageColumn,
  ],
  'storage.k8s.io/CSIDriver': [
    nameColumn,
    yesNo('AttachRequired', ({ spec }: CSIDriver) => spec.attachRequired ?? true),
    yesNo('PodInfoOnMount', ({ spec }: CSIDriver) => spec.podInfoOnMount ?? false),
    yesNo('StorageCapacity', ({ spec }: CSIDriver) => spec.storageCapacity ?? false),
    text('TokenRequests', ({ spec }: CSIDriver) => {
      const audiences = (spec.tokenRequests ?? []).map(({ audience }) => audience);
      return audiences.length === 0 ? '<unset>' : audiences.join(',');
    }),
    yesNo('RequiresRepublish', ({ spec }: CSIDriver) => spec.requiresRepublish ?? false),
    text('Modes', ({ spec }: CSIDriver) => (spec.volumeLifecycleModes ?? []).join(',')),
    ageColumn,
  ],
  'storage.k8s.io/CSINode': [
    nameColumn,
    {
      ...text('Drivers', () => ''),
      type: 'integer',
      cell: (object) => {
        const drivers = valueAt(object, 'spec', 'drivers');
        return Array.isArray(drivers) ? drivers.length : 0;
      },
    },
    ageColumn,
  ],
};
