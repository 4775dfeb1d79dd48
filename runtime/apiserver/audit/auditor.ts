/**
 * The audit of requests: one trail a request, which turns into an event at each stage.
 *
 *   RequestReceived ── ResponseStarted (watches and streams only) ── ResponseComplete, or Panic
 *
 * A server without a policy has no auditor, and pays nothing.
 */
import { randomUUID } from 'node:crypto';
import { type Clock, microTimestamp } from '../../api/clock.ts';
import type { Status } from '../../api/status.ts';
import type { User } from '../authentication/user.ts';
import type { RequestInfo } from '../http/request-info.ts';
import { type AuditEvent, type ObjectReference, userInfo, withoutManagedFields } from './event.ts';
import { judge, type Level, type Policy, type Stage, type Verdict } from './policy.ts';

export interface AuditOptions {
  readonly policy: Policy;
  /** Takes one event; must not throw. */
  readonly write: (event: AuditEvent) => void;
  readonly clock: Clock;
}

/** What is known of a request before anybody was asked who sent it. */
export interface Origin {
  readonly uri: string;
  readonly sourceIPs: readonly string[];
  readonly userAgent?: string | undefined;
  /** What the client calls the request; left out: a new name. */
  readonly id?: string | undefined;
}

export class Auditor {
  readonly #options: AuditOptions;

  constructor(options: AuditOptions) {
    this.#options = options;
  }

  begin(origin: Origin): Trail {
    return new Trail(this.#options, origin);
  }
}

export class Trail {
  readonly id: string;
  readonly #options: AuditOptions;
  readonly #origin: Origin;
  readonly #received: string;
  #verdict: Verdict = { level: 'None', omitStages: new Set(), omitManagedFields: false };
  #user: User | undefined;
  #impersonated: User | undefined;
  #info: RequestInfo | undefined;
  #reference: ObjectReference | undefined;
  #requestObject: unknown;
  #responseObject: unknown;
  #status: Partial<Status> | undefined;
  #annotations: Record<string, string> | undefined;
  #ended = false;

  constructor(options: AuditOptions, origin: Origin) {
    this.#options = options;
    this.#origin = origin;
    this.id = origin.id ?? randomUUID();
    this.#received = microTimestamp(options.clock.now());
  }

  get level(): Level {
    return this.#verdict.level;
  }

  get wantsRequest(): boolean {
    return this.level === 'Request' || this.level === 'RequestResponse';
  }

  get wantsResponse(): boolean {
    return this.level === 'RequestResponse';
  }

  /** The request is known, and who sent it; undefined: their credentials do not hold. */
  received(user: User | undefined, info: RequestInfo): void {
    this.#user = user;
    this.#info = info;
    this.#verdict = judge(this.#options.policy, user, info);
    if (this.level === 'None') return;
    if (info.type === 'resource') this.#reference = referenceOf(info);
    if (user !== undefined) this.#write('RequestReceived');
  }

  /** The user that the sender wants to be taken for. */
  impersonated(user: User): void {
    this.#impersonated = user;
  }

  annotate(key: string, value: string): void {
    if (this.level === 'None') return;
    this.#annotations ??= {};
    this.#annotations[key] = value;
  }

  /** The decoded body. Its name counts if the path has none. */
  requestObject(value: unknown): void {
    if (this.level === 'None') return;
    const { metadata } = (value ?? {}) as { metadata?: Record<string, unknown> };
    if (this.#reference !== undefined && typeof metadata === 'object' && metadata !== null) {
      for (const field of ['name', 'namespace', 'uid', 'resourceVersion'] as const) {
        const given = metadata[field];
        if (typeof given === 'string' && given !== '') this.#reference[field] ??= given;
      }
    }
    // A copy: what was decoded is about to become the object.
    if (this.wantsRequest) this.#requestObject = structuredClone(value);
  }

  responseObject(value: unknown): void {
    if (this.wantsResponse) this.#responseObject = value;
  }

  /** The request is refused, or has failed. */
  failed(status: Partial<Status>): void {
    this.#status = status;
  }

  /** The head of a long answer is on its way. */
  started(code: number): void {
    this.#write('ResponseStarted', code);
  }

  /** Something in this server broke. */
  panicked(error: Error): void {
    const message = `APIServer panic'd: ${error.message}`;
    this.#status = { status: 'Failure', reason: 'InternalError', message };
    this.#end('Panic', 500);
  }

  /** The answer has been sent, or its reader is gone. Counts once. */
  complete(code: number): void {
    // Nobody knows who it was: the original writes these at this stage, and no other.
    if (this.#info !== undefined && this.#user === undefined) this.#end('ResponseStarted', code);
    else this.#end('ResponseComplete', code);
  }

  #end(stage: Stage, code: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#write(stage, code);
  }

  #write(stage: Stage, code?: number): void {
    const { level, omitStages } = this.#verdict;
    const info = this.#info;
    if (level === 'None' || info === undefined || omitStages.has(stage)) return;
    const { clock, write } = this.#options;
    const { uri, sourceIPs, userAgent } = this.#origin;
    const whole = stage !== 'RequestReceived';
    write({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level,
      auditID: this.id,
      stage,
      requestURI: uri,
      verb: info.verb,
      user: this.#user === undefined ? {} : userInfo(this.#user),
      ...(this.#impersonated && whole ? { impersonatedUser: userInfo(this.#impersonated) } : {}),
      sourceIPs,
      ...(userAgent === undefined ? {} : { userAgent }),
      ...(this.#reference === undefined ? {} : { objectRef: { ...this.#reference } }),
      ...(code === undefined ? {} : { responseStatus: { metadata: {}, ...this.#status, code } }),
      ...this.#objects(stage),
      requestReceivedTimestamp: this.#received,
      stageTimestamp: microTimestamp(clock.now()),
      ...(this.#annotations && whole ? { annotations: { ...this.#annotations } } : {}),
    });
  }

  #objects(stage: Stage): Pick<AuditEvent, 'requestObject' | 'responseObject'> {
    if (stage === 'RequestReceived') return {};
    const shown = this.#verdict.omitManagedFields
      ? withoutManagedFields
      : (value: unknown) => value;
    return {
      ...(this.#requestObject === undefined ? {} : { requestObject: shown(this.#requestObject) }),
      ...(this.#responseObject === undefined
        ? {}
        : { responseObject: shown(this.#responseObject) }),
    };
  }
}

function referenceOf(info: RequestInfo & { type: 'resource' }): ObjectReference {
  const { resource, namespace, name, group, version, subresource } = info;
  return {
    resource,
    ...(namespace === '' ? {} : { namespace }),
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { apiGroup: group }),
    apiVersion: version,
    ...(subresource === '' ? {} : { subresource }),
  };
}
