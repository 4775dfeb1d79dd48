/** For whom a node may ask for tokens: pods that are bound to it, and audiences that they name. */
import { notFound } from '../../../api/status.ts';
import type { authentication, Pod } from '../../../api/types.ts';
import { type Registry, readObject } from '../../registry/registry.ts';
import type { Attributes } from '../admission.ts';
import type { Authorizes } from '../dynamic/variables.ts';
import { refuse } from './refuse.ts';

/** Throws Forbidden, NotFound (of the pod). */
export async function restrictToken(
  node: string,
  attributes: Attributes,
  registry: Registry,
  authorizer: Authorizes,
): Promise<void> {
  const { operation, subresource, place, object } = attributes;
  if (operation !== 'CREATE' || subresource !== 'token') return;
  const { spec } = object as unknown as { spec?: Partial<authentication.TokenRequestSpec> };
  const reference = spec?.boundObjectRef;
  if (reference?.apiVersion !== 'v1' || reference.kind !== 'Pod' || !reference.name) {
    throw refuse(attributes, 'node requested token not bound to a pod');
  }
  if (!reference.uid) {
    throw refuse(attributes, 'node requested token with a pod binding without a uid');
  }
  const at = { namespace: place.namespace, name: reference.name };
  const pod = (await readObject(registry, '', 'v1', 'pods', at)) as unknown as Pod | undefined;
  if (pod === undefined) throw notFound('', 'pods', reference.name);
  if (pod.metadata.uid !== reference.uid) {
    const why = `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw refuse(attributes, why);
  }
  if (pod.spec.nodeName !== node) {
    throw refuse(attributes, 'node requested token bound to a pod scheduled on a different node');
  }
  await restrictAudience(attributes, registry, authorizer, pod, spec?.audiences ?? []);
}

async function restrictAudience(
  attributes: Attributes,
  registry: Registry,
  authorizer: Authorizes,
  pod: Pod,
  audiences: readonly string[],
): Promise<void> {
  if (audiences.length > 1) throw refuse(attributes, 'node may only request 0 or 1 audiences');
  const [audience = ''] = audiences;
  if ((await audiencesOf(pod, registry)).has(audience)) return;
  const { allowed } = authorizer.authorize(attributes.call.user, {
    type: 'resource',
    verb: 'request-serviceaccounts-token-audience',
    ...{ group: '', version: 'v1', resource: audience, subresource: '' },
    namespace: attributes.place.namespace,
    name: attributes.place.name,
  });
  if (!allowed) throw refuse(attributes, `audience "${audience}" not found in pod spec volume`);
}

/** Of the pod's volumes; the empty one is the API server's own. */
async function audiencesOf(pod: Pod, registry: Registry): Promise<Set<string>> {
  const found = new Set<string>();
  for (const { projected, csi } of pod.spec.volumes ?? []) {
    for (const { serviceAccountToken } of projected?.sources ?? []) {
      if (serviceAccountToken) found.add(serviceAccountToken.audience ?? '');
    }
    if (csi === undefined) continue;
    const at = { namespace: '', name: csi.driver };
    const driver = await readObject(registry, 'storage.k8s.io', 'v1', 'csidrivers', at);
    const { tokenRequests = [] } = (driver?.spec ?? {}) as {
      tokenRequests?: readonly { audience: string }[];
    };
    for (const request of tokenRequests) found.add(request.audience);
  }
  return found;
}
