import type { core } from '../../api/types.ts';

/**
 * A pod's quality of service class, from the requests and limits of its containers.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
 */
export function qosClassOf(spec: core.PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  let some = false;
  let guaranteed = true;
  for (const { resources } of containers) {
    const requests = resources?.requests ?? {};
    const limits = resources?.limits ?? {};
    for (const name of ['cpu', 'memory']) {
      const request = given(requests[name]);
      const limit = given(limits[name]);
      if (request !== undefined || limit !== undefined) some = true;
      if (limit === undefined || (request !== undefined && request !== limit)) guaranteed = false;
    }
  }
  if (!some) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

/** A quantity that is more than nothing. */
function given(quantity: unknown): string | undefined {
  const text = quantity === undefined ? '' : String(quantity);
  return text === '' || /^0+(\.0*)?[a-zA-Z]*$/.test(text) ? undefined : text;
}
