/** Which clusters there are on this machine, and where each keeps its data. */
import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  ClusterError,
  type ClusterPaths,
  clusterPaths,
  dataHome,
  readJson,
  type Surroundings,
  writeJson,
} from './data-directory.ts';

export const defaultName = 'local';

interface Register {
  /** Data directories of clusters that do not lie where they would by default. */
  [name: string]: string;
}

const registerFile = (surroundings: Surroundings) => join(dataHome(surroundings), 'clusters.json');

/** Names go into container and network names, so they are DNS labels. Throws ClusterError. */
export function checkName(name: string): void {
  if (!/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(name)) {
    throw new ClusterError(
      `"${name}" is no name for a cluster: use up to 32 lower-case letters, digits and hyphens`,
    );
  }
}

/** The cluster's directory: the one given, the one it was started with, or the default. */
export async function locateCluster(
  name: string,
  surroundings: Surroundings,
  directory?: string,
): Promise<ClusterPaths> {
  checkName(name);
  if (directory !== undefined) return clusterPaths(resolve(directory));
  const register = (await readJson<Register>(registerFile(surroundings))) ?? {};
  return clusterPaths(register[name] ?? join(dataHome(surroundings), name));
}

/** Remembers (or with `undefined` forgets) where a cluster lies. */
export async function registerCluster(
  name: string,
  surroundings: Surroundings,
  directory: string | undefined,
): Promise<void> {
  const file = registerFile(surroundings);
  const register = (await readJson<Register>(file)) ?? {};
  const wanted = directory === join(dataHome(surroundings), name) ? undefined : directory;
  if (register[name] === wanted) return;
  if (wanted === undefined) delete register[name];
  else register[name] = wanted;
  await mkdir(dataHome(surroundings), { recursive: true });
  await writeJson(file, register);
}

/** All clusters that have a directory, running or not. */
export async function listClusters(surroundings: Surroundings): Promise<string[]> {
  const register = (await readJson<Register>(registerFile(surroundings))) ?? {};
  const entries = await readdir(dataHome(surroundings), { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return [...new Set([...names, ...Object.keys(register)])].sort();
}
