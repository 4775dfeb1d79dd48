/** Hands logs, exec, attach and port-forward on to the kubelet of the node that the pod runs on, and pages to the node's own. */

import { apiError, notFound } from '../api/status.ts';
import type { Pod } from '../api/types.ts';
import type { NodePages } from '../client/node-pages.ts';
import type { PodKey, PodStreams } from '../client/pod-streams.ts';
import type { Kubelet } from '../kubelet/kubelet.ts';

export interface StreamRouter extends PodStreams, NodePages {
  /** Tells where pods are, and adds a node's kubelet. */
  connect(findPod: (key: PodKey) => Pod | undefined): void;
  addNode(name: string, kubelet: Pick<Kubelet, 'streams' | 'page'>): void;
}

/** The API server needs its streams before there is a kubelet, so nodes are added afterwards. */
export function createStreamRouter(): StreamRouter {
  const nodes = new Map<string, Pick<Kubelet, 'streams' | 'page'>>();
  const kubeletOf = (node: string) => {
    const kubelet = nodes.get(node);
    if (kubelet !== undefined) return kubelet;
    throw apiError('ServiceUnavailable', `the kubelet of node ${node} does not answer`);
  };
  let findPod: (key: PodKey) => Pod | undefined = () => undefined;
  const route = (key: PodKey): PodStreams => {
    const pod = findPod(key);
    if (pod === undefined) throw notFound('', 'pods', key.name);
    const node = pod.spec.nodeName;
    if (node === undefined || node === '') {
      throw apiError('BadRequest', `pod ${key.name} does not have a host assigned`);
    }
    return kubeletOf(node).streams;
  };
  return {
    connect: (find) => {
      findPod = find;
    },
    addNode: (name, kubelet) => {
      nodes.set(name, kubelet);
    },
    page: async (node, path) => kubeletOf(node).page(path),
    logs: async (key, options) => route(key).logs(key, options),
    exec: async (key, options) => route(key).exec(key, options),
    attach: async (key, options) => route(key).attach(key, options),
    portForward: async (key, port) => route(key).portForward(key, port),
  };
}
