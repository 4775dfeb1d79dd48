/** What a node may do to pods: announce the static ones it runs, end and report those bound to it. */

import { referencesOf } from '../../../api/pod-references.ts';
import { notFound } from '../../../api/status.ts';
import type { Node, Pod } from '../../../api/types.ts';
import { sameJson } from '../../registry/json.ts';
import { type Registry, readObject } from '../../registry/registry.ts';
import type { Attributes } from '../admission.ts';
import { refuse } from './refuse.ts';

const mirrorAnnotation = 'kubernetes.io/config.mirror';

/** Throws Forbidden. */
export async function restrictPod(
  node: string,
  attributes: Attributes,
  registry: Registry,
): Promise<void> {
  const { operation, subresource, previous } = attributes;
  if (subresource === 'status') return restrictStatus(node, attributes);
  if (subresource === 'eviction') return restrictEviction(node, attributes, registry);
  if (subresource !== '') {
    const why = `unexpected pod subresource "${subresource}", only 'status' and 'eviction' are allowed`;
    throw refuse(attributes, why);
  }
  if (operation === 'CREATE') return restrictCreation(node, attributes, registry);
  if (operation !== 'DELETE') {
    const why = `unexpected operation "${operation}", node "${node}" can only create and delete mirror pods`;
    throw refuse(attributes, why);
  }
  if (nodeOf(previous) === node) return;
  const why = `node "${node}" can only delete pods with spec.nodeName set to itself`;
  throw refuse(attributes, why);
}

function nodeOf(pod: object | undefined): string | undefined {
  return (pod as Pod | undefined)?.spec.nodeName;
}

async function restrictCreation(
  node: string,
  attributes: Attributes,
  registry: Registry,
): Promise<void> {
  const pod = attributes.object as unknown as Pod;
  if (pod.metadata.annotations?.[mirrorAnnotation] === undefined) {
    const why = `pod does not have "${mirrorAnnotation}" annotation, node "${node}" can only create mirror pods`;
    throw refuse(attributes, why);
  }
  if (pod.spec.nodeName !== node) {
    const why = `node "${node}" can only create pods with spec.nodeName set to itself`;
    throw refuse(attributes, why);
  }
  await restrictOwner(node, attributes, registry);
  const what = referenceOf(pod);
  if (what === undefined) return;
  throw refuse(attributes, `node "${node}" can not create pods that reference ${what}`);
}

async function restrictOwner(
  node: string,
  attributes: Attributes,
  registry: Registry,
): Promise<void> {
  const [owner, ...others] = attributes.object?.metadata.ownerReferences ?? [];
  const must = (held: boolean, why: string) => {
    if (!held) throw refuse(attributes, `node "${node}" ${why}`);
  };
  must(others.length === 0, 'can only create pods with a single owner reference set to itself');
  must(
    owner?.apiVersion === 'v1' && owner.kind === 'Node' && owner.name === node,
    'can only create pods with an owner reference set to itself',
  );
  must(
    owner?.controller === true,
    'can only create pods with a controller owner reference set to itself',
  );
  must(owner?.blockOwnerDeletion !== true, 'must not set blockOwnerDeletion on an owner reference');
  const place = { namespace: '', name: node };
  const found = (await readObject(registry, '', 'v1', 'nodes', place)) as Node | undefined;
  if (found === undefined) throw notFound('', 'nodes', node);
  const { uid } = found.metadata;
  if (owner?.uid === uid) return;
  throw refuse(attributes, `node ${node} UID mismatch: expected ${owner?.uid} got ${uid}`);
}

/** What of the API a pod needs besides itself; static pods may need nothing. */
function referenceOf(pod: Pod): string | undefined {
  const named = referencesOf(pod);
  if (pod.spec.serviceAccountName) return 'a service account';
  if (named.secrets.size > 0) return 'secrets';
  if (named.configMaps.size > 0) return 'configmaps';
  if (named.claims.size > 0) return 'persistentvolumeclaims';
  if ((pod.spec as { resourceClaims?: unknown[] }).resourceClaims?.length) return 'resourceclaims';
  return undefined;
}

function restrictStatus(node: string, attributes: Attributes): void {
  const { operation, object, previous } = attributes;
  if (operation !== 'UPDATE') throw refuse(attributes, `unexpected operation "${operation}"`);
  if (nodeOf(previous) !== node) {
    const why = `node "${node}" can only update pod status for pods with spec.nodeName set to itself`;
    throw refuse(attributes, why);
  }
  if (!sameJson(object?.metadata.labels ?? {}, previous?.metadata.labels ?? {})) {
    throw refuse(attributes, `node "${node}" cannot update labels through pod status`);
  }
}

async function restrictEviction(
  node: string,
  attributes: Attributes,
  registry: Registry,
): Promise<void> {
  const { operation, place } = attributes;
  if (operation !== 'CREATE') throw refuse(attributes, `unexpected operation ${operation}`);
  const pod = await readObject(registry, '', 'v1', 'pods', place);
  if (pod === undefined) throw notFound('', 'pods', place.name);
  if (nodeOf(pod) === node) return;
  throw refuse(attributes, `node ${node} can only evict pods with spec.nodeName set to itself`);
}
