/**
 * EndpointSlices: what a service's traffic goes to, in pieces small enough to be sent around.
 * https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
 */
import type { discovery, EndpointSlice, Service } from '../../api/types.ts';
import { endpointSlices, keyOf, splitKey } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { createLoop } from '../kit/loop.ts';
import { Unseen } from '../kit/unseen.ts';
import {
  familiesOf,
  hasEndpoints,
  isHeadless,
  type Member,
  podReference,
  portsKey,
} from './members.ts';
import type { PortGroup } from './plan-slices.ts';
import { followSources } from './services.ts';
import { managedByLabel, serviceNameLabel, writeSlices } from './slice-writer.ts';

const manager = 'endpointslice-controller.k8s.io';

/** Starts the controller. */
export function runEndpointSlices(context: ControllerContext): void {
  const { client, informers } = context;
  const loop = createLoop(context, 'endpointslice');
  const { services, synced, membersOf } = followSources(informers, loop.queue);
  const slices = sliceInformer(informers);
  const unseen = new Unseen(context.clock);
  const enqueueService = (slice: EndpointSlice) => {
    const service = slice.metadata.labels?.[serviceNameLabel];
    if (service === undefined || slice.metadata.labels?.[managedByLabel] !== manager) return;
    loop.queue.add(keyOf({ metadata: { name: service, namespace: slice.metadata.namespace } }));
  };
  slices.subscribe({
    added: enqueueService,
    updated: enqueueService,
    deleted: enqueueService,
  });
  loop.start([...synced, slices], async (key) => {
    const { name, namespace } = splitKey(key);
    const service = services.get(name, namespace);
    // The slices of a service that is gone go with it: it owns them.
    if (service === undefined || !hasEndpoints(service)) return;
    if (service.metadata.deletionTimestamp !== undefined) return;
    if (unseen.pending(key, slices.byIndex('service', key))) return loop.queue.addAfter(key, 1_000);
    const ours = slices
      .byIndex('service', key)
      .filter((slice) => slice.metadata.labels?.[managedByLabel] === manager);
    for (const family of familiesOf(service)) {
      await writeSlices(
        client,
        {
          owner: service,
          serviceName: name,
          addressType: family,
          labels: labelsFor(service),
          existing: ours.filter((slice) => slice.addressType === family),
          groups: groupByPorts(membersOf(service, family)),
        },
        (slice) => unseen.made(key, slice.metadata.uid),
      );
    }
  });
}

export function sliceInformer(informers: ControllerContext['informers']) {
  return informers.for<EndpointSlice>(endpointSlices, {
    indexes: {
      service: ({ metadata }) => [
        `${metadata.namespace}/${metadata.labels?.[serviceNameLabel] ?? ''}`,
      ],
    },
  });
}

function labelsFor(service: Service): Record<string, string> {
  return {
    ...service.metadata.labels,
    ...(isHeadless(service) ? { 'service.kubernetes.io/headless': '' } : {}),
    [serviceNameLabel]: service.metadata.name,
    [managedByLabel]: manager,
  };
}

function groupByPorts(members: readonly Member[]): PortGroup[] {
  const groups = new Map<string, { ports: readonly discovery.EndpointPort[]; members: Member[] }>();
  for (const member of members) {
    const key = portsKey(member.ports);
    const group = groups.get(key) ?? { ports: member.ports, members: [] };
    group.members.push(member);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ ports, members: group }) => ({
    ports,
    endpoints: group.map(toEndpoint),
  }));
}

function toEndpoint(member: Member): discovery.Endpoint {
  const { address, ready, serving, terminating, hostname, nodeName, zone, pod } = member;
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: podReference(pod),
    ...(zone === undefined ? {} : { zone }),
  };
}
