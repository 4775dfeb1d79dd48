/**
 * The HTTP side: who is it, may they, what do they want, and back with an answer.
 *
 *   request ── authenticate ── impersonate ── authorize ──┬── resource ── resource-handler.ts
 *                                                         └── path ────── paths.ts
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { apiError } from '../../api/status.ts';
import { authenticate } from '../authentication/authenticate.ts';
import { impersonated } from '../authentication/impersonate.ts';
import type { User } from '../authentication/user.ts';
import { refusal } from '../authorization/attributes.ts';
import type { Operations } from '../verbs/operations.ts';
import type { ConnectHandler } from './connect.ts';
import type { Metrics } from './metrics.ts';
import type { Paths } from './paths.ts';
import { actionOf, parseRequest, type RequestInfo } from './request-info.ts';
import type { ResourceHandler } from './resource-handler.ts';
import { type Reply, sendError, statusOf } from './respond.ts';

export interface Admitted {
  readonly info: RequestInfo;
  readonly user: User;
}

export class Frontend {
  readonly #operations: Operations;
  readonly #resources: ResourceHandler;
  readonly #paths: Paths;
  readonly #metrics: Metrics;
  readonly #log: (message: string) => void;

  constructor(options: {
    operations: Operations;
    resources: ResourceHandler;
    paths: Paths;
    metrics: Metrics;
    log: (message: string) => void;
  }) {
    this.#operations = options.operations;
    this.#resources = options.resources;
    this.#paths = options.paths;
    this.#metrics = options.metrics;
    this.#log = options.log;
  }

  /** Answers a request; never throws. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const warnings: string[] = [];
    const reply: Reply = { request, response, warnings, encoding: 'json', pretty: false };
    const done = this.#metrics.begin(request.method ?? '', response);
    try {
      const { info, user } = await this.admit(request);
      done.about(info);
      if (info.type === 'resource') await this.#resources.handle(info, user, reply, warnings);
      else await this.#paths.handle(info, reply);
    } catch (error) {
      this.#report(request, error);
      sendError(reply, error);
    }
  }

  /** Answers a request to change protocols, which streams begin with; never throws. */
  async upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    connect: ConnectHandler,
  ): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      const { info } = await this.admit(request);
      if (info.type !== 'resource' || !connect.isConnect(info)) {
        throw apiError('BadRequest', 'this path cannot be upgraded');
      }
      this.#resources.find(info);
      await connect.upgrade(info, request, socket, head);
    } catch (error) {
      this.#report(request, error);
      refuseUpgrade(socket, error);
    }
  }

  /** Finds out who asks and whether they may. Throws Unauthorized, Forbidden. */
  async admit(request: IncomingMessage): Promise<Admitted> {
    const info = parseRequest(request.method ?? 'GET', request.url ?? '/');
    const { tokens, rbac } = this.#operations;
    const user = impersonated(request, await authenticate(request, tokens), rbac);
    const action = actionOf(info);
    if (!rbac.authorize(user, action).allowed) {
      throw refusal(user, action);
    }
    return { info, user };
  }

  #report(request: IncomingMessage, error: unknown): void {
    if (error instanceof Error && error.name !== 'ApiError') {
      this.#log(`${request.method} ${request.url}: ${error.stack ?? error.message}`);
    }
  }
}

/** A plain HTTP answer on a socket that has no response object. */
function refuseUpgrade(socket: Duplex, error: unknown): void {
  if (!socket.writable) return;
  const status = statusOf(error);
  const code = status.code ?? 500;
  const body = JSON.stringify(status);
  socket.end(
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
