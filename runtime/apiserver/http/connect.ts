/** Subresources that are no documents: exec, attach, portforward and log are streams, proxy is HTTP. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { apiError } from '../../api/status.ts';
import type { Pod } from '../../api/types.ts';
import type { NodePages } from '../../client/node-pages.ts';
import type { PodKey, PodStreams } from '../../client/pod-streams.ts';
import { type Call, readObject } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';
import { logOptions } from '../streaming/logs.ts';
import {
  serveAttach,
  serveExec,
  serveLog,
  serveLogUpgrade,
  servePortForward,
} from '../streaming/streaming.ts';
import type { Operations } from '../verbs/operations.ts';
import { admitConnect } from './connect-options.ts';
import { serveNodePage } from './node-page.ts';
import { checkContainer } from './pod-container.ts';
import { proxyRequest, proxyUpgrade } from './proxy.ts';
import { type Dial, proxyTarget } from './proxy-target.ts';
import type { ResourceRequest } from './request-info.ts';
import { type Reply, setWarnings } from './respond.ts';

const connects = new Set(['exec', 'attach', 'portforward', 'log', 'proxy']);

export interface ConnectOptions {
  readonly operations: Operations;
  readonly streams: () => PodStreams | undefined;
  readonly nodePages: NodePages | undefined;
  readonly dial: Dial | undefined;
}

export class ConnectHandler {
  readonly #options: ConnectOptions;

  constructor(options: ConnectOptions) {
    this.#options = options;
  }

  isConnect(info: ResourceRequest): boolean {
    return connects.has(info.subresource);
  }

  /** The request as admission lets it through, for `serve` or `upgrade`. Throws ApiError to refuse. */
  admit(info: ResourceRequest, served: ServedResource, call: Call): Promise<ResourceRequest> {
    return admitConnect(this.#options.operations.registry, served, info, call);
  }

  /** A plain request. Throws ApiError while nothing was sent. */
  async serve(info: ResourceRequest, reply: Reply): Promise<void> {
    setWarnings(reply);
    if (info.subresource === 'proxy') {
      const { registry } = this.#options.operations;
      const target = await proxyTarget(registry, info);
      if ('kubeletOf' in target) {
        return serveNodePage(this.#options, target, info, reply);
      }
      return proxyRequest(this.#dial(), target, info, reply);
    }
    const isLog = info.subresource === 'log';
    if (info.verb !== 'get' && (isLog || info.verb !== 'create')) {
      throw apiError(
        'MethodNotAllowed',
        'the server does not allow this method on the requested resource',
        {},
      );
    }
    if (isLog) logOptions(info.query, info.name);
    const pod = await this.#pod(info);
    if (!isLog) {
      if (pod.node === '') throw withoutNode(info.name);
      throw apiError('BadRequest', 'Upgrade request required');
    }
    if (pod.node === '') {
      // Nothing has run yet, so nothing has been said.
      reply.response.writeHead(204).end();
      return;
    }
    await serveLog(reply.response, { streams: this.#streams(), pod: pod.key, query: info.query });
  }

  /** A request to change protocols. Throws ApiError while nothing was sent. */
  async upgrade(
    info: ResourceRequest,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const { registry } = this.#options.operations;
    if (info.subresource === 'proxy') {
      const target = await proxyTarget(registry, info);
      if ('kubeletOf' in target) {
        throw apiError(
          'NotFound',
          'kubelets of this cluster take no streams; ask the pod for them',
        );
      }
      return proxyUpgrade(this.#dial(), target, info, request, socket, head);
    }
    const { key: pod, node } = await this.#pod(info);
    if (node === '') throw withoutNode(pod.name);
    const { clock } = registry;
    const stream = { streams: this.#streams(), pod, query: info.query, clock };
    switch (info.subresource) {
      case 'exec':
        return serveExec(request, socket, head, stream);
      case 'attach':
        return serveAttach(request, socket, head, stream);
      case 'portforward':
        return servePortForward(request, socket, head, stream);
      default:
        return serveLogUpgrade(request, socket, head, stream);
    }
  }

  /** The pod, which must be there, and the node that it is on, if any. */
  async #pod(info: ResourceRequest): Promise<{ key: PodKey; node: string }> {
    const { namespace, name } = info;
    if (info.group !== '' || info.resource !== 'pods') {
      throw apiError('NotFound', 'the server could not find the requested resource', {});
    }
    const { registry } = this.#options.operations;
    const place = { namespace, name };
    const pod = (await readObject(registry, '', 'v1', 'pods', place)) as unknown as Pod | undefined;
    if (pod === undefined) {
      throw apiError('NotFound', `pods "${name}" not found`, { name, kind: 'pods' });
    }
    if (info.subresource !== 'portforward') {
      checkContainer(pod, info.query.get('container') ?? '');
    }
    return { key: place, node: pod.spec.nodeName ?? '' };
  }

  #streams(): PodStreams {
    const streams = this.#options.streams();
    if (streams === undefined) {
      throw apiError('ServiceUnavailable', 'no node of this cluster is running yet');
    }
    return streams;
  }

  #dial(): Dial {
    const { dial } = this.#options;
    if (dial === undefined) {
      throw apiError('ServiceUnavailable', 'this server has no way to reach pods');
    }
    return dial;
  }
}

function withoutNode(pod: string) {
  return apiError('BadRequest', `pod ${pod} does not have a host assigned`);
}
