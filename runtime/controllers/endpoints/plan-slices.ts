/**
 * Lays endpoints out over EndpointSlices of at most 100 with as few writes as can be: an endpoint
 * stays in the slice where it is, gaps are filled before a slice is made, and empty slices go (but
 * one stays, to say that there is nothing). Pure.
 */
import type { discovery, EndpointSlice } from '../../api/types.ts';
import { sameValue } from '../kit/equality.ts';
import { portsKey } from './members.ts';

export const sliceSize = 100;

/** Endpoints with the same ports. */
export interface PortGroup {
  ports: readonly discovery.EndpointPort[];
  endpoints: readonly discovery.Endpoint[];
}

export interface SliceContent {
  ports: readonly discovery.EndpointPort[];
  endpoints: readonly discovery.Endpoint[];
}

export interface SlicePlan {
  create: SliceContent[];
  update: { slice: EndpointSlice; content: SliceContent }[];
  delete: EndpointSlice[];
}

/** `groups` may be empty; then one slice without endpoints is left or made. */
export function planSlices(
  groups: readonly PortGroup[],
  existing: readonly EndpointSlice[],
): SlicePlan {
  const plan: SlicePlan = { create: [], update: [], delete: [] };
  const byPorts = new Map<string, EndpointSlice[]>();
  for (const slice of existing) {
    const key = portsKey(slice.ports ?? []);
    byPorts.set(key, [...(byPorts.get(key) ?? []), slice]);
  }
  const wanted = groups.length > 0 ? groups : [placeholder(existing)];
  for (const group of wanted) {
    const key = portsKey(group.ports);
    planGroup(group, byPorts.get(key) ?? [], plan);
    byPorts.delete(key);
  }
  for (const slices of byPorts.values()) plan.delete.push(...slices);
  return plan;
}

/** Nothing to serve: an empty slice, one of those that are there if possible. */
function placeholder(existing: readonly EndpointSlice[]): PortGroup {
  return { ports: existing[0]?.ports ?? [], endpoints: [] };
}

function planGroup(group: PortGroup, slices: readonly EndpointSlice[], plan: SlicePlan): void {
  const { ports } = group;
  const open = new Map(group.endpoints.map((endpoint) => [identity(endpoint), endpoint]));
  const contents = slices.map((slice) => {
    const endpoints = (slice.endpoints ?? []).flatMap((endpoint) => {
      const key = identity(endpoint);
      const next = open.get(key);
      open.delete(key);
      return next === undefined ? [] : [next];
    });
    return { slice, endpoints };
  });
  const rest = [...open.values()];
  for (const content of contents) {
    content.endpoints.push(...rest.splice(0, sliceSize - content.endpoints.length));
  }
  const empty = contents.filter(({ endpoints }) => endpoints.length === 0);
  const kept = contents.filter(({ endpoints }) => endpoints.length > 0);
  const first = empty.shift();
  if (kept.length === 0 && first !== undefined) kept.push(first);
  else if (first !== undefined) empty.push(first);
  plan.delete.push(...empty.map(({ slice }) => slice));
  for (const { slice, endpoints } of kept) {
    if (!sameValue(slice.endpoints ?? [], endpoints)) {
      plan.update.push({ slice, content: { ports, endpoints } });
    }
  }
  while (rest.length > 0) {
    plan.create.push({ ports, endpoints: rest.splice(0, sliceSize) });
  }
  if (slices.length === 0 && group.endpoints.length === 0) {
    plan.create.push({ ports, endpoints: [] });
  }
}

function identity(endpoint: discovery.Endpoint): string {
  return `${endpoint.addresses.join(',')}\n${endpoint.targetRef?.uid ?? ''}`;
}
