/**
 * Wires one cluster together. What depends on what:
 *
 *   store ─ API server ─ loopback client ─ informers ─┬ controllers, scheduler
 *                │                                    ├ service proxy, DNS, node ports
 *   engine ─ network (addresses, node containers) ────┴ kubelets ── streams back to the API server
 */
import { setMaxListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import { loadSchemaBundle, type SchemaBundle } from '../api/bundle.ts';
import type { Clock } from '../api/clock.ts';
import { addressAt, parseCidr } from '../api/ipv4.ts';
import { apiError } from '../api/status.ts';
import type { TokenIssuance } from '../apiserver/authentication/tokens.ts';
import { rehearse } from '../apiserver/rehearsal/rehearsal.ts';
import { type ApiServer, createApiServer } from '../apiserver/server.ts';
import type { Client } from '../client/client.ts';
import type { Surroundings as EngineSurroundings } from '../engine/docker/find.ts';
import type { Engine, EngineInfo } from '../engine/engine.ts';
import { createResourceMetrics } from '../metrics/resource-metrics.ts';
import { startCompactor } from '../store/compactor.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { type AuditChoice, openAudit } from './audit.ts';
import { chooseEngine } from './choose-engine.ts';
import { runControlLoops } from './control-loops.ts';
import {
  ClusterError,
  type ClusterPaths,
  type ClusterSettings,
  reasonOf,
  writeSettings,
} from './data-directory.ts';
import { prepareGround } from './ground.ts';
import { type Identity, identities } from './identities.ts';
import { createLoggedInformers } from './informers.ts';
import { type Keys, openKeys } from './keys.ts';
import { writeKubeconfigs } from './kubeconfigs.ts';
import type { Log } from './log-file.ts';
import { clusterDomain, startNodes } from './nodes.ts';
import { portTaken } from './ports.ts';
import { createStreamRouter } from './stream-router.ts';

/** Files that ship with the program, and facts of the build. */
export interface Assets {
  readonly schemas: string;
  readonly nodeImage: string;
  /** The program of the threads that read long YAML. */
  readonly yamlWorker: string;
}

export interface ClusterOptions {
  readonly paths: ClusterPaths;
  readonly settings: ClusterSettings;
  readonly assets: Assets;
  readonly surroundings: EngineSurroundings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly onProgress: (message: string) => void;
  /** Base of the node image; left out: the default of its Dockerfile, or what the engine has. */
  readonly baseImage?: string;
  /** The port is the one a person asked for: no other will do. */
  readonly portIsWanted?: boolean;
  /** A kubeconfig of the user's to put the cluster's context into. */
  readonly userKubeconfig?: string;
  /** What of the requests is written down; left out: nothing. */
  readonly audit?: AuditChoice;
  /** How long tokens of service accounts may last. */
  readonly tokens?: TokenIssuance;
  /** Gives up a start that is under way; its reason is thrown. */
  readonly signal?: AbortSignal;
}

export interface Cluster {
  readonly server: string;
  readonly engine: EngineInfo;
  readonly client: Client;
  /** Makes the first requests as quick as later ones; to be called once nobody waits for the start. */
  rehearse(): void;
  /** Ends everything of this process; containers keep running for the next one to take over. */
  stop(): Promise<void>;
}

/** Starts the cluster and resolves when the API is ready and every node is Ready. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { log } = options;
  const ending = new AbortController();
  // Every loop of the cluster listens for its end.
  setMaxListeners(0, ending.signal);
  const closers: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    ending.abort(new ClusterError('the cluster is stopping'));
    for (const close of closers.splice(0).reverse()) {
      await Promise.resolve(close()).catch((error) => log('stop', String(error)));
    }
  };
  try {
    const wiring = wire(options, ending.signal, closers);
    return { ...(await Promise.race([wiring, aborted(options.signal)])), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Rejects with the signal's reason once it aborts. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function wire(
  options: ClusterOptions,
  signal: AbortSignal,
  closers: (() => Promise<void> | void)[],
): Promise<Omit<Cluster, 'stop'>> {
  const { paths, assets, clock, random, log, onProgress, surroundings, baseImage } = options;
  let { settings } = options;
  const engine = await chooseEngine(settings.engine, surroundings, clock, (line) =>
    log('engine', line),
  );
  closers.push(() => engine.close());
  const info = await engine.info();
  const opening = openState(options);
  // It may still be opening when something else has failed.
  closers.push(async () => (await opening.catch(() => undefined))?.close());
  // A state that others have must be found to be ours before anything is made or settled.
  if (settings.store !== undefined) await opening;
  const preparing = prepareGround({
    engine,
    info,
    settings,
    nodeImage: assets.nodeImage,
    ...(baseImage === undefined ? {} : { baseImage }),
    onProgress,
    log: (line) => log('network', line),
  });
  // Awaited below; should the API server fail first, this must not count as unhandled.
  preparing.catch(() => {});
  if (settings.serviceCidr === undefined) {
    const { subnet, serviceCidr } = await preparing;
    settings = { ...settings, podCidr: subnet, serviceCidr };
    await writeSettings(paths, settings);
  }

  onProgress('starting the API server');
  const { store, keys } = await opening;
  const { pki } = keys;
  if (!settings.secretsEncrypted) {
    settings = { ...settings, secretsEncrypted: true };
    await writeSettings(paths, settings);
  }
  const schemas = loadSchemaBundle(assets.schemas);
  const parts = { options, settings, engine, store, keys, schemas };
  const { api, streams } = await startApi(parts, closers);
  const { port } = await listenForUsers(api, settings.port, options.portIsWanted ?? false);
  if (port !== settings.port) {
    settings = { ...settings, port };
    await writeSettings(paths, settings);
  }
  const server = `https://127.0.0.1:${port}`;
  await writeKubeconfigs(paths, settings.name, pki, server, options.userKubeconfig);
  const managerClient = api.client(identities.controllerManager);
  const informers = createLoggedInformers(managerClient, clock, signal, log);
  api.setResourceMetrics(
    createResourceMetrics({ engine, informers, clock, cluster: settings.name }),
  );
  const ground = await preparing;
  const serviceCidr = parseCidr(ground.serviceCidr);
  if (ground.subnet !== settings.podCidr) {
    await writeSettings(paths, { ...settings, podCidr: ground.subnet });
  }
  const volumes = `${ground.files.enginePath}/pv`;
  const clientOf = (user: Identity) => api.client(user);
  const loop = { informers, clock, signal, random, clientOf };
  const loops = runControlLoops({ ...loop, settings, paths, pki, volumes, log });
  closers.push(async () => void (await loops.ended));

  onProgress(settings.nodes === 1 ? 'starting the node' : `starting ${settings.nodes} nodes`);
  const inside = info.simulated ? { port } : await api.listen({ host: ground.gateway, port: 0 });
  await api.publishEndpoint(info.simulated ? '127.0.0.1' : ground.gateway, inside.port);
  closers.push(
    await startNodes({
      ...loop,
      cluster: settings.name,
      engine,
      info,
      ground,
      streams,
      apiPort: inside.port,
      kubernetesAddress: addressAt(serviceCidr, 1),
      dnsAddress: addressAt(serviceCidr, 10),
      rootCaPem: pki.caPem,
      log,
    }),
  );
  const atReady = store.revision;
  const rehearsal = () => {
    if (signal.aborted) return;
    const { serviceCidr = '' } = settings;
    const report = (line: string) => log('rehearsal', line);
    const about = { pki, schemas, clock, serviceCidr, clusterDomain, signal };
    const writes = () => store.revision - atReady;
    const ended = rehearse({ ...about, log: report, writes })
      .then((answered) => report(`${answered} requests answered`))
      .catch((error) => report(reasonOf(error)));
    closers.push(() => ended);
  };
  return { server, engine: info, client: api.client(), rehearse: rehearsal };
}

/**
 * The port was free when it was chosen; another cluster that started at the same time may have been
 * quicker. Throws ClusterError if it is taken and no other will do.
 */
export async function listenForUsers(
  api: Pick<ApiServer, 'listen'>,
  port: number,
  isWanted: boolean,
): Promise<{ port: number }> {
  const host = '127.0.0.1';
  try {
    return await api.listen({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    if (isWanted) throw portTaken(port, error);
    return api.listen({ host, port: 0 });
  }
}

interface State {
  readonly store: Store;
  readonly keys: Keys;
  close(): Promise<void>;
}

/** Opens the store, and the keys that belong to it. Throws ClusterError if it belongs to others. */
async function openState({ paths, settings, clock, log }: ClusterOptions): Promise<State> {
  const after = (ms: number, callback: () => void) => clock.after(ms, callback);
  const report = (line: string) => log('store', line);
  const store = await openStore({
    ...(settings.store === undefined ? {} : { choice: settings.store }),
    directory: paths.state,
    after,
    report,
  });
  try {
    const keys = await openKeys({ paths, settings, store, clock });
    const stopCompactor = startCompactor({ store, after, report });
    return {
      store,
      keys,
      async close() {
        stopCompactor();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface ApiParts {
  readonly options: ClusterOptions;
  readonly settings: ClusterSettings;
  readonly engine: Engine;
  readonly store: Store;
  readonly keys: Keys;
  readonly schemas: SchemaBundle;
}

async function startApi(
  { options, settings, engine, store, keys, schemas }: ApiParts,
  closers: (() => Promise<void> | void)[],
) {
  const { paths, clock, log } = options;
  const streams = createStreamRouter();
  const audit = await openAudit(options.audit ?? {}, paths, clock, log);
  if (audit !== undefined) closers.push(() => audit.close());
  const api = await createApiServer({
    store,
    clock,
    schemas,
    pki: keys.pki,
    streams,
    nodePages: streams,
    yamlWorker: options.assets.yamlWorker,
    dial: dialer(engine),
    serviceCidr: settings.serviceCidr ?? '',
    clusterDomain,
    dataEncryptionKey: keys.secretKey,
    ...(audit === undefined ? {} : { audit: audit.options }),
    ...(options.tokens === undefined ? {} : { tokens: options.tokens }),
    log: (line: string) => log('apiserver', line),
  });
  closers.push(() => api.close());
  return { api, streams };
}

/** The API server's way to pods (proxy, webhooks): errors come back as a Status. */
function dialer(engine: Engine): (address: string, port: number) => Promise<Duplex> {
  return async (address, port) => {
    try {
      return await engine.dial(address, port);
    } catch (error) {
      throw apiError('ServiceUnavailable', reasonOf(error));
    }
  };
}
