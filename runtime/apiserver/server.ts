/** Puts the API server together; see README.md for the way of a request. */
import { randomInt } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../api/clock.ts';
import { addressAt, parseCidr } from '../api/ipv4.ts';
import { kinds } from '../api/kinds.ts';
import type { Client } from '../client/client.ts';
import type { NodePages } from '../client/node-pages.ts';
import type { PodStreams } from '../client/pod-streams.ts';
import type { ResourceMetrics } from '../client/resource-metrics.ts';
import type { Store } from '../store/store.ts';
import { Admission } from './admission/admission.ts';
import { certificatePlugins } from './admission/certificates/certificates.ts';
import { nodeRestriction } from './admission/nodes/node-restriction.ts';
import { builtInPlugins, dynamicPlugins, lastPlugins } from './admission/plugins.ts';
import { keepPolicyStatus } from './admission/policies/type-check.ts';
import { AdmissionTimes } from './admission/times.ts';
import { Aggregator } from './aggregation/aggregator.ts';
import { AuditedClient } from './audit/audited-client.ts';
import { type AuditOptions, Auditor } from './audit/auditor.ts';
import { noteTokenUse } from './authentication/note-token-use.ts';
import { type TokenIssuance, Tokens } from './authentication/tokens.ts';
import { loopbackUser, type User } from './authentication/user.ts';
import { Authorizer } from './authorization/authorizer.ts';
import { escalationCheck } from './authorization/escalation.ts';
import { createBootstrapObjects, markServiceCidrReady } from './bootstrap/objects.ts';
import { ServerEndpoints } from './bootstrap/server-endpoints.ts';
import { CustomResources } from './custom/custom-resources.ts';
import { Deadlines } from './flow/deadlines.ts';
import { flowDump } from './flow/dump.ts';
import { FlowControl } from './flow/flow-control.ts';
import { keepFlowStatus } from './flow/status.ts';
import type { Stock } from './flow/width.ts';
import { ConnectHandler } from './http/connect.ts';
import { Discovery } from './http/discovery.ts';
import { Frontend } from './http/frontend.ts';
import { checkStore, type HealthCheck } from './http/health.ts';
import { createListener } from './http/listener.ts';
import { Metrics } from './http/metrics.ts';
import { OpenApi } from './http/openapi/openapi.ts';
import { Paths } from './http/paths.ts';
import type { ResourceRequest } from './http/request-info.ts';
import { ResourceHandler } from './http/resource-handler.ts';
import { YamlThread } from './http/yaml-thread.ts';
import { LoopbackClient } from './loopback.ts';
import type { Pki } from './pki/pki.ts';
import { Cache } from './registry/cache.ts';
import type { Registry } from './registry/registry.ts';
import { type Definitions, Schemas } from './registry/schemas.ts';
import { createSeal } from './registry/seal.ts';
import { type Computed, ServedResources } from './registry/served.ts';
import { StoreTimes } from './registry/store-times.ts';
import {
  addMetricsSchemas,
  metricsComputed,
  metricsKinds,
} from './resource-metrics/resource-metrics.ts';
import { componentStatuses } from './verbs/component-status.ts';
import { expireEvents } from './verbs/expire-events.ts';
import { Operations } from './verbs/operations.ts';

export interface ApiServerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly schemas: Definitions;
  readonly pki: Pki;
  /** Logs, exec, attach and port-forward of pods; may also be set later, `setStreams`. */
  readonly streams?: PodStreams;
  /** What kubelets serve over HTTP, for the proxy subresource of nodes. */
  readonly nodePages?: NodePages;
  /** Opens a connection to a pod or node, for the proxy subresources. */
  readonly dial?: (address: string, port: number) => Promise<Duplex>;
  /** `10.96.0.0/16` */
  readonly serviceCidr: string;
  /** `cluster.local` */
  readonly clusterDomain: string;
  /** 32 bytes; with it Secrets are encrypted in the store. */
  readonly dataEncryptionKey?: Uint8Array;
  readonly log: (message: string) => void;
  /** What of the requests is written down, and where; left out: nothing. */
  readonly audit?: Omit<AuditOptions, 'clock'>;
  /** The bundle of http/yaml-worker.ts; without it long YAML is refused where it would stall others. */
  readonly yamlWorker?: string;
  /** How long tokens of service accounts may last. */
  readonly tokens?: TokenIssuance;
  /** Requests that are answered at a time; 600 if left out. */
  readonly maxRequestsInFlight?: number;
  /** Evenly spread in [0, 1); for tests. */
  readonly random?: () => number;
}

export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Further addresses to listen on, at the same port; the server's certificate names them. */
  readonly extraHosts?: readonly string[];
}

export interface ApiServer {
  /** Reads the store and makes what every cluster has. `listen` and `client` need it. */
  start(): Promise<void>;
  /** Starts to serve (and `start`s first if need be). */
  listen(options: ListenOptions): Promise<{ port: number }>;
  /** The client for parts in this process; left out, it may do everything. */
  client(user?: User): Client;
  /** Sets where logs, exec and the like go, once there is somewhere. */
  setStreams(streams: PodStreams): void;
  /** Sets who measures what pods and nodes use, for `metrics.k8s.io`. */
  setResourceMetrics(metrics: ResourceMetrics): void;
  /** Says in the `kubernetes` service where pods reach this server, for as long as it serves. */
  publishEndpoint(address: string, port: number): Promise<void>;
  close(): Promise<void>;
}

export function createApiServer(options: ApiServerOptions): ApiServer {
  return new Instance(options);
}

class Instance implements ApiServer {
  readonly #options: ApiServerOptions;
  readonly #registry: Registry;
  readonly #operations: Operations;
  readonly #frontend: Frontend;
  readonly #connect: ConnectHandler;
  readonly #paths: Paths;
  readonly #customResources: CustomResources;
  readonly #aggregator: Aggregator;
  readonly #servers: Server[] = [];
  #streams: PodStreams | undefined;
  #resourceMetrics: ResourceMetrics | undefined;
  #started: Promise<void> | undefined;
  #ready = false;
  #stopExpiry: (() => void) | undefined;
  #stopFlowStatus: (() => void) | undefined;
  #stopPolicyStatus: (() => void) | undefined;
  #endpoints: ServerEndpoints | undefined;
  #failure: Error | undefined;
  #closing = false;
  readonly #flow: FlowControl;
  readonly #deadlines: Deadlines;
  readonly #auditor: Auditor | undefined;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#streams = options.streams;
    const { store, clock, serviceCidr } = options;
    const schemas = new Schemas(options.schemas);
    addMetricsSchemas(schemas);
    const { seal, unseal } = createSeal(options.dataEncryptionKey);
    const cache = new Cache(store, unseal, (error) => this.#fail(error));
    const served = new ServedResources(
      [...kinds, ...metricsKinds],
      new Map<string, Computed>([
        ['/componentstatuses', { list: componentStatuses }],
        ...metricsComputed(() => this.#resourceMetrics),
      ]),
    );
    const authorizer = new Authorizer(cache);
    const times = new AdmissionTimes();
    const storeTimes = new StoreTimes();
    this.#registry = {
      clock,
      report: options.log,
      store,
      storeTimes,
      cache,
      served,
      schemas,
      admission: new Admission(
        [
          ...builtInPlugins({
            nodes: [nodeRestriction(authorizer)],
            certificates: certificatePlugins(authorizer),
          }),
          ...dynamicPlugins({ dial: options.dial, authorizer, log: options.log, times }),
          ...lastPlugins,
          escalationCheck(authorizer),
        ],
        times,
      ),
      serviceCidr,
      held: new Set(),
      random: options.random ?? (() => randomInt(2 ** 40) / 2 ** 40),
      seal,
      unseal,
    };
    const issuer = `https://kubernetes.default.svc.${options.clusterDomain}`;
    const tokens = new Tokens({
      ...{ key: options.pki.serviceAccount, issuer, cache, clock },
      onLegacyUse: noteTokenUse(this.#registry, options.log),
      ...(options.tokens === undefined ? {} : { issuance: options.tokens }),
    });
    this.#operations = new Operations(this.#registry, authorizer, tokens);
    this.#aggregator = new Aggregator({
      registry: this.#registry,
      client: this.#loopback(loopbackUser),
      dial: options.dial,
      pki: options.pki,
      log: options.log,
    });
    const { maxRequestsInFlight: seats } = options;
    this.#flow = new FlowControl({
      ...{ cache, clock, ...(seats === undefined ? {} : { seats }) },
      stockOf: (info) => this.#stockOf(info),
    });
    const metrics = new Metrics(this.#registry, [
      ...times.families,
      ...storeTimes.families,
      ...this.#flow.tallies.families(() => this.#flow.levels),
    ]);
    this.#paths = new Paths({
      operations: this.#operations,
      discovery: new Discovery(served, this.#aggregator),
      ownDiscovery: new Discovery(served),
      openApi: new OpenApi(served, schemas),
      metrics,
      checks: this.#checks(),
      debug: (path) => flowDump(this.#flow, path),
    });
    this.#connect = new ConnectHandler({
      operations: this.#operations,
      streams: () => this.#streams,
      nodePages: options.nodePages,
      dial: options.dial,
    });
    const resources = new ResourceHandler(this.#operations, this.#connect);
    const { log } = options;
    this.#customResources = new CustomResources(this.#registry, schemas, {
      dial: options.dial,
      log,
    });
    const operations = this.#operations;
    this.#deadlines = new Deadlines(clock, log);
    this.#auditor = options.audit && new Auditor({ ...options.audit, clock });
    this.#frontend = new Frontend({
      ...{ operations, resources, paths: this.#paths, metrics, log },
      flow: this.#flow,
      deadlines: this.#deadlines,
      auditor: this.#auditor,
      aggregator: this.#aggregator,
      yaml:
        options.yamlWorker === undefined ? undefined : new YamlThread(options.yamlWorker, clock),
    });
  }

  start(): Promise<void> {
    this.#started ??= this.#begin();
    return this.#started;
  }

  async listen(options: ListenOptions): Promise<{ port: number }> {
    await this.start();
    const { log } = this.#options;
    const hosts = [options.host, ...(options.extraHosts ?? [])];
    const { certPem, keyPem } = await this.#options.pki.serverCertificate([
      ...this.#serverNames(),
      ...hosts.filter((host) => host !== '0.0.0.0'),
    ]);
    let port = options.port;
    for (const host of hosts) {
      const server = createListener({ certPem, keyPem, caPem: this.#options.pki.caPem, log });
      server.on('request', (request, response) => this.#serve(request, response));
      server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => resolve());
      });
      server.on('error', (error) => this.#options.log(`server on ${host}: ${error.message}`));
      port = (server.address() as AddressInfo).port;
      this.#servers.push(server);
    }
    this.#ready = true;
    return { port };
  }

  client(user: User = loopbackUser): Client {
    const client = this.#loopback(user);
    return this.#auditor === undefined ? client : new AuditedClient(client, user, this.#auditor);
  }

  setResourceMetrics(metrics: ResourceMetrics): void {
    this.#resourceMetrics = metrics;
  }

  setStreams(streams: PodStreams): void {
    this.#streams = streams;
  }

  async publishEndpoint(ip: string, port: number): Promise<void> {
    await this.#endpoints?.stop();
    this.#endpoints = new ServerEndpoints(this.#registry, { ip, port }, this.#options.log);
    await this.#endpoints.start();
  }

  async close(): Promise<void> {
    this.#ready = false;
    this.#closing = true;
    await this.#endpoints?.stop();
    await Promise.all(
      this.#servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      ),
    );
    this.#customResources.stop();
    await this.#aggregator.stop();
    this.#stopExpiry?.();
    this.#stopFlowStatus?.();
    this.#stopPolicyStatus?.();
    this.#deadlines.close();
    this.#flow.close();
    this.#registry.cache.stop();
  }

  async #begin(): Promise<void> {
    await this.#registry.cache.start();
    this.#customResources.start();
    await createBootstrapObjects(this.#registry);
    await markServiceCidrReady(this.#registry);
    this.#aggregator.start();
    this.#stopExpiry = expireEvents(this.#registry, this.#options.log);
    this.#stopFlowStatus = keepFlowStatus(this.#registry, this.#options.log);
    this.#stopPolicyStatus = keepPolicyStatus(this.#registry, this.#options.log);
  }

  /** What there is of what is asked for; of what others serve, nobody knows. */
  #stockOf(info: ResourceRequest): Stock | undefined {
    const served = this.#registry.served.find(info.group, info.version, info.resource);
    if (served === undefined) return undefined;
    const { size, bytes } = this.#registry.cache.resource(served.storageName);
    return { count: size, bytes };
  }

  #loopback(user: User): Client {
    return new LoopbackClient(this.#operations, user, (path, _user, accept) =>
      this.#paths.raw(path, accept),
    );
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    void this.#frontend.handle(request, response);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    void this.#frontend.upgrade(request, socket, head, this.#connect);
  }

  /** What clients inside the cluster call this server. */
  #serverNames(): string[] {
    const { clusterDomain, serviceCidr } = this.#options;
    return [
      'localhost',
      '127.0.0.1',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      `kubernetes.default.svc.${clusterDomain}`,
      addressAt(parseCidr(serviceCidr), 1),
    ];
  }

  #checks(): ReadonlyMap<string, HealthCheck> {
    const ready = () => {
      if (!this.#ready) throw new Error('not ready');
    };
    return new Map<string, HealthCheck>([
      ['ping', () => {}],
      ['log', () => {}],
      [
        'etcd',
        () => {
          const failure = this.#failure ?? this.#registry.storeFailure;
          if (failure !== undefined) throw failure;
          return checkStore(this.#registry.store, this.#registry.clock);
        },
      ],
      ['informer-sync', ready],
      ['poststarthook/rbac/bootstrap-roles', ready],
      ['poststarthook/scheduling/bootstrap-system-priority-classes', ready],
      [
        'shutdown',
        () => {
          if (this.#closing) throw new Error('process is shutting down');
        },
      ],
    ]);
  }

  #fail(error: Error): void {
    this.#failure = error;
    this.#options.log(`the store has ended the watch: ${error.message}`);
  }
}
