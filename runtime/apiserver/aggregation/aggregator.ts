/**
 * Aggregated APIs: groups and versions that another server answers for, as APIServices say. Requests
 * for them are handed on; whether they can be used is looked after, and written into their status.
 *
 *   APIService ──► find() ──► serve(): 503, or on to the service
 *        ▲
 *        └── availability: when the APIService, its service or endpoints change, and twice a minute
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { timestamp } from '../../api/clock.ts';
import { apiError, isApiError } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import { apiServices } from '../../client/resources.ts';
import type { User } from '../authentication/user.ts';
import { forward, forwardUpgrade, withoutHops } from '../http/forward.ts';
import type { Dial } from '../http/proxy-target.ts';
import type { RequestInfo } from '../http/request-info.ts';
import { type Reply, sendBytes } from '../http/respond.ts';
import type { Pki } from '../pki/pki.ts';
import type { Registry } from '../registry/registry.ts';
import { type ApiService, isAvailable, isRemote, type RemoteApiService } from './api-service.ts';
import { publishAuthentication } from './authentication.ts';
import { checkAvailability, reasonOf } from './availability.ts';
import { LocalApiServices } from './local.ts';
import { headersFor, openRemote, type Reach } from './remote.ts';

const recheckMs = 30_000;

export interface AggregatorOptions {
  readonly registry: Registry;
  /** May do everything: writes APIServices and their status. */
  readonly client: Client;
  readonly dial: Dial | undefined;
  readonly pki: Pki;
  readonly log: (message: string) => void;
}

/** A group and version of another server, for discovery. */
export interface RemoteVersion {
  readonly service: RemoteApiService;
  readonly available: boolean;
  /** Its APIResourceList's resources, as it last said; undefined if it never did. */
  readonly resources: readonly object[] | undefined;
}

export class Aggregator {
  readonly #options: AggregatorOptions;
  readonly #local: LocalApiServices;
  #remotes = new Map<string, RemoteApiService>();
  readonly #resources = new Map<string, readonly object[]>();
  /** Names that are being checked; true: they are to be checked again. */
  readonly #checking = new Map<string, boolean>();
  /** Ends the wait for the next check. */
  readonly #timers = new Map<string, () => void>();
  readonly #listeners = new Set<() => void>();
  readonly #stops: (() => void)[] = [];
  #reach: Reach | undefined;
  #preparing: Promise<void> | undefined;
  #stopped = false;

  constructor(options: AggregatorOptions) {
    this.#options = options;
    const { registry, client, log } = options;
    this.#local = new LocalApiServices(registry.served, client, log);
  }

  /** Begins to hand on, and to register what this server has by itself. The cache must be filled. */
  start(): void {
    const { registry } = this.#options;
    const { cache, served } = registry;
    this.#read();
    this.#stops.push(
      cache.resource('apiregistration.k8s.io/apiservices').watch((events) => {
        this.#read();
        for (const { item } of events) {
          const service = item?.object as unknown as ApiService | undefined;
          if (service !== undefined && isRemote(service)) this.#check(service.metadata.name ?? '');
        }
      }),
      ...['core/services', 'core/endpoints'].map((resource) =>
        cache.resource(resource).watch((events) => {
          if (this.#remotes.size === 0) return;
          for (const { item, previous } of events) {
            const { name, namespace } = (item ?? previous)?.object.metadata ?? {};
            this.#checkBehind(namespace ?? '', name ?? '');
          }
        }),
      ),
    );
    served.onChange(() => void this.#local.sync());
    void this.#local.sync();
    this.#preparing = this.#prepare();
  }

  /** Resolves when nothing is written any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const stop of [...this.#stops.splice(0), ...this.#timers.values()]) stop();
    await Promise.all([this.#preparing, this.#local.stop()]);
  }

  /** Calls back when a group or version of another server comes, goes or says something new. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** The server that answers for the request, unless this one does. */
  find(info: RequestInfo): RemoteApiService | undefined {
    if (this.#remotes.size === 0) return undefined;
    if (info.type === 'resource') return this.#remotes.get(`${info.version}.${info.group}`);
    const [, group, version] = /^\/apis\/([^/]+)\/([^/]+)/.exec(info.path) ?? [];
    return this.#remotes.get(`${version}.${group}`);
  }

  /** What other servers have. */
  versions(): RemoteVersion[] {
    return [...this.#remotes].map(([name, service]) => ({
      service,
      available: isAvailable(service),
      resources: this.#resources.get(name),
    }));
  }

  /** Hands the request on; answers 503 if it cannot be. */
  async serve(service: RemoteApiService, user: User, reply: Reply): Promise<void> {
    const { request, response } = reply;
    const socket = await this.#open(service).catch((error: unknown) => {
      this.#refuse(reply, error);
      return undefined;
    });
    if (socket === undefined) return;
    response.once('close', () => socket.destroy());
    const path = request.url ?? '/';
    const answer = await forward(socket, request, {
      path,
      headers: headersFor(request, user, service),
    });
    if (isRedirect(answer)) {
      socket.destroy();
      sendBytes(reply, 502, notPermitted, 'text/plain; charset=utf-8');
      return;
    }
    response.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers));
    response.flushHeaders();
    // Either side may hang up, which ends watches: nothing is left to be said then.
    await pipeline(answer, response).catch(() => response.destroy());
  }

  /** As `serve`, for requests that change protocols. Throws while nothing was sent. */
  async upgrade(
    service: RemoteApiService,
    user: User,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const backend = await this.#open(service).catch((error: unknown) => {
      throw apiError('ServiceUnavailable', reasonOf(error));
    });
    const path = request.url ?? '/';
    forwardUpgrade(backend, request, socket, head, {
      path,
      headers: headersFor(request, user, service),
    });
  }

  async #open(service: RemoteApiService): Promise<Duplex> {
    if (this.#reach === undefined || !isAvailable(service)) throw new Error('service unavailable');
    try {
      return await openRemote(this.#reach, service);
    } catch (error) {
      throw new Error(`error trying to reach service: ${reasonOf(error)}`);
    }
  }

  #refuse(reply: Reply, error: unknown): void {
    reply.response.setHeader('X-Content-Type-Options', 'nosniff');
    const text = Buffer.from(`${reasonOf(error)}\n`);
    sendBytes(reply, 503, text, 'text/plain; charset=utf-8');
  }

  #read(): void {
    const { cache } = this.#options.registry;
    const before = this.#remotes;
    this.#remotes = new Map();
    for (const item of cache.resource('apiregistration.k8s.io/apiservices').items()) {
      const service = item.object as unknown as ApiService;
      if (isRemote(service)) this.#remotes.set(service.metadata.name ?? '', service);
    }
    for (const name of this.#resources.keys()) {
      if (!this.#remotes.has(name)) this.#resources.delete(name);
    }
    if (this.#remotes.size > 0 || before.size > 0) this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Keys of the front proxy, and where extension servers find what to trust. */
  async #prepare(): Promise<void> {
    const { registry, dial, pki, client, log } = this.#options;
    try {
      const { caPem, client: certificate } = await pki.frontProxy();
      if (dial !== undefined) this.#reach = { registry, dial, certificate };
      await publishAuthentication(client, pki.caPem, caPem);
    } catch (error) {
      if (!this.#stopped) log(`aggregated APIs cannot be served: ${reasonOf(error)}`);
    }
    for (const name of this.#remotes.keys()) this.#check(name);
  }

  #checkBehind(namespace: string, name: string): void {
    for (const [own, { spec }] of this.#remotes) {
      if (spec.service.name === name && spec.service.namespace === namespace) this.#check(own);
    }
  }

  /** Checks soon; a check that is under way is followed by another. */
  #check(name: string): void {
    if (this.#checking.has(name)) {
      this.#checking.set(name, true);
      return;
    }
    this.#checking.set(name, false);
    void this.#checkNow(name).finally(() => {
      const again = this.#checking.get(name) === true;
      this.#checking.delete(name);
      if (again) this.#check(name);
    });
  }

  async #checkNow(name: string): Promise<void> {
    const service = this.#remotes.get(name);
    if (service === undefined || this.#stopped) return;
    const { condition, resources } = await checkAvailability(this.#reach, service);
    if (this.#stopped) return;
    if (resources !== undefined) this.#resources.set(name, resources);
    this.#changed();
    this.#recheckLater(name);
    await this.#write(service, condition).catch((error: unknown) => {
      if (this.#stopped || isApiError(error, 'NotFound', 'Conflict')) return;
      this.#options.log(
        `the status of APIService ${name} could not be written: ${reasonOf(error)}`,
      );
    });
  }

  #recheckLater(name: string): void {
    this.#timers.get(name)?.();
    const cancel = this.#options.registry.clock.after(recheckMs, () => this.#check(name));
    this.#timers.set(name, cancel);
  }

  async #write(service: RemoteApiService, condition: Condition): Promise<void> {
    const { client, registry } = this.#options;
    const conditions = service.status?.conditions ?? [];
    const before = conditions.find(({ type }) => type === condition.type);
    if (
      before?.status === condition.status &&
      before.reason === condition.reason &&
      before.message === condition.message
    ) {
      return;
    }
    const lastTransitionTime =
      before?.status === condition.status && before.lastTransitionTime !== undefined
        ? before.lastTransitionTime
        : timestamp(registry.clock.now());
    const others = conditions.filter(({ type }) => type !== condition.type);
    const status = { conditions: [...others, { ...condition, lastTransitionTime }] };
    const target = { ...apiServices, name: service.metadata.name ?? '', subresource: 'status' };
    await client.update(target, { ...service, status } as ApiService);
  }
}

/** Whoever followed it would show another server what proves who they are. */
const notPermitted = Buffer.from(
  'the backend attempted to redirect this request, which is not permitted',
);

function isRedirect({ statusCode = 0, headers }: IncomingMessage): boolean {
  return statusCode >= 300 && statusCode <= 399 && (headers.location ?? '') !== '';
}

type Condition = Awaited<ReturnType<typeof checkAvailability>>['condition'];
