/** Where an address had one field first and a list of them later, each is filled from the other. */
import type { UnknownObject } from '../../api/object.ts';

type Fields = Record<string, unknown>;

/** A node's range of pod addresses: what is given first stands for all, as in conversion.go of core/v1. */
export function fillPodCidrs(object: UnknownObject): void {
  const spec = fieldsOf(object.spec);
  if (spec === undefined) return;
  const { podCIDR, podCIDRs } = spec;
  const [first] = Array.isArray(podCIDRs) ? (podCIDRs as unknown[]) : [];
  if (first === undefined && isText(podCIDR)) spec.podCIDRs = [podCIDR];
  else if (isText(first) && !isText(podCIDR)) spec.podCIDR = first;
}

/** A pod's addresses; the single one holds where the two differ, as older kubelets know no other. */
export function fillPodIps(object: UnknownObject): void {
  const status = fieldsOf(object.status);
  if (status === undefined) return;
  const { podIP, podIPs } = status;
  const [first] = Array.isArray(podIPs) ? (podIPs as (Fields | null)[]) : [];
  if (!isText(podIP)) {
    if (isText(first?.ip)) status.podIP = first.ip;
  } else if (first?.ip !== podIP) {
    status.podIPs = [{ ip: podIP }];
  }
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
