/** Following services and the pods behind them. */
import type { Node, Pod, Service } from '../../api/types.ts';
import type { Informer, Informers } from '../../client/informer.ts';
import { keyOf, nodes as nodeResource, services } from '../../client/resources.ts';
import type { WorkQueue } from '../../client/work-queue.ts';
import { sameValue } from '../kit/equality.ts';
import { podInformer } from '../kit/pods.ts';
import { type IpFamily, type Member, memberOf } from './members.ts';

/** What endpoints are made from. */
export interface Sources {
  readonly services: Informer<Service>;
  readonly synced: readonly Pick<Informer<never>, 'synced'>[];
  /** The pods behind a service that have an address of the family. */
  membersOf(service: Service, family: IpFamily): Member[];
}

/** Has the keys of services in the queue whenever they or their pods change. */
export function followSources(informers: Informers, queue: WorkQueue): Sources {
  const serviceSource = serviceInformer(informers);
  const pods = podInformer(informers);
  const nodes = informers.for<Node>(nodeResource);
  followServices(serviceSource, pods, queue);
  return {
    services: serviceSource,
    synced: [serviceSource, pods, nodes],
    membersOf: (service, family) =>
      podsOf(pods, service).flatMap(
        (pod) => memberOf(service, pod, family, (node) => nodes.get(node)) ?? [],
      ),
  };
}

export function serviceInformer(informers: Informers): Informer<Service> {
  return informers.for<Service>(services);
}

export function selects(service: Service, labels: Readonly<Record<string, string>> = {}): boolean {
  const wanted = Object.entries(service.spec.selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

function podsOf(pods: Informer<Pod>, service: Service): Pod[] {
  return pods
    .list(service.metadata.namespace)
    .filter((pod) => selects(service, pod.metadata.labels));
}

/** Adds the keys of services to the queue whenever they or their pods change. */
function followServices(
  serviceInformer: Informer<Service>,
  pods: Informer<Pod>,
  queue: WorkQueue,
): void {
  const enqueue = (service: Service) => queue.add(keyOf(service));
  serviceInformer.subscribe({ added: enqueue, updated: enqueue, deleted: enqueue });
  const enqueueBehind = (pod: Pod, labels = pod.metadata.labels) => {
    for (const service of serviceInformer.list(pod.metadata.namespace)) {
      if (selects(service, labels)) enqueue(service);
    }
  };
  pods.subscribe({
    added: (pod) => enqueueBehind(pod),
    updated: (pod, previous) => {
      if (!endpointChanged(pod, previous)) return;
      enqueueBehind(pod);
      if (!sameValue(pod.metadata.labels, previous.metadata.labels)) {
        enqueueBehind(pod, previous.metadata.labels);
      }
    },
    deleted: (pod) => enqueueBehind(pod),
  });
}

/** Most updates of a pod say nothing about how to reach it. */
function endpointChanged(pod: Pod, previous: Pod): boolean {
  const facts = ({ metadata, spec, status }: Pod) => [
    metadata.labels,
    metadata.deletionTimestamp,
    spec.nodeName,
    spec.hostname,
    spec.subdomain,
    status?.phase,
    status?.podIP,
    status?.podIPs,
    status?.conditions?.find((condition) => condition.type === 'Ready')?.status,
  ];
  return !sameValue(facts(pod), facts(previous));
}
