/** Brings the EndpointSlices of a service in line with what should be in them. */
import type { KubeObject, UnknownObject } from '../../api/object.ts';
import type { EndpointSlice } from '../../api/types.ts';
import type { Client } from '../../client/client.ts';
import { at, endpointSlices } from '../../client/resources.ts';
import { sameValue } from '../kit/equality.ts';
import { tolerate } from '../kit/loop.ts';
import { controllerReference } from '../kit/ownership.ts';
import { type PortGroup, planSlices, type SliceContent } from './plan-slices.ts';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';

export interface SliceSet {
  /** The Service, or the Endpoints object that is mirrored. */
  owner: KubeObject;
  serviceName: string;
  addressType: string;
  labels: Readonly<Record<string, string>>;
  existing: readonly EndpointSlice[];
  groups: readonly PortGroup[];
}

/** `made` is told of new slices, which the cache does not show yet. Throws ApiError. */
export async function writeSlices(
  client: Client,
  set: SliceSet,
  made: (slice: EndpointSlice) => void,
): Promise<void> {
  const { owner, labels, existing, groups, addressType, serviceName } = set;
  const namespace = owner.metadata.namespace ?? '';
  const plan = planSlices(groups, existing);
  const updated = new Set(plan.update.map(({ slice }) => slice));
  const deleted = new Set(plan.delete);
  for (const slice of existing) {
    const stale = !updated.has(slice) && !deleted.has(slice) && !hasLabels(slice, labels);
    if (stale) plan.update.push({ slice, content: contentOf(slice) });
  }
  for (const content of plan.create) {
    const object: UnknownObject = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        generateName: `${serviceName}-`,
        namespace,
        labels: { ...labels },
        ownerReferences: [controllerReference(owner)],
      },
      addressType,
      ...content,
    };
    made(await client.create<EndpointSlice>({ ...endpointSlices, namespace }, object));
  }
  for (const { slice, content } of plan.update) {
    const next = {
      ...slice,
      metadata: { ...slice.metadata, labels: { ...labels } },
      ...content,
    };
    await client.update(at(endpointSlices, slice.metadata.name, namespace), next);
  }
  for (const slice of plan.delete) {
    await tolerate(client.delete(at(endpointSlices, slice.metadata.name, namespace)), 'NotFound');
  }
}

function hasLabels(slice: EndpointSlice, labels: Readonly<Record<string, string>>): boolean {
  return sameValue(slice.metadata.labels, labels);
}

function contentOf(slice: EndpointSlice): SliceContent {
  return { ports: slice.ports ?? [], endpoints: slice.endpoints ?? [] };
}
