/** `nodes/NAME/proxy/…` where the kubelet is meant: its pages, and the logs of its containers. */
import { apiError, notFound } from '../../api/status.ts';
import type { Pod } from '../../api/types.ts';
import type { NodePages } from '../../client/node-pages.ts';
import type { PodStreams } from '../../client/pod-streams.ts';
import { readObject } from '../registry/registry.ts';
import { serveLog } from '../streaming/streaming.ts';
import type { Operations } from '../verbs/operations.ts';
import { redirectToSlash } from './proxy.ts';
import type { KubeletTarget } from './proxy-target.ts';
import type { ResourceRequest } from './request-info.ts';
import type { Reply } from './respond.ts';

export interface NodeDoor {
  readonly operations: Operations;
  readonly nodePages: NodePages | undefined;
  readonly streams: () => PodStreams | undefined;
}

/** Throws ApiError while nothing was sent. */
export async function serveNodePage(
  door: NodeDoor,
  { kubeletOf: node }: KubeletTarget,
  info: ResourceRequest,
  reply: Reply,
): Promise<void> {
  const { request, response } = reply;
  if (info.rest === '') return redirectToSlash(reply);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw apiError('MethodNotAllowed', 'the pages of a kubelet can be read only');
  }
  const [, part, namespace, name, container, ...more] = info.rest.split('/');
  if (part === 'containerLogs' && namespace && name && container && more.length === 0) {
    return containerLog(door, node, { namespace, name, container }, info, reply);
  }
  if (door.nodePages === undefined) {
    throw apiError('ServiceUnavailable', 'no node of this cluster is running yet');
  }
  const { status, contentType, body } = await door.nodePages.page(node, info.rest);
  const length = Buffer.byteLength(body);
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function containerLog(
  { operations, streams }: NodeDoor,
  node: string,
  { namespace, name, container }: { namespace: string; name: string; container: string },
  info: ResourceRequest,
  { response }: Reply,
): Promise<void> {
  const place = { namespace, name };
  const pod = (await readObject(operations.registry, '', 'v1', 'pods', place)) as unknown as
    | Pod
    | undefined;
  if (pod === undefined || pod.spec.nodeName !== node) throw notFound('', 'pods', name);
  const running = streams();
  if (running === undefined) {
    throw apiError('ServiceUnavailable', 'no node of this cluster is running yet');
  }
  const query = new URLSearchParams(info.query);
  query.set('container', container);
  await serveLog(response, { streams: running, pod: place, query });
}
