import type { Node, Pod } from '../../api/types.ts';
import type { AdmissionPlugin } from './admission.ts';

const copied = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** A pod that is bound to a node learns where that is, from the node's labels. */
export const podTopologyLabels: AdmissionPlugin = {
  name: 'PodTopologyLabels',
  mutate({ served, subresource, object }, registry) {
    if (object === undefined || subresource !== 'binding') return;
    if (served.kind.group !== '' || served.kind.kind !== 'Pod') return;
    const pod = object as unknown as Pod;
    const cache = registry.cache.resource('core/nodes');
    const node = cache.get(`${cache.prefix}${pod.spec.nodeName ?? ''}`)?.object as Node | undefined;
    for (const name of copied) {
      const value = node?.metadata.labels?.[name];
      if (value !== undefined) pod.metadata.labels = { ...pod.metadata.labels, [name]: value };
    }
  },
};
