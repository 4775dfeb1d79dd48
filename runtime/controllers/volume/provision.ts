/**
 * Volumes for claims that find none: made here for classes of our own provisioner, `skiff.dev/local`,
 * and asked for, by annotations of the claim, of whoever else a class names.
 * https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/
 */
import { dataFinalizer, localProvisioner, provisionedBy } from '../../api/local-volumes.ts';
import type { UnknownObject } from '../../api/object.ts';
import type { PersistentVolumeClaim, StorageClass } from '../../api/types.ts';
import type { EventRecorder } from '../../client/events.ts';
import { at, nodes, persistentVolumeClaims, persistentVolumes } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { tolerate } from '../kit/loop.ts';

/** On claims that wait for their first consumer: the node for which the scheduler wants the volume. */
export const selectedNode = 'volume.kubernetes.io/selected-node';

/** On claims: who is to make the volume. Provisioners of other makers look for their own name. */
const provisionerAnnotations = [
  'volume.beta.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/storage-provisioner',
];

/** Drivers that have taken over from what was built into Kubernetes, by the name in storage classes. */
const drivers: Readonly<Record<string, string>> = {
  'kubernetes.io/aws-ebs': 'ebs.csi.aws.com',
  'kubernetes.io/azure-disk': 'disk.csi.azure.com',
  'kubernetes.io/azure-file': 'file.csi.azure.com',
  'kubernetes.io/cinder': 'cinder.csi.openstack.org',
  'kubernetes.io/gce-pd': 'pd.csi.storage.gke.io',
  'kubernetes.io/portworx-volume': 'pxd.portworx.com',
  'kubernetes.io/vsphere-volume': 'csi.vsphere.vmware.com',
};

/** Has a volume made for a claim. Throws ApiError. */
export async function provision(
  context: ControllerContext,
  events: EventRecorder,
  claim: PersistentVolumeClaim,
  { metadata, provisioner, reclaimPolicy }: StorageClass,
): Promise<void> {
  const { client, persistentVolumeRoot: root } = context;
  const name = drivers[provisioner] ?? provisioner;
  if (name.startsWith('kubernetes.io/')) {
    const message = `no volume plugin matched name: ${name}`;
    events.event(claim, 'Warning', 'ProvisioningFailed', message);
    return;
  }
  const asked = await ask(context, claim, name);
  if (name !== localProvisioner || root === undefined) {
    const message = `Waiting for a volume to be created either by the external provisioner '${name}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
    events.event(asked, 'Normal', 'ExternalProvisioning', message);
    return;
  }
  if (await isStranded(context, events, asked)) return;
  const draft = draftVolume(asked, { className: metadata.name, reclaimPolicy, root });
  const made = await tolerate(client.create(persistentVolumes, draft), 'AlreadyExists');
  if (made === undefined) return;
  const message = `Successfully provisioned volume ${draft.metadata.name}`;
  events.event(asked, 'Normal', 'ProvisioningSucceeded', message);
}

/** Writes into a claim who is to make its volume. The result is the claim as it then is. */
async function ask(
  { client }: ControllerContext,
  claim: PersistentVolumeClaim,
  provisioner: string,
): Promise<PersistentVolumeClaim> {
  const { name, namespace, resourceVersion, annotations } = claim.metadata;
  if (provisionerAnnotations.every((key) => annotations?.[key] === provisioner)) return claim;
  const asked = Object.fromEntries(provisionerAnnotations.map((key) => [key, provisioner]));
  return client.patch(at(persistentVolumeClaims, name, namespace), 'merge', {
    metadata: { resourceVersion, annotations: asked },
  });
}

/** A volume for a node that is gone is not made: without the node, the scheduler chooses another. */
async function isStranded(
  { client }: ControllerContext,
  events: EventRecorder,
  claim: PersistentVolumeClaim,
): Promise<boolean> {
  const { name, namespace, resourceVersion, annotations } = claim.metadata;
  const node = annotations?.[selectedNode];
  if (!node || (await tolerate(client.get(at(nodes, node)), 'NotFound')) !== undefined) {
    return false;
  }
  const message = `Failed to get target node: node "${node}" not found`;
  events.event(claim, 'Warning', 'ProvisioningFailed', message);
  await client.patch(at(persistentVolumeClaims, name, namespace), 'merge', {
    metadata: { resourceVersion, annotations: { [selectedNode]: null } },
  });
  return true;
}

/**
 * A directory under the root, which the kubelet makes. It is not tied to the node for which it was
 * ordered: all nodes of a cluster stand on one engine and see the same directory, so that a pod can
 * be moved with its data.
 */
function draftVolume(
  claim: PersistentVolumeClaim,
  of: { className: string; reclaimPolicy: string | undefined; root: string },
): UnknownObject {
  const { name, namespace, uid } = claim.metadata;
  const volumeName = `pvc-${uid}`;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: volumeName,
      annotations: { [provisionedBy]: localProvisioner },
      finalizers: [dataFinalizer],
    },
    spec: {
      capacity: { storage: claim.spec.resources?.requests?.storage ?? '1Gi' },
      accessModes: claim.spec.accessModes ?? ['ReadWriteOnce'],
      volumeMode: claim.spec.volumeMode ?? 'Filesystem',
      persistentVolumeReclaimPolicy: of.reclaimPolicy ?? 'Delete',
      storageClassName: of.className,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      hostPath: {
        path: `${of.root}/${volumeName}_${namespace}_${name}`,
        type: 'DirectoryOrCreate',
      },
    },
  };
}
