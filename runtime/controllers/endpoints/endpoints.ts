/**
 * Endpoints: the older form of EndpointSlices, one object a service, still read by many.
 * https://kubernetes.io/docs/concepts/services-networking/service/#endpoints
 */
import type { UnknownObject } from '../../api/object.ts';
import type { core, Endpoints, Service } from '../../api/types.ts';
import { at, endpoints, keyOf, splitKey } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { sameValue } from '../kit/equality.ts';
import { createLoop, tolerate } from '../kit/loop.ts';
import {
  familiesOf,
  hasEndpoints,
  isHeadless,
  type Member,
  podReference,
  portsKey,
} from './members.ts';
import { followSources } from './services.ts';

/** More addresses are not written; EndpointSlices have them all. */
const maxAddresses = 1000;
const overCapacity = 'endpoints.kubernetes.io/over-capacity';

/** Starts the controller. */
export function runEndpoints(context: ControllerContext): void {
  const { client, informers } = context;
  const loop = createLoop(context, 'endpoints');
  const { services, synced, membersOf } = followSources(informers, loop.queue);
  const existing = informers.for<Endpoints>(endpoints);
  existing.subscribe({ deleted: (object) => loop.queue.add(keyOf(object)) });
  loop.start([...synced, existing], async (key) => {
    const { name, namespace } = splitKey(key);
    const service = services.get(name, namespace);
    const current = existing.get(name, namespace);
    if (service === undefined) {
      if (current === undefined) return;
      await tolerate(client.delete(at(endpoints, name, namespace)), 'NotFound');
      return;
    }
    if (!hasEndpoints(service)) return;
    const [family = 'IPv4'] = familiesOf(service);
    const next = toEndpoints(service, membersOf(service, family), current);
    if (current === undefined) {
      // AlreadyExists: made a moment ago and not in the cache yet; the retry will see it.
      await client.create({ ...endpoints, namespace }, next);
      return;
    }
    const same =
      sameValue(current.subsets, next.subsets) &&
      sameValue(current.metadata.labels, next.metadata.labels) &&
      sameValue(current.metadata.annotations, next.metadata.annotations);
    if (!same) await client.update(at(endpoints, name, namespace), next);
  });
}

function toEndpoints(
  service: Service,
  members: readonly Member[],
  current: Endpoints | undefined,
): UnknownObject {
  const { publishNotReadyAddresses } = service.spec;
  const listed = members.filter((member) => publishNotReadyAddresses || !member.terminating);
  const { [overCapacity]: _, ...annotations } = current?.metadata.annotations ?? {};
  const truncated = listed.length > maxAddresses;
  const { name, namespace, labels } = service.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      ...current?.metadata,
      name,
      namespace,
      labels: {
        ...labels,
        ...(isHeadless(service) ? { 'service.kubernetes.io/headless': '' } : {}),
      },
      annotations: truncated ? { ...annotations, [overCapacity]: 'truncated' } : annotations,
    },
    subsets: toSubsets(truncated ? keepReadyFirst(listed) : listed),
  };
}

function keepReadyFirst(members: readonly Member[]): Member[] {
  return [...members].sort((a, b) => Number(b.ready) - Number(a.ready)).slice(0, maxAddresses);
}

/** One subset for each list of ports. Members without ports matter to headless services only. */
function toSubsets(members: readonly Member[]): core.EndpointSubset[] {
  const groups = new Map<string, Member[]>();
  for (const member of members) {
    const key = portsKey(member.ports);
    groups.set(key, [...(groups.get(key) ?? []), member]);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => {
      const sorted = [...group].sort((a, b) => (a.address < b.address ? -1 : 1));
      const addresses = sorted.filter((member) => member.ready).map(toAddress);
      const notReady = sorted.filter((member) => !member.ready).map(toAddress);
      const ports = (group[0]?.ports ?? []).map(({ name, port, protocol, appProtocol }) => ({
        ...(name ? { name } : {}),
        port: port ?? 0,
        protocol,
        ...(appProtocol === undefined ? {} : { appProtocol }),
      }));
      return {
        ...(addresses.length > 0 ? { addresses } : {}),
        ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
        ...(ports.length > 0 ? { ports } : {}),
      };
    });
}

function toAddress({ address, hostname, nodeName, pod }: Member): core.EndpointAddress {
  return {
    ip: address,
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: podReference(pod),
  };
}
