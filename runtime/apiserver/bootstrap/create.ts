/** Making what every cluster has: as whom, and only where it is missing. */
import type { UnknownObject } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import { loopbackUser } from '../authentication/user.ts';
import { copyJson } from '../registry/json.ts';
import { type Call, type Registry, readObject } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';
import { createObject } from '../verbs/create.ts';

export const bootstrapCall: Call = {
  user: loopbackUser,
  fieldManager: 'kube-apiserver',
  dryRun: false,
  warn: () => {},
};

/** True if it was missing. */
export async function createIfMissing(registry: Registry, object: UnknownObject): Promise<boolean> {
  const served = servedOf(registry, object);
  const { group, version, resource } = served.kind;
  const { name = '', namespace = '' } = object.metadata;
  const exists = async () =>
    (await readObject(registry, group, version, resource, { namespace, name })) !== undefined;
  if (await exists()) return false;
  try {
    await createObject(registry, bootstrapCall, served, namespace, copyJson(object));
    return true;
  } catch (error) {
    // Another API server on the same store makes the same at the same time; a service is then refused
    // because its address is taken, not because of its name.
    if (isApiError(error) && (await exists())) return false;
    throw error;
  }
}

/** Throws if there is no such kind. */
export function servedOf(registry: Registry, object: UnknownObject): ServedResource {
  const slash = object.apiVersion.indexOf('/');
  const served = registry.served.ofKind(
    object.apiVersion.slice(0, Math.max(slash, 0)),
    object.kind,
  );
  if (served === undefined) throw new Error(`${object.apiVersion} ${object.kind} is not served`);
  return served;
}
