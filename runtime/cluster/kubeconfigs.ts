/** The files through which kubectl and others find the cluster. */
import { rename, writeFile } from 'node:fs/promises';
import { type NamedContext, renderKubeconfig, writeContext } from '../client/kubeconfig-write.ts';
import { ClusterError, type ClusterPaths, reasonOf } from './data-directory.ts';

/** What of the cluster's keys goes to its administrator. */
export interface AdminKeys {
  readonly caPem: string;
  readonly admin: { readonly certPem: string; readonly keyPem: string };
}

/**
 * Writes the cluster's own kubeconfig, and puts the context into a file of the user's if one was
 * named; that file's current context stays as it is. Throws ClusterError.
 */
export async function writeKubeconfigs(
  paths: ClusterPaths,
  name: string,
  keys: AdminKeys,
  server: string,
  userKubeconfig: string | undefined,
): Promise<void> {
  const entry: NamedContext = {
    name: `skiff-${name}`,
    server,
    ca: keys.caPem,
    clientCertificate: keys.admin.certPem,
    clientKey: keys.admin.keyPem,
  };
  const temporary = `${paths.kubeconfig}.tmp`;
  await writeFile(temporary, renderKubeconfig(entry), { mode: 0o600 });
  await rename(temporary, paths.kubeconfig);
  if (userKubeconfig === undefined) return;
  try {
    await writeContext(userKubeconfig, entry);
  } catch (error) {
    throw new ClusterError(`${userKubeconfig} was not changed: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
