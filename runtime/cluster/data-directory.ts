/**
 * Where a cluster keeps everything of its own:
 *
 *   cluster.json     what must not change while it lives: ports, address ranges, format version
 *   runtime.pid      the process that holds the directory
 *   runtime.json     what that process says of itself
 *   kubeconfig       for kubectl, current context set
 *   state/           the store        pki/  keys and certificates        logs/  of the process
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../client/directories.ts';

/** Goes up whenever an older Skiff could no longer read the directory. */
export const formatVersion = 1;

export interface ClusterPaths {
  readonly directory: string;
  readonly settings: string;
  readonly pid: string;
  readonly runtime: string;
  readonly kubeconfig: string;
  readonly state: string;
  readonly pki: string;
  readonly log: string;
}

/** What was chosen when the cluster was first started. */
export interface ClusterSettings {
  readonly formatVersion: number;
  readonly name: string;
  readonly engine: 'docker' | 'simulated';
  readonly nodes: number;
  /** Where the state is, if not in the directory: `etcd=http://127.0.0.1:2379`. */
  readonly store?: string;
  /** Where the keys are that other processes share, if not in the directory. */
  readonly pki?: string;
  /** There is a key for Secrets: it must not be made anew. */
  readonly secretsEncrypted?: boolean;
  /** Of the API server on 127.0.0.1. */
  readonly port: number;
  /** Chosen once the network has been made. */
  readonly podCidr?: string;
  readonly serviceCidr?: string;
}

/** What decides about default paths; normally of the process itself. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly platform: NodeJS.Platform;
}

/** A mistake of the person at the keyboard, or a state of the machine: one clear line, no stack. */
export class ClusterError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ClusterError';
  }
}

/** The directory of all clusters, by the convention of the platform. */
export function dataHome({ env, home, platform }: Surroundings): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData/Local'), 'skiff');
  if (platform === 'darwin') return join(home, 'Library/Application Support/skiff');
  return join(env.XDG_DATA_HOME ?? join(home, '.local/share'), 'skiff');
}

export function clusterPaths(directory: string): ClusterPaths {
  return {
    directory,
    settings: join(directory, 'cluster.json'),
    pid: join(directory, 'runtime.pid'),
    runtime: join(directory, 'runtime.json'),
    kubeconfig: join(directory, 'kubeconfig'),
    state: join(directory, 'state'),
    pki: join(directory, 'pki'),
    log: join(directory, 'logs', 'skiff.log'),
  };
}

/** Makes the directory. Throws ClusterError if it cannot be written to. */
export async function prepareDirectory(paths: ClusterPaths): Promise<void> {
  try {
    await makeDirectory(dirname(paths.log), 0o700);
    const probe = join(paths.directory, `.write-test-${process.pid}`);
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    throw new ClusterError(
      `the data directory ${paths.directory} cannot be written to: ${reasonOf(error)}. Choose another with --data.`,
      { cause: error },
    );
  }
}

/** Undefined for a new directory. Throws ClusterError if another version of Skiff made it. */
export async function readSettings(paths: ClusterPaths): Promise<ClusterSettings | undefined> {
  const settings = await readJson<ClusterSettings>(paths.settings);
  if (settings !== undefined && settings.formatVersion !== formatVersion) {
    throw new ClusterError(
      `the data in ${paths.directory} has format ${settings.formatVersion}, this Skiff reads format ${formatVersion}. ` +
        'Use the Skiff that made it, or remove the cluster with "skiff down --purge". Nothing was changed.',
    );
  }
  return settings;
}

export function writeSettings(paths: ClusterPaths, settings: ClusterSettings): Promise<void> {
  return writeJson(paths.settings, settings);
}

/** Undefined if there is no such file. Throws ClusterError if it is no JSON. */
export async function readJson<T>(file: string): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ClusterError(`${file} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new ClusterError(`${file} is damaged: ${reasonOf(error)}`, { cause: error });
  }
}

/** Replaces the file at once, so that no reader ever sees half of it. Throws ClusterError. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new ClusterError(`${file} cannot be written: ${reasonOf(error)}`, { cause: error });
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
