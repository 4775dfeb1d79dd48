/** A new cluster has a StorageClass `standard`, so that a claim without a class just works. */
import { localProvisioner } from '../../api/local-volumes.ts';
import type { UnknownObject } from '../../api/object.ts';
import type { StorageClass } from '../../api/types.ts';
import { storageClasses } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { messageOf, tolerate } from '../kit/loop.ts';

const defaultAnnotation = 'storageclass.kubernetes.io/is-default-class';

/** Makes the class if there is none of our provisioner and no other default. Runs once. */
export function provideDefaultClass(context: ControllerContext): void {
  const { client, informers, persistentVolumeRoot, log } = context;
  if (persistentVolumeRoot === undefined) return;
  const classes = informers.for<StorageClass>(storageClasses);
  const provide = async () => {
    await classes.synced;
    const settled = classes
      .list()
      .some(
        (each) =>
          each.provisioner === localProvisioner ||
          each.metadata.annotations?.[defaultAnnotation] === 'true',
      );
    if (settled) return;
    const standard: UnknownObject = {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'standard', annotations: { [defaultAnnotation]: 'true' } },
      provisioner: localProvisioner,
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'WaitForFirstConsumer',
    };
    await tolerate(client.create(storageClasses, standard), 'AlreadyExists');
  };
  provide().catch((error) => log(`default storage class: ${messageOf(error)}`));
}
