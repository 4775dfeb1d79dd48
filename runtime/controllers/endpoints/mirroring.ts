/**
 * Copies Endpoints that people write themselves, for services without a selector, into
 * EndpointSlices, which is all that the service proxy reads.
 */
import type { discovery, Endpoints } from '../../api/types.ts';
import { endpoints, keyOf, splitKey } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { createLoop } from '../kit/loop.ts';
import { Unseen } from '../kit/unseen.ts';
import { sliceInformer } from './endpointslice.ts';
import type { PortGroup } from './plan-slices.ts';
import { serviceInformer } from './services.ts';
import { managedByLabel, serviceNameLabel, writeSlices } from './slice-writer.ts';

const manager = 'endpointslicemirroring-controller.k8s.io';

/** Starts the controller. */
export function runEndpointSliceMirroring(context: ControllerContext): void {
  const { client, informers } = context;
  const loop = createLoop(context, 'endpointslice-mirroring');
  const services = serviceInformer(informers);
  const sources = informers.for<Endpoints>(endpoints);
  const slices = sliceInformer(informers);
  const unseen = new Unseen(context.clock);
  const enqueue = (object: { metadata: { name: string; namespace?: string } }) =>
    loop.queue.add(keyOf(object));
  sources.subscribe({ added: enqueue, updated: enqueue });
  services.subscribe({ added: enqueue, updated: enqueue });
  slices.subscribe({
    added: ({ metadata }) => {
      const name = metadata.labels?.[serviceNameLabel];
      if (name !== undefined && metadata.labels?.[managedByLabel] === manager) {
        enqueue({ metadata: { name, namespace: metadata.namespace } });
      }
    },
  });
  loop.start([services, sources, slices], async (key) => {
    const { name, namespace } = splitKey(key);
    const service = services.get(name, namespace);
    const source = sources.get(name, namespace);
    if (service === undefined || source === undefined) return;
    const hasSelector = Object.keys(service.spec.selector ?? {}).length > 0;
    const wanted =
      !hasSelector &&
      source.metadata.deletionTimestamp === undefined &&
      source.metadata.labels?.['endpointslice.kubernetes.io/skip-mirror'] !== 'true' &&
      source.metadata.annotations?.['control-plane.alpha.kubernetes.io/leader'] === undefined;
    if (!wanted) return;
    if (unseen.pending(key, slices.byIndex('service', key))) return loop.queue.addAfter(key, 1_000);
    const ours = slices
      .byIndex('service', key)
      .filter((slice) => slice.metadata.labels?.[managedByLabel] === manager);
    for (const family of ['IPv4', 'IPv6'] as const) {
      const groups = groupsOf(source, family === 'IPv6');
      const existing = ours.filter((slice) => slice.addressType === family);
      if (groups.length === 0 && existing.length === 0) continue;
      await writeSlices(
        client,
        {
          owner: source,
          serviceName: name,
          addressType: family,
          labels: {
            ...source.metadata.labels,
            [serviceNameLabel]: name,
            [managedByLabel]: manager,
          },
          existing,
          groups,
        },
        (slice) => unseen.made(key, slice.metadata.uid),
      );
    }
  });
}

function groupsOf(source: Endpoints, sixth: boolean): PortGroup[] {
  return (source.subsets ?? []).flatMap((subset) => {
    const endpointsOf = (
      addresses: typeof subset.addresses,
      ready: boolean,
    ): discovery.Endpoint[] =>
      (addresses ?? [])
        .filter(({ ip }) => ip.includes(':') === sixth)
        .map(({ ip, hostname, nodeName, targetRef }) => ({
          addresses: [ip],
          conditions: { ready },
          ...(hostname === undefined ? {} : { hostname }),
          ...(nodeName === undefined ? {} : { nodeName }),
          ...(targetRef === undefined ? {} : { targetRef }),
        }));
    const all = [
      ...endpointsOf(subset.addresses, true),
      ...endpointsOf(subset.notReadyAddresses, false),
    ];
    if (all.length === 0) return [];
    const ports = (subset.ports ?? []).map(
      ({ name = '', port, protocol = 'TCP', appProtocol }) => ({
        name,
        port,
        protocol,
        ...(appProtocol === undefined ? {} : { appProtocol }),
      }),
    );
    return [{ ports, endpoints: all }];
  });
}
