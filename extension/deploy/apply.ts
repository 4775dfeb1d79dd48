/** Applies and deletes objects, one after the other, and says of each what came of it. */
import { apiVersionOf, type KubeObject, parseApiVersion } from '../../runtime/api/object.ts';
import { isApiError } from '../../runtime/api/status.ts';
import type { Client, Resource } from '../../runtime/client/client.ts';
import { at, resourceOfKind } from '../../runtime/client/resources.ts';

export const fieldManager = 'skiff';

export interface ApplyOptions {
  client: Client;
  /** For objects that name none. */
  namespace: string;
  dryRun?: boolean;
  /** Take fields over from other managers. */
  force?: boolean;
}

export interface Applied {
  object: KubeObject;
  resource: (Resource & { namespaced: boolean }) | undefined;
  namespace: string | undefined;
  outcome:
    | {
        state: 'created' | 'configured' | 'unchanged';
        live: KubeObject | undefined;
        next: KubeObject;
      }
    | { state: 'conflict'; message: string }
    | { state: 'failed'; message: string };
}

/** What must be there before what uses it; everything else keeps its place. */
const firstKinds = ['Namespace', 'CustomResourceDefinition', 'StorageClass', 'PriorityClass'];

/** Objects in the order in which they can be created. */
export function applyOrder<T extends { object: KubeObject }>(items: readonly T[]): T[] {
  const rank = ({ object }: T) => {
    const index = firstKinds.indexOf(object.kind);
    return index < 0 ? firstKinds.length : index;
  };
  return [...items].sort((a, b) => rank(a) - rank(b));
}

/** Server-side apply of each object. What goes wrong with one is in its result; never throws. */
export async function applyObject(object: KubeObject, options: ApplyOptions): Promise<Applied> {
  const { client, dryRun = false, force = false } = options;
  let place: Pick<Applied, 'resource' | 'namespace'> = {
    resource: undefined,
    namespace: undefined,
  };
  try {
    const found = await placeOf(object, options);
    place = found;
    const target = at(found.resource, object.metadata.name ?? '', found.namespace);
    const live = await client.get(target).catch((error: unknown) => {
      if (isApiError(error, 'NotFound')) return undefined;
      throw error;
    });
    const metadata = { ...object.metadata };
    if (found.namespace !== undefined) metadata.namespace = found.namespace;
    const applied = await client.patch(
      target,
      'apply',
      { ...object, metadata },
      { fieldManager, force, dryRun, fieldValidation: 'Strict' },
    );
    const isSame = live?.metadata.resourceVersion === applied.metadata.resourceVersion;
    const state = live === undefined ? 'created' : isSame ? 'unchanged' : 'configured';
    return { object, ...place, outcome: { state, live, next: applied } };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const state = isApiError(error, 'Conflict') && !force ? 'conflict' : 'failed';
    return { object, ...place, outcome: { state, message } };
  }
}

/** Deletes what an object names; false if it was not there. Throws ApiError. */
export async function deleteObjectOf(object: KubeObject, options: ApplyOptions): Promise<boolean> {
  const { resource, namespace } = await placeOf(object, options);
  try {
    await options.client.delete(at(resource, object.metadata.name ?? '', namespace), {
      propagationPolicy: 'Background',
    });
    return true;
  } catch (error) {
    if (isApiError(error, 'NotFound')) return false;
    throw error;
  }
}

interface ResourceList {
  resources?: { name: string; kind: string; namespaced: boolean }[];
}

/** Where an object belongs: kinds that are not built in are looked up in the server's discovery. */
async function placeOf(
  object: KubeObject,
  { client, namespace }: ApplyOptions,
): Promise<{ resource: Resource & { namespaced: boolean }; namespace: string | undefined }> {
  const known = resourceOfKind(object.apiVersion, object.kind);
  const resource = known ?? (await discover(client, object));
  return {
    resource,
    namespace: resource.namespaced ? (object.metadata.namespace ?? namespace) : undefined,
  };
}

async function discover(
  client: Client,
  { apiVersion, kind }: KubeObject,
): Promise<Resource & { namespaced: boolean }> {
  const { group, version } = parseApiVersion(apiVersion);
  const path = group === '' ? `/api/${version}` : `/apis/${apiVersionOf({ group, version })}`;
  const list = await client.raw<ResourceList>(path).catch((error: unknown) => {
    if (isApiError(error, 'NotFound')) return { resources: [] };
    throw error;
  });
  const found = list.resources?.find((r) => r.kind === kind && !r.name.includes('/'));
  if (found === undefined) throw new Error(`the server has no kind ${kind} in ${apiVersion}`);
  return { group, version, resource: found.name, namespaced: found.namespaced };
}
