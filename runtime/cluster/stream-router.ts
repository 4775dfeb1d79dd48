/** Hands logs, exec, attach and port-forward on to the kubelet of the node that the pod runs on. */

import { apiError, notFound } from '../api/status.ts';
import type { Pod } from '../api/types.ts';
import type { PodKey, PodStreams } from '../client/pod-streams.ts';

export interface StreamRouter extends PodStreams {
  /** Tells where pods are, and adds a node's kubelet. */
  connect(findPod: (key: PodKey) => Pod | undefined): void;
  addNode(name: string, streams: PodStreams): void;
}

/** The API server needs its streams before there is a kubelet, so nodes are added afterwards. */
export function createStreamRouter(): StreamRouter {
  const nodes = new Map<string, PodStreams>();
  let findPod: (key: PodKey) => Pod | undefined = () => undefined;
  const route = (key: PodKey): PodStreams => {
    const pod = findPod(key);
    if (pod === undefined) throw notFound('', 'pods', key.name);
    const node = pod.spec.nodeName;
    if (node === undefined || node === '') {
      throw apiError('BadRequest', `pod ${key.name} does not have a host assigned`);
    }
    const streams = nodes.get(node);
    if (streams === undefined) {
      throw apiError('ServiceUnavailable', `the kubelet of node ${node} does not answer`);
    }
    return streams;
  };
  return {
    connect: (find) => {
      findPod = find;
    },
    addNode: (name, streams) => {
      nodes.set(name, streams);
    },
    logs: async (key, options) => route(key).logs(key, options),
    exec: async (key, options) => route(key).exec(key, options),
    attach: async (key, options) => route(key).attach(key, options),
    portForward: async (key, port) => route(key).portForward(key, port),
  };
}
