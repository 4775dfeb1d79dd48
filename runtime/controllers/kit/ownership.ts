/**
 * A controller owns the objects that its selector matches: it adopts those that nobody owns and
 * releases those whose labels no longer match.
 */
import { controllerOf, type KubeObject, type OwnerReference } from '../../api/object.ts';
import { apiError } from '../../api/status.ts';
import type { Client, Resource } from '../../client/client.ts';
import { at } from '../../client/resources.ts';
import { tolerate } from './loop.ts';

/** The owner reference by which `owner` controls an object. */
export function controllerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

export interface Claim<T extends KubeObject> {
  client: Client;
  owner: KubeObject;
  ownerResource: Resource;
  /** The collection of the objects to claim. */
  resource: Resource;
  matches: (object: T) => boolean;
}

/**
 * Those of `objects` that belong to the owner, after adopting and releasing. Throws ApiError if the
 * owner has been deleted or replaced meanwhile.
 */
export async function claimObjects<T extends KubeObject>(
  { client, owner, ownerResource, resource, matches }: Claim<T>,
  objects: readonly T[],
): Promise<T[]> {
  const { uid, deletionTimestamp } = owner.metadata;
  let checked: Promise<void> | undefined;
  const claimed: T[] = [];
  for (const object of objects) {
    const controller = controllerOf(object);
    const match = matches(object);
    if (controller !== undefined) {
      if (controller.uid !== uid) continue;
      if (match) claimed.push(object);
      else if (deletionTimestamp === undefined) await release(client, resource, object, uid);
      continue;
    }
    const adoptable =
      match && deletionTimestamp === undefined && object.metadata.deletionTimestamp === undefined;
    if (!adoptable) continue;
    checked ??= ensureStillThere(client, ownerResource, owner);
    await checked;
    const adopted = await adopt(client, resource, object, owner);
    if (adopted !== undefined) claimed.push(adopted);
  }
  return claimed;
}

/** The cache may be behind: an owner that is being deleted must not adopt. */
async function ensureStillThere(
  client: Client,
  resource: Resource,
  owner: KubeObject,
): Promise<void> {
  const { name = '', namespace, uid } = owner.metadata;
  const live = await client.get(at(resource, name, namespace));
  if (live.metadata.uid !== uid || live.metadata.deletionTimestamp !== undefined) {
    throw apiError('Conflict', `${owner.kind} ${namespace}/${name} is being deleted or replaced`);
  }
}

async function adopt<T extends KubeObject>(
  client: Client,
  resource: Resource,
  object: T,
  owner: KubeObject,
): Promise<T | undefined> {
  const references = [...(object.metadata.ownerReferences ?? []), controllerReference(owner)];
  return patchOwners<T>(client, resource, object, references);
}

async function release<T extends KubeObject>(
  client: Client,
  resource: Resource,
  object: T,
  uid: string | undefined,
): Promise<void> {
  const references = (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
  await patchOwners(client, resource, object, references);
}

/** Undefined if the object is gone. The resource version makes the write fail if it has changed. */
function patchOwners<T extends KubeObject>(
  client: Client,
  resource: Resource,
  object: T,
  ownerReferences: OwnerReference[],
): Promise<T | undefined> {
  const { name = '', namespace, uid, resourceVersion } = object.metadata;
  const metadata = { uid, resourceVersion, ownerReferences };
  return tolerate(
    client.patch<T>(at(resource, name, namespace), 'merge', { metadata }),
    'NotFound',
  );
}
