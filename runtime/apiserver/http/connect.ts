/** Subresources that are streams or proxies: exec, attach, portforward, log, proxy. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { apiError } from '../../api/status.ts';
import type { PodStreams } from '../../client/pod-streams.ts';
import type { User } from '../authentication/user.ts';
import type { ServedResource } from '../registry/served.ts';
import type { ResourceRequest } from './request-info.ts';
import type { Reply } from './respond.ts';

const streams = new Set(['exec', 'attach', 'portforward', 'log', 'proxy']);

export interface ConnectOptions {
  readonly streams: () => PodStreams | undefined;
  readonly dial: ((address: string, port: number) => Promise<Duplex>) | undefined;
}

export class ConnectHandler {
  readonly #options: ConnectOptions;

  constructor(options: ConnectOptions) {
    this.#options = options;
  }

  isConnect(info: ResourceRequest): boolean {
    return streams.has(info.subresource);
  }

  async serve(_served: ServedResource, _info: ResourceRequest, _reply: Reply): Promise<void> {
    void this.#options;
    throw apiError('ServiceUnavailable', 'no streams');
  }

  async upgrade(
    _served: ServedResource,
    _info: ResourceRequest,
    _user: User,
    _request: IncomingMessage,
    _socket: Duplex,
    _head: Buffer,
  ): Promise<void> {
    throw apiError('ServiceUnavailable', 'no streams');
  }
}
