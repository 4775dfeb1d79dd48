/**
 * Reads kubeconfig files, merges them as kubectl does and makes connections from their contexts.
 * Nothing here writes (see kubeconfig-write.ts), and a credential plugin is run only where the
 * caller allows it: a kubeconfig from an untrusted folder is somebody else's program.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { type Clock, systemClock } from '../api/clock.ts';
import type { Connection, CredentialSource, Credentials } from './connection.ts';
import { createExecCredentials, type ExecConfig, type RunProgram } from './exec-credentials.ts';

export interface ClusterEntry {
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
}

export interface UserEntry {
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  as?: string;
  'as-uid'?: string;
  'as-groups'?: string[];
  exec?: ExecConfig;
  'auth-provider'?: { name?: string };
}

export interface ContextEntry {
  cluster?: string;
  user?: string;
  namespace?: string;
}

/** Something of a file, and that file's folder: relative paths in it start there. */
interface Placed<T> {
  readonly entry: T;
  readonly directory: string;
}

export interface KubeContext {
  readonly name: string;
  readonly cluster: string;
  readonly user: string;
  readonly namespace: string | undefined;
  readonly server: string | undefined;
}

export interface Kubeconfig {
  /** Those that were read. */
  readonly files: readonly string[];
  readonly contexts: readonly KubeContext[];
  readonly currentContext: string | undefined;
  /** One line each: files that could not be read or understood. */
  readonly problems: readonly string[];
  readonly clusters: ReadonlyMap<string, Placed<ClusterEntry>>;
  readonly users: ReadonlyMap<string, Placed<UserEntry>>;
}

/** What is wrong with a kubeconfig, in words for the person who wrote it. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/** The files that kubectl would read: those of KUBECONFIG, or `~/.kube/config`. */
export function kubeconfigPaths(
  env: Readonly<Record<string, string | undefined>> = process.env,
  home: string = homedir(),
): string[] {
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  return listed.length > 0 ? listed : [join(home, '.kube', 'config')];
}

/**
 * Reads and merges files; the first file that names a thing wins. Files that are not there are
 * passed over, others that cannot be used are told in `problems`. Never throws.
 */
export async function loadKubeconfig(
  paths: readonly string[] = kubeconfigPaths(),
): Promise<Kubeconfig> {
  const clusters = new Map<string, Placed<ClusterEntry>>();
  const users = new Map<string, Placed<UserEntry>>();
  const contexts = new Map<string, ContextEntry>();
  const files: string[] = [];
  const problems: string[] = [];
  let currentContext: string | undefined;
  for (const path of paths) {
    const document = await readDocument(path, problems);
    if (document === undefined) continue;
    files.push(path);
    const directory = dirname(resolve(path));
    collect<ClusterEntry>(document.clusters, 'cluster', (name, entry) => {
      if (!clusters.has(name)) clusters.set(name, { entry, directory });
    });
    collect<UserEntry>(document.users, 'user', (name, entry) => {
      if (!users.has(name)) users.set(name, { entry, directory });
    });
    collect<ContextEntry>(document.contexts, 'context', (name, entry) => {
      if (!contexts.has(name)) contexts.set(name, entry);
    });
    const current = document['current-context'];
    if (typeof current === 'string' && current !== '') currentContext ??= current;
  }
  const list = [...contexts].map(([name, { cluster = '', user = '', namespace }]) => ({
    name,
    cluster,
    user,
    namespace: namespace === '' ? undefined : namespace,
    server: clusters.get(cluster)?.entry.server,
  }));
  return { files, contexts: list, currentContext, problems, clusters, users };
}

async function readDocument(
  path: string,
  problems: string[],
): Promise<Record<string, unknown> | undefined> {
  try {
    // What a person could be warned of, a tag that nobody knows, is no business of the whole process.
    const document: unknown = parse(await readFile(path, 'utf8'), { logLevel: 'error' });
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
      return document as Record<string, unknown>;
    }
    if (document !== null) problems.push(`${path}: is not a kubeconfig`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') problems.push(`${path}: ${message.split('\n')[0]}`);
  }
  return undefined;
}

function collect<T extends object>(
  list: unknown,
  field: string,
  take: (name: string, entry: T) => void,
): void {
  if (!Array.isArray(list)) return;
  for (const item of list as Record<string, unknown>[]) {
    const entry = item?.[field];
    if (typeof item?.name === 'string') {
      take(item.name, (typeof entry === 'object' && entry !== null ? entry : {}) as T);
    }
  }
}

export interface ConnectionOptions {
  /** Run the context's credential plugin, if it has one. */
  allowExec?: boolean;
  clock?: Clock;
  /** How a plugin is run; left out: as a child process. */
  run?: RunProgram;
}

/**
 * The connection of a context (left out: the current one). Certificates are read now, plugins run
 * when a call needs them. Throws KubeconfigError.
 */
export async function connectionFor(
  config: Kubeconfig,
  name: string | undefined = config.currentContext,
  options: ConnectionOptions = {},
): Promise<Connection> {
  if (name === undefined) throw new KubeconfigError(noContext(config));
  const context = config.contexts.find((candidate) => candidate.name === name);
  if (context === undefined) {
    const known = config.contexts.map((candidate) => candidate.name).join(', ');
    throw new KubeconfigError(
      `context "${name}" does not exist (${known === '' ? 'there is none at all' : `there are: ${known}`})`,
    );
  }
  const cluster = config.clusters.get(context.cluster);
  if (cluster?.entry.server === undefined || cluster.entry.server === '') {
    const what = cluster === undefined ? 'is not defined' : 'has no server';
    throw new KubeconfigError(`context "${name}": cluster "${context.cluster}" ${what}`);
  }
  const user = config.users.get(context.user);
  if (user === undefined && context.user !== '') {
    throw new KubeconfigError(`context "${name}": user "${context.user}" is not defined`);
  }
  const where = `context "${name}"`;
  return {
    ...(await clusterPart(cluster, where)),
    ...(user === undefined ? {} : await userPart(user, cluster, where, options)),
    ...(context.namespace === undefined ? {} : { namespace: context.namespace }),
  };
}

function noContext({ files, contexts }: Kubeconfig): string {
  if (contexts.length === 0) {
    return `no context is configured (${files.length === 0 ? 'no kubeconfig was found' : `looked in ${files.join(', ')}`})`;
  }
  return 'no current-context is set; name one of the contexts';
}

async function clusterPart(
  { entry, directory }: Placed<ClusterEntry>,
  where: string,
): Promise<Connection> {
  const server = entry.server ?? '';
  if (!/^https?:\/\//.test(server) || !URL.canParse(server)) {
    throw new KubeconfigError(`${where}: server "${server}" is not an http(s) URL`);
  }
  if (entry['proxy-url']) {
    throw new KubeconfigError(`${where}: proxy-url is not supported; reach the server directly`);
  }
  const ca = await pem(entry, 'certificate-authority', directory, where);
  return {
    server,
    ...(ca === undefined ? {} : { ca }),
    ...(entry['tls-server-name'] ? { tlsServerName: entry['tls-server-name'] } : {}),
    ...(entry['insecure-skip-tls-verify'] ? { insecureSkipTlsVerify: true } : {}),
  };
}

async function userPart(
  { entry, directory }: Placed<UserEntry>,
  cluster: Placed<ClusterEntry>,
  where: string,
  { allowExec = false, clock = systemClock, run }: ConnectionOptions,
): Promise<Partial<Connection>> {
  if (entry['auth-provider'] !== undefined) {
    throw new KubeconfigError(
      `${where}: auth-provider "${entry['auth-provider'].name}" was removed from Kubernetes in 1.26; use a credential plugin (exec)`,
    );
  }
  const clientCertificate = await pem(entry, 'client-certificate', directory, where);
  const clientKey = await pem(entry, 'client-key', directory, where);
  const { token, tokenFile, username, password, as: user, exec } = entry;
  let credentials: CredentialSource | undefined;
  if (exec !== undefined) {
    if (!allowExec) {
      throw new KubeconfigError(
        `${where} gets its credentials from the program "${exec.command}", which is not run without your consent`,
      );
    }
    const info = { cluster: cluster.entry, directory: cluster.directory };
    credentials = createExecCredentials({ exec, directory, where, info, clock, run });
  } else if (!token && tokenFile) {
    credentials = tokenFileCredentials(resolve(directory, tokenFile), where, clock);
  }
  const [uid, groups] = [entry['as-uid'], entry['as-groups']];
  return {
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(clientKey === undefined ? {} : { clientKey }),
    ...(token ? { token } : {}),
    ...(username ? { username, password: password ?? '' } : {}),
    ...(credentials === undefined ? {} : { credentials }),
    ...(user
      ? { impersonate: { user, ...(uid ? { uid } : {}), ...(groups ? { groups } : {}) } }
      : {}),
  };
}

/** Data in the file wins over a path; both are PEM in the end. */
async function pem(
  entry: object,
  field: string,
  directory: string,
  where: string,
): Promise<string | undefined> {
  const values = entry as Record<string, unknown>;
  const data = values[`${field}-data`];
  if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  const path = values[field];
  if (typeof path !== 'string' || path === '') return undefined;
  try {
    return await readFile(isAbsolute(path) ? path : join(directory, path), 'utf8');
  } catch (error) {
    throw new KubeconfigError(`${where}: ${field}: ${(error as Error).message}`);
  }
}

const tokenFileMaxAgeMs = 60_000;

/** Tokens in files are rotated by somebody else: read again every minute. */
function tokenFileCredentials(path: string, where: string, clock: Clock): CredentialSource {
  let known: { credentials: Credentials; readAt: number } | undefined;
  return {
    async get() {
      if (known !== undefined && clock.now() - known.readAt < tokenFileMaxAgeMs) {
        return known.credentials;
      }
      try {
        const token = (await readFile(path, 'utf8')).trim();
        known = { credentials: { token }, readAt: clock.now() };
        return known.credentials;
      } catch (error) {
        throw new KubeconfigError(`${where}: tokenFile: ${(error as Error).message}`);
      }
    },
    expire() {
      known = undefined;
    },
  };
}
