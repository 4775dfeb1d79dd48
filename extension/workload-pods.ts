/** The pods behind a workload or service, by its selector. */
import type { KubeObject } from '../runtime/api/object.ts';
import {
  formatLabelSelector,
  type LabelSelector,
  type LabelSelectorObject,
  labelSelectorOf,
  labelSelectorOfMap,
  nothing,
} from '../runtime/api/selector.ts';
import type { Pod } from '../runtime/api/types.ts';
import type { Client } from '../runtime/client/client.ts';
import { at, type KnownResource, pods } from '../runtime/client/resources.ts';

/** The selector of an object's pods: a Service has plain labels, workloads a LabelSelector. */
export function podSelectorOf(object: KubeObject): LabelSelector {
  const { selector } = (object as { spec?: { selector?: unknown } }).spec ?? {};
  if (selector === undefined || selector === null) return nothing;
  return object.kind === 'Service' || object.kind === 'ReplicationController'
    ? labelSelectorOfMap(selector as Record<string, string>)
    : labelSelectorOf(selector as LabelSelectorObject);
}

export interface Named {
  resource: KnownResource;
  namespace: string | undefined;
  name: string;
}

/**
 * The pods that an object stands for, the ones that serve first; a pod stands for itself.
 * Throws ApiError.
 */
export async function podsBehind(client: Client, target: Named): Promise<Pod[]> {
  const { resource, namespace, name } = target;
  if (resource.kind === 'Pod') return [await client.get<Pod>(at(pods, name, namespace))];
  const object = await client.get({ ...at(resource, name, namespace) });
  const selector = podSelectorOf({ ...object, kind: resource.kind });
  if (selector.nothing === true) return [];
  const list = await client.list<Pod>(
    { ...pods, ...(namespace === undefined ? {} : { namespace }) },
    { labelSelector: formatLabelSelector(selector) },
  );
  return [...list.items].sort((a, b) => rank(a) - rank(b));
}

function rank(pod: Pod): number {
  if (pod.metadata.deletionTimestamp !== undefined) return 3;
  const ready = pod.status?.conditions?.find((condition) => condition.type === 'Ready');
  return ready?.status === 'True' ? 0 : pod.status?.phase === 'Running' ? 1 : 2;
}
