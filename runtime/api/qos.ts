import type { WholePodSpec } from './pod-totals.ts';
import { compare, parseQuantity, type Quantity } from './quantity.ts';

/**
 * A pod's quality of service class, from what its containers request and are limited to, or from what
 * the pod as a whole is.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
 */
export function qosClassOf(spec: WholePodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const whole = Object.keys({ ...spec.resources?.requests, ...spec.resources?.limits }).length > 0;
  const holders = whole ? [spec] : [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  let some = false;
  let guaranteed = true;
  for (const { resources } of holders) {
    for (const name of ['cpu', 'memory']) {
      const request = given(resources?.requests?.[name]);
      const limit = given(resources?.limits?.[name]);
      if (request !== undefined || limit !== undefined) some = true;
      if (limit === undefined || (request !== undefined && compare(request, limit) !== 0)) {
        guaranteed = false;
      }
    }
  }
  if (!some) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

/** A quantity that is more than nothing. */
function given(text: string | undefined): Quantity | undefined {
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity === undefined || quantity.nano <= 0n ? undefined : quantity;
}
