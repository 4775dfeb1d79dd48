/** Up, down and status of a cluster, as the command line and the editor ask for them. */
import { readdir, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Clock } from '../api/clock.ts';
import type { Node } from '../api/types.ts';
import type { Connection } from '../client/connection.ts';
import { createHttpClient } from '../client/http-client.ts';
import { connectionFor, loadKubeconfig } from '../client/kubeconfig.ts';
import { nodes as nodeResource } from '../client/resources.ts';
import { createTransport } from '../client/transport.ts';
import type { Surroundings } from '../engine/docker/find.ts';
import { removeNetwork } from '../network/network.ts';
import { problemOfStore } from '../store/open.ts';
import { isAuditFile } from './audit.ts';
import { chooseEngine } from './choose-engine.ts';
import { locateCluster, registerCluster } from './clusters.ts';
import {
  ClusterError,
  type ClusterPaths,
  type ClusterSettings,
  formatVersion,
  prepareDirectory,
  readSettings,
  reasonOf,
  writeSettings,
} from './data-directory.ts';
import { alreadyRunning, holderOf, isSkiff } from './lock.ts';
import { anyFreePort, isFree, portTaken } from './ports.ts';
import { purgeStore } from './purge-store.ts';
import { readRuntimeFile, residentBytes } from './runtime-file.ts';

export interface UpOptions {
  readonly name: string;
  readonly data?: string;
  readonly nodes?: number;
  readonly engine?: 'docker' | 'simulated';
  readonly port?: number;
  readonly store?: string;
  /** A directory with the keys, instead of the data directory's own. */
  readonly pki?: string;
}

/**
 * Checks what can be checked before a process is started, and settles what the cluster will be.
 * Throws ClusterError: running already, port taken, directory not writable or of another version.
 */
export async function planCluster(
  options: UpOptions,
  surroundings: Surroundings,
): Promise<{ paths: ClusterPaths; settings: ClusterSettings }> {
  const paths = await locateCluster(options.name, surroundings, options.data);
  const holder = await holderOf(paths);
  if (holder !== undefined) throw alreadyRunning(options.name, holder);
  await prepareDirectory(paths);
  const found = await readSettings(paths);
  if (found !== undefined && found.name !== options.name) {
    throw new ClusterError(
      `${paths.directory} holds the cluster "${found.name}", not "${options.name}"`,
    );
  }
  // A start that never got as far as a network has left nothing behind that could not move.
  const hasRun = found?.serviceCidr !== undefined;
  if (hasRun && options.engine !== undefined && options.engine !== found.engine) {
    throw new ClusterError(
      `cluster "${options.name}" runs on the ${found.engine} engine; remove it with "skiff down --purge" to change that`,
    );
  }
  await checkStore(options, hasRun ? found : undefined);
  const pki = options.pki === undefined ? undefined : resolve(options.pki);
  if (hasRun && pki !== undefined && pki !== found.pki) {
    throw new ClusterError(
      `cluster "${options.name}" keeps its keys in ${found.pki ?? paths.pki}; remove it with "skiff down --purge" to change that`,
    );
  }
  const settings: ClusterSettings = {
    ...found,
    ...(options.store === undefined ? {} : { store: options.store }),
    ...(pki === undefined ? {} : { pki }),
    formatVersion,
    name: options.name,
    engine: options.engine ?? found?.engine ?? 'docker',
    nodes: options.nodes ?? found?.nodes ?? 1,
    port: await choosePort(options.port, found?.port),
  };
  await writeSettings(paths, settings);
  await registerCluster(options.name, surroundings, paths.directory);
  return { paths, settings };
}

/** State is not carried from one store to another: what has run keeps its own. */
async function checkStore(options: UpOptions, run: ClusterSettings | undefined): Promise<void> {
  if (options.store === undefined) return;
  const problem = await problemOfStore(options.store);
  if (problem !== undefined) throw new ClusterError(problem);
  if (run !== undefined && run.store !== options.store) {
    throw new ClusterError(
      `cluster "${options.name}" keeps its state in ${run.store ?? 'its data directory'}; remove it with "skiff down --purge" to change that`,
    );
  }
}

/** The wanted port must be free; the one of last time, or 6443, gives way to any other. */
async function choosePort(wanted: number | undefined, last: number | undefined): Promise<number> {
  if (wanted !== undefined) {
    if (await isFree(wanted)) return wanted;
    throw portTaken(wanted);
  }
  const usual = last ?? 6443;
  return (await isFree(usual)) ? usual : anyFreePort();
}

export interface DownOptions {
  readonly name: string;
  readonly data?: string;
  /** Forgets everything: objects, keys, volumes. */
  readonly purge: boolean;
  readonly onProgress: (message: string) => void;
}

/**
 * Ends the process, removes its containers and network. Fine if it was not running.
 * @returns whether the cluster was known; if not, a purge has looked on the engine only
 * @throws ClusterError if it is not known and nothing is to be purged
 */
export async function takeDown(
  options: DownOptions,
  surroundings: Surroundings,
  clock: Clock,
): Promise<boolean> {
  const { name, purge, onProgress } = options;
  const paths = await locateCluster(name, surroundings, options.data);
  // A directory of another version can still be taken down, or it could never be got rid of.
  const settings = await readSettings(paths).catch(() => undefined);
  const holder = await holderOf(paths);
  const isKnown = holder !== undefined || settings !== undefined;
  if (!isKnown && !purge) {
    throw new ClusterError(`there is no cluster "${name}"`);
  }
  if (holder !== undefined) {
    onProgress('stopping the cluster process');
    await endProcess(holder, clock);
  }
  if (settings?.engine !== 'simulated') {
    await removeFromEngine(name, purge, surroundings, clock, onProgress);
  }
  await rm(paths.pid, { force: true });
  await rm(paths.runtime, { force: true });
  if (!purge) return isKnown;
  if (settings !== undefined) await purgeStore(settings, paths, clock, onProgress);
  await removeData(paths);
  if (settings?.pki !== undefined) onProgress(`the keys in ${settings.pki} are left as they are`);
  await registerCluster(name, surroundings, undefined);
  return isKnown;
}

/** Only what is ours: a person may have pointed --data at a directory with other things in it. */
async function removeData(paths: ClusterPaths): Promise<void> {
  for (const path of [paths.settings, paths.kubeconfig, paths.state, paths.pki]) {
    await rm(path, { recursive: true, force: true });
  }
  const logs = await readdir(dirname(paths.log)).catch(() => []);
  const isOwn = (name: string) => name.startsWith(basename(paths.log)) || isAuditFile(name);
  for (const file of logs.filter(isOwn)) await rm(join(dirname(paths.log), file), { force: true });
  // An empty directory would still count as a cluster; one with other things in it stays.
  for (const directory of [dirname(paths.log), paths.directory])
    await rmdir(directory).catch(() => {});
}

async function removeFromEngine(
  name: string,
  purge: boolean,
  surroundings: Surroundings,
  clock: Clock,
  onProgress: (message: string) => void,
): Promise<void> {
  const engine = await chooseEngine('docker', surroundings, clock, onProgress).catch((error) => {
    onProgress(`containers are left as they are: ${reasonOf(error)}`);
    return undefined;
  });
  if (engine === undefined) return;
  try {
    await removeNetwork({ engine, cluster: name, purge, log: onProgress });
  } finally {
    await engine.close();
  }
}

/** Asks it to end, and ends it after ten seconds. */
async function endProcess(pid: number, clock: Clock): Promise<void> {
  process.kill(pid, 'SIGTERM');
  for (let waited = 0; isSkiff(pid); waited += 50) {
    if (waited === 10_000) process.kill(pid, 'SIGKILL');
    if (waited > 15_000) throw new ClusterError(`process ${pid} does not end`);
    await clock.sleep(50);
  }
}

export interface NodeStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly address: string;
}

export interface ClusterStatus {
  readonly name: string;
  readonly state: 'running' | 'starting' | 'unreachable' | 'stopped' | 'absent';
  readonly pid?: number;
  readonly server?: string;
  readonly version?: string;
  readonly kubeconfig: string;
  readonly context: string;
  readonly data: string;
  readonly nodes: readonly NodeStatus[];
  readonly engine?: {
    readonly name: string;
    readonly version?: string;
    readonly simulated?: boolean;
  };
  readonly startMs?: number;
  readonly rssBytes?: number;
  /** Why the state is what it is, where that needs saying. */
  readonly message?: string;
}

/** Never throws for a cluster that is not well: that is what `state` is for. */
export async function clusterStatus(
  name: string,
  surroundings: Surroundings,
  data?: string,
): Promise<ClusterStatus> {
  const paths = await locateCluster(name, surroundings, data);
  const base = {
    name,
    kubeconfig: paths.kubeconfig,
    context: contextName(name),
    data: paths.directory,
    nodes: [],
  };
  let settings: ClusterSettings | undefined;
  try {
    settings = await readSettings(paths);
  } catch (error) {
    return { ...base, state: 'stopped', message: reasonOf(error) };
  }
  const engine = settings === undefined ? {} : { engine: { name: settings.engine } };
  const pid = await holderOf(paths);
  if (pid === undefined) {
    return { ...base, ...engine, state: settings === undefined ? 'absent' : 'stopped' };
  }
  const runtime = await readRuntimeFile(paths, pid);
  if (runtime === undefined) return { ...base, ...engine, state: 'starting', pid };
  const running = { ...base, ...runtime, rssBytes: await residentBytes(pid) };
  try {
    const connection = await connectionFor(await loadKubeconfig([paths.kubeconfig]));
    const [nodes, problem] = await Promise.all([
      nodeStatuses(connection),
      storeProblem(connection),
    ]);
    if (problem === undefined) return { ...running, state: 'running', nodes };
    const message = `${problem} (To start again: "skiff down", then "skiff up".)`;
    return { ...running, state: 'running', nodes, message };
  } catch (error) {
    return { ...running, state: 'unreachable', message: reasonOf(error) };
  }
}

/** Why nothing can be written, if so: the server's own check of its store. */
async function storeProblem(connection: Connection): Promise<string | undefined> {
  const transport = createTransport(connection);
  try {
    await transport.text({ method: 'GET', path: '/readyz/etcd' });
    return undefined;
  } catch (error) {
    // Anything else is not the check's answer.
    const answer = /internal server error: (.+)/s.exec(reasonOf(error));
    return answer?.[1]?.trim();
  } finally {
    transport.close();
  }
}

/** The context's name in kubeconfig files. */
export function contextName(name: string): string {
  return `skiff-${name}`;
}

async function nodeStatuses(connection: Connection): Promise<NodeStatus[]> {
  const client = createHttpClient(connection);
  try {
    const { items } = await client.list<Node>(nodeResource);
    return items.map(({ metadata, status }) => ({
      name: metadata.name,
      ready: status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false,
      address: status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '',
    }));
  } finally {
    client.close();
  }
}
