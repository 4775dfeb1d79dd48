/**
 * The HTTP side: who is it, may they, what do they want, and back with an answer.
 *
 *   request ── authenticate ── impersonate ── turn ── seat ── authorize ──┬── resource ── resource-handler.ts
 *                  │                                                      ├── path ────── paths.ts
 *                  │                                                      └── another server's ── aggregation
 *                  └── audit, if there is a policy
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { apiError, isApiError } from '../../api/status.ts';
import type { Aggregator } from '../aggregation/aggregator.ts';
import type { Auditor, Trail } from '../audit/auditor.ts';
import { auditIdOf, beginTrail, captureResponse, originOf } from '../audit/http.ts';
import { authenticate } from '../authentication/authenticate.ts';
import { impersonated } from '../authentication/impersonate.ts';
import type { TokenNotes } from '../authentication/token-refusal.ts';
import type { User } from '../authentication/user.ts';
import { Refusal, refusal } from '../authorization/attributes.ts';
import { allottedTime, type Deadlines, tookTooLong, unreadBytes } from '../flow/deadlines.ts';
import { type FlowControl, isLongRunning, unseated } from '../flow/flow-control.ts';
import { Turns } from '../flow/turns.ts';
import type { Operations } from '../verbs/operations.ts';
import { connectCall, isPretty } from './call.ts';
import type { ConnectHandler } from './connect.ts';
import type { Metrics } from './metrics.ts';
import type { Paths } from './paths.ts';
import { actionOf, parseRequest, type RequestInfo } from './request-info.ts';
import type { ResourceHandler } from './resource-handler.ts';
import { type Reply, sendError, statusOf } from './respond.ts';
import { addWarning, warningHeaders } from './warnings.ts';
import type { YamlThread } from './yaml-thread.ts';

/** How long the rest of a body is read that nobody wants. */
const lingerMs = 2_000;

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
  readonly #flow: FlowControl;
  readonly #deadlines: Deadlines;
  readonly #auditor: Auditor | undefined;
  readonly #aggregator: Aggregator;
  readonly #yaml: YamlThread | undefined;
  readonly #told = new WeakSet<object>();
  readonly #turns = new Turns();

  constructor(options: {
    operations: Operations;
    resources: ResourceHandler;
    paths: Paths;
    metrics: Metrics;
    log: (message: string) => void;
    flow: FlowControl;
    deadlines: Deadlines;
    auditor: Auditor | undefined;
    aggregator: Aggregator;
    yaml: YamlThread | undefined;
  }) {
    this.#operations = options.operations;
    this.#resources = options.resources;
    this.#paths = options.paths;
    this.#metrics = options.metrics;
    this.#log = options.log;
    this.#flow = options.flow;
    this.#deadlines = options.deadlines;
    this.#auditor = options.auditor;
    this.#aggregator = options.aggregator;
    this.#yaml = options.yaml;
  }

  /** Answers a request; never throws. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const warnings: string[] = [];
    const audit = this.#auditor && beginTrail(this.#auditor, request, response);
    const pretty = isPretty(request);
    const yaml = this.#yaml;
    let held = unseated;
    const begun = () => held.begun();
    const reply: Reply = {
      ...{ request, response, warnings, encoding: 'json', pretty, audit, yaml, begun },
    };
    const done = this.#metrics.begin(request.method ?? '', response);
    let finish = () => {};
    // Whoever answers may say otherwise.
    response.setHeader('Cache-Control', 'no-cache, private');
    if (audit === undefined) response.setHeader('Audit-Id', auditIdOf(request));
    try {
      const { info, user } = await this.#identify(request, audit, warnings);
      done.about(info);
      if (audit !== undefined) captureResponse(audit, response);
      const turn = this.#turns.take(user.name);
      if (turn !== undefined) {
        await turn;
        // Nobody waits for it any more.
        if (response.destroyed) return;
      }
      held = await this.#flow.enter(user, info, response);
      this.#authorize(info, user, audit);
      finish = this.#begin(info, reply);
      const remote = this.#aggregator.find(info);
      if (remote !== undefined) {
        // What another server's watch begins with is that server's work.
        begun();
        await this.#aggregator.serve(remote, user, reply);
      } else if (info.type === 'resource')
        await this.#resources.handle(info, user, reply, warnings);
      else await this.#paths.handle(info, reply);
    } catch (error) {
      // Too late: the client has been told so.
      if (response.writableEnded || response.destroyed) return;
      this.#report(request, error);
      fail(audit, error);
      if (error instanceof Refusal) response.setHeader('X-Content-Type-Options', 'nosniff');
      this.#sendError(reply, error);
    } finally {
      held.leave();
      finish();
      if (!request.complete) this.#stopReading(request);
    }
  }

  /** What cannot be said, for it came from elsewhere, ends the connection: nobody waits for nothing. */
  #sendError(reply: Reply, error: unknown): void {
    try {
      sendError(reply, error);
    } catch (problem) {
      this.#report(reply.request, problem);
      reply.response.destroy();
    }
  }

  /** Whoever goes on sending a body after the answer is given a moment to see that, and cut off. */
  #stopReading(request: IncomingMessage): void {
    const finish = this.#deadlines.set(lingerMs, () => {
      if (!request.complete) request.socket.destroy();
    });
    request.once('close', finish);
    // Watches and streams are answered long before their request is over; the rest reads on.
    request.once('end', finish);
  }

  /** Sets the time by which the request has to be answered; to be called when it has been. */
  #begin(info: RequestInfo, reply: Reply): () => void {
    const { response, audit } = reply;
    if (isLongRunning(info)) {
      audit?.started(200);
      return () => {};
    }
    const expire = () => {
      const error = tookTooLong();
      fail(audit, error);
      sendError(reply, error);
      // Whoever has not sent a body in a minute, or not read the answer, is cut off.
      this.#deadlines.set(1_000, () => reply.request.socket.destroy());
    };
    const finish = this.#deadlines.set(allottedTime(info), expire, response);
    return () => {
      // What has been written has to be read in the same time.
      if (response.writableLength > unreadBytes) response.once('close', finish);
      else finish();
    };
  }

  /** Answers a request to change protocols, which streams begin with; never throws. */
  async upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    connect: ConnectHandler,
  ): Promise<void> {
    const warnings: string[] = [];
    socket.on('error', () => socket.destroy());
    const audit = this.#auditor?.begin(originOf(request));
    if (audit !== undefined) socket.once('close', () => audit.complete(101));
    try {
      const { info, user } = await this.#identify(request, audit, warnings);
      this.#authorize(info, user, audit);
      const remote = this.#aggregator.find(info);
      if (remote !== undefined) {
        audit?.started(101);
        await this.#aggregator.upgrade(remote, user, request, socket, head);
        return;
      }
      if (info.type !== 'resource' || !connect.isConnect(info)) {
        throw apiError('BadRequest', 'this path cannot be upgraded');
      }
      const served = this.#resources.find(info);
      const admitted = await connect.admit(info, served, connectCall(user, warnings, audit));
      audit?.started(101);
      await connect.upgrade(admitted, request, socket, head);
    } catch (error) {
      this.#report(request, error);
      fail(audit, error);
      audit?.complete(statusOf(error).code ?? 500);
      refuseUpgrade(socket, error, warnings);
    }
  }

  /** Finds out what is asked, and by whom. Throws Unauthorized; Refusal if they may not be taken for that. */
  async #identify(
    request: IncomingMessage,
    audit: Trail | undefined,
    warnings: string[],
  ): Promise<Admitted> {
    const info = parseRequest(request.method ?? 'GET', request.url ?? '/');
    const { tokens, authorizer, registry } = this.#operations;
    // The trail takes annotations once it knows what it is about.
    const noted: [string, string][] = [];
    const notes: TokenNotes = {
      annotate: (key, value) => noted.push([key, value]),
      warn: (text) => addWarning(warnings, text),
    };
    const received = (sender: User | undefined) => {
      audit?.received(sender, info);
      for (const [key, value] of noted) audit?.annotate(key, value);
    };
    const sender = await authenticate(request, tokens, registry.clock.now(), notes).catch(
      (error) => {
        received(undefined);
        this.#refused(request, error);
        throw error;
      },
    );
    received(sender);
    const user = impersonated(request, sender, authorizer);
    if (user !== sender) audit?.impersonated(user);
    return { info, user };
  }

  /** Throws Refusal. */
  #authorize(info: RequestInfo, user: User, audit: Trail | undefined): void {
    const action = actionOf(info);
    const { allowed, reason } = this.#operations.authorizer.authorize(user, action);
    audit?.annotate('authorization.k8s.io/decision', allowed ? 'allow' : 'forbid');
    audit?.annotate('authorization.k8s.io/reason', reason);
    if (!allowed) throw refusal(user, action, reason);
  }

  /** Who shows a certificate that does not hold wants to know why; said once for each connection. */
  #refused({ socket, method, url }: IncomingMessage, error: unknown): void {
    const why = error instanceof Error ? error.cause : undefined;
    if (typeof why !== 'string' || this.#told.has(socket)) return;
    this.#told.add(socket);
    this.#log(`${method} ${url}: unable to authenticate the request: ${why}`);
  }

  #report(request: IncomingMessage, error: unknown): void {
    if (error instanceof Error && error.name !== 'ApiError') {
      this.#log(`${request.method} ${request.url}: ${error.stack ?? error.message}`);
    }
  }
}

/** Says in the trail what went wrong; what is no ApiError is this server's own fault. */
function fail(audit: Trail | undefined, error: unknown): void {
  if (audit === undefined) return;
  if (isApiError(error)) audit.failed(statusOf(error));
  else audit.panicked(error instanceof Error ? error : new Error(String(error)));
}

/** A plain HTTP answer on a socket that has no response object. */
function refuseUpgrade(socket: Duplex, error: unknown, warnings: readonly string[]): void {
  if (!socket.writable) return;
  const status = statusOf(error);
  const code = status.code ?? 500;
  const body = JSON.stringify(status);
  const warned = warningHeaders(warnings).map((value) => `Warning: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n${warned.join('')}Connection: close\r\n\r\n${body}`,
  );
}
